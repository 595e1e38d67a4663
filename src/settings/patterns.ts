/* PATTERNS of ssh_config(5), matched as in OpenSSH's match.c. Bytes are compared exactly. */
/** One entry of a pattern list. */
export interface PatternItem {
	readonly negated: boolean;
	readonly pattern: string;
}

/** A test of one byte, or "*" for any number of bytes. */
export type Token = "*" | ((char: string) => boolean);

/** Whether the whole text matches: "*" stands for any bytes, "?" for one (match.c match_pattern). */
export function matchesPattern(text: string, pattern: string): boolean {
	const tokens = [...pattern].map((one): Token => {
		if (one === "*") return "*";
		return one === "?" ? () => true : (char) => char === one;
	});
	return matchesTokens(text, tokens);
}

/** Takes at most text.length * tokens.length steps. */
export function matchesTokens(text: string, tokens: readonly Token[]): boolean {
	let t = 0;
	let p = 0;
	/* Where to continue if the bytes after the last "*" do not match: the "*" then takes one more. */
	let afterStar = -1;
	let starEnd = 0;
	while (t < text.length) {
		const token = tokens[p];
		if (token === "*") {
			p++;
			afterStar = p;
			starEnd = t;
		} else if (token?.(text.charAt(t))) {
			p++;
			t++;
		} else {
			if (afterStar === -1) return false;
			starEnd++;
			t = starEnd;
			p = afterStar;
		}
	}
	while (tokens[p] === "*") p++;
	return p === tokens.length;
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
