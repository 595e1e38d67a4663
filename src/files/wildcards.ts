/*
 * The wildcards "*", for any bytes, and "?", for one: PATTERNS of ssh_config(5), and
 * most globs. Bytes are compared exactly. Unlike a regular expression's, the time that
 * a match takes is bounded whatever the text.
 */

/** A test of one byte, or "*" for any number of bytes. */
export type Token = "*" | ((char: string) => boolean);

export function tokensOf(pattern: string): readonly Token[] {
	return [...pattern].map((one): Token => {
		if (one === "*") return "*";
		return one === "?" ? () => true : (char) => char === one;
	});
}

/** Whether the whole text matches (match.c match_pattern). */
export function matchesPattern(text: string, pattern: string): boolean {
	return matchesTokens(text, tokensOf(pattern));
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
