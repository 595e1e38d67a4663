/* Finds items of AllowedRequests and DeniedRequests that match no request. */
import { isPattern, unknownItems } from "../session/request-list.ts";
import type { Settings } from "./settings.ts";

/**
 * The first item because of which a session must not start: a pattern that matches no
 * request or, under StrictRequests, a name that is not a request.
 */
export function unmatchedItem(
	{ deniedRequests, allowedRequests, strictRequests }: Settings,
	requestNames: readonly string[],
): string | undefined {
	for (const list of [deniedRequests, allowedRequests]) {
		if (list === undefined || (!strictRequests && !isPattern(list))) continue;
		const unmatched = unknownItems(list, requestNames).find((item) => strictRequests || isPattern(item));
		if (unmatched !== undefined) return unmatched;
	}
	return undefined;
}
