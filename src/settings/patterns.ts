/* Lists of PATTERNS of ssh_config(5), as in OpenSSH's match.c. */
/** One entry of a pattern list. */
export interface PatternItem {
	readonly negated: boolean;
	readonly pattern: string;
}

/** The entries of a list; undefined if one is empty. */
export function splitPatternList(list: string): readonly PatternItem[] | undefined {
	const items = list.split(",").map((item) => {
		const negated = item.startsWith("!");
		return { negated, pattern: negated ? item.slice(1) : item };
	});
	return items.some(({ pattern }) => pattern === "") ? undefined : items;
}

/**
 * Whether a list matches: an entry without "!" must match, and no entry with "!" may.
 *
 * @param matches whether an entry matches, apart from its "!"
 */
export function matchesList<T extends { readonly negated: boolean }>(
	items: readonly T[],
	matches: (item: T) => boolean,
): boolean {
	let found = false;
	for (const item of items) {
		if (!matches(item)) continue;
		if (item.negated) return false;
		found = true;
	}
	return found;
}
