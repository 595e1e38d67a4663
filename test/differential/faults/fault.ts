// A deliberate fault: one mistake, as somebody might make it, in a copy of this
// server. The differential tester has to find each of them.
import type { Edit, Variant } from "../variants.ts";

/** One edit of one file of src/, from there `find`, replace pairs in a row. */
export function fault(name: string, file: string, ...pairs: readonly string[]): Variant {
	const edits: Edit[] = [];
	for (let i = 0; i < pairs.length; i += 2) {
		edits.push({ file, find: pairs[i] ?? "", replace: pairs[i + 1] ?? "" });
	}
	return { name, edits };
}
