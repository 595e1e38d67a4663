/*
 * The lists of requests in -p and -P (match.c match_list). Unlike in OpenSSH, they may
 * contain patterns. minimatch is loaded for the first pattern.
 */

/** The most items in a list; the rest are ignored (match.c MAX_PROP). */
const MAX_ITEMS = 40;
/** Characters that make an item a pattern; no request name contains one. */
const GLOB = /[*?[\]{}()]/;
const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/**
 * The items of a list that OpenSSH would use: separated by commas, up to an empty item,
 * at most 40 (match.c match_list). Commas between the brackets of a pattern do not
 * separate items.
 */
export function listItems(list: string): readonly string[] {
	const items = splitList(list).items;
	const empty = items.indexOf("");
	return items.slice(0, empty === -1 ? MAX_ITEMS : Math.min(empty, MAX_ITEMS));
}

/**
 * Returns why a list with patterns is refused: brackets that are not closed, or items
 * that would be ignored. A list of names alone is never refused, as in OpenSSH.
 */
export function patternFault(list: string): string | undefined {
	if (!GLOB.test(list)) return undefined;
	const { items, isBalanced } = splitList(list);
	if (!isBalanced) return "its brackets are not balanced";
	if (items.length > MAX_ITEMS) return `it has more than ${MAX_ITEMS} items`;
	return items.includes("") ? "it has an empty item" : undefined;
}

function splitList(list: string): { readonly items: readonly string[]; readonly isBalanced: boolean } {
	const items: string[] = [];
	/** The closing brackets still expected, the next one last. */
	const open: string[] = [];
	let isBalanced = true;
	let start = 0;
	for (const [at, character] of [...list].entries()) {
		const closing = CLOSING[character];
		if (closing !== undefined) open.push(closing);
		else if (character === "}" || character === "]" || character === ")")
			isBalanced &&= open.pop() === character;
		else if (character === "," && open.length === 0) {
			items.push(list.slice(start, at));
			start = at + 1;
		}
	}
	items.push(list.slice(start));
	return { items, isBalanced: isBalanced && open.length === 0 };
}

/** The items of `list` that match none of `names`. */
export function unknownItems(list: string, names: readonly string[]): readonly string[] {
	return listItems(list).filter((item) => {
		const matches = requestMatcher(item);
		return !names.some(matches);
	});
}

/** Whether the item is a pattern. */
export function isPattern(item: string): boolean {
	return GLOB.test(item);
}

/** Whether a request's name is the item, or matches its pattern. */
export function requestMatcher(item: string): (name: string) => boolean {
	if (!isPattern(item)) return (name) => name === item;
	/* Loaded on demand. */
	const { Minimatch }: typeof import("minimatch") = require("minimatch");
	const pattern = new Minimatch(item, { nocomment: true, nonegate: true });
	return (name) => pattern.match(name);
}
