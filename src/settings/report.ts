/*
 * The output of -T: the effective settings as lines of a configuration file, each with a
 * comment that says where its value was set.
 */
import { escapeLine } from "../log/escape.ts";
import type { ByteString } from "../posix/byte-string.ts";
import type { Keyword, Origin } from "./keyword.ts";
import { keywords } from "./keywords.ts";
import type { Assignment, Resolved } from "./resolve.ts";
import { quoteWord } from "./words.ts";

/** The column in which comments begin after short lines. */
const COMMENT_COLUMN = 32;

/** In alphabetical order. A setting that is not set is a comment. */
export function report({ settings, assigned }: Resolved): string {
	const rows = [...keywords].sort((a, b) => (a.name < b.name ? -1 : 1));
	return rows
		.flatMap((keyword) => {
			const lines = keyword.show(settings);
			const origins = assigned.get(keyword) ?? [];
			if (lines.length === 0) return [commented(`# ${keyword.name}`, "not set")];
			return lines.map((words, i) => reportLine(keyword, words, origins[i]));
		})
		.join("");
}

function reportLine(
	{ name }: Keyword,
	words: readonly ByteString[],
	assignment: Assignment | undefined,
): string {
	const written = assignment === undefined ? "default" : showOrigin(assignment.origin);
	const quoted = words.map(quoteWord);
	if (!quoted.includes(undefined)) return commented(`${name} ${quoted.join(" ")}`, written);
	/* Only an option can set such a value. */
	return commented(`# ${name} ${escapeLine(words.join(" "))}`, `${written}; it can't be set in a file`);
}

function commented(text: string, comment: string): string {
	return `${text.padEnd(COMMENT_COLUMN - 1)} # ${comment}\n`;
}

function showOrigin(origin: Origin): string {
	return origin.kind === "option"
		? `command line, ${origin.option}`
		: escapeLine(`${origin.file}:${origin.line}`);
}
