/*
 * The lists of requests in -p and -P (match.c match_list), with patterns, which
 * OpenSSH has not. Loads minimatch when a list holds a pattern.
 */

/** Most items of a list; the rest are ignored (match.c MAX_PROP). */
const MAX_ITEMS = 40;
/** Characters that make an item a pattern; no request name contains one. */
const GLOB = /[*?[\]{}()]/;
const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/**
 * The items of a list that count: separated by commas, ended by an empty one, 40 at
 * most (match.c match_list). A comma between the brackets of a pattern separates nothing.
 */
export function listItems(list: string): readonly string[] {
	const items = splitList(list).items;
	const empty = items.indexOf("");
	return items.slice(0, empty === -1 ? MAX_ITEMS : Math.min(empty, MAX_ITEMS));
}

/**
 * Why a list with patterns would not do what it seems to: brackets that are not
 * closed, or items that do not count. OpenSSH has no patterns, so such a list can
 * be refused; a list of names is taken as OpenSSH takes it.
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
	/** The closing brackets of those that are open. */
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
	/* The lazy edge to minimatch. */
	const { Minimatch }: typeof import("minimatch") = require("minimatch");
	const pattern = new Minimatch(item, { nocomment: true, nonegate: true });
	return (name) => pattern.match(name);
}
