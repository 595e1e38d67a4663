/*
 * The words of a line, split as sshd splits those of sshd_config: keyword and
 * criteria of Match by misc.c strdelim, arguments by misc.c argv_split. Columns
 * count bytes from 1.
 */
import { asByteString, type ByteString } from "../posix/byte-string.ts";

export interface Word {
	readonly text: ByteString;
	readonly column: number;
}

/** A quote that is not closed. */
export class OpenQuote {
	readonly column: number;

	constructor(column: number) {
		this.column = column;
	}
}

/** The word at `start` and where the text after it begins. */
export interface Delimited {
	readonly word: Word;
	readonly next: number;
}

/**
 * The next word, which ends at white space or the first "=". A quote may begin
 * inside it and ends it where it closes (strdelim). `start` is not white space.
 */
export function delimitedWord(line: ByteString, start: number): Delimited | OpenQuote {
	let end = start;
	while (end < line.length && !/[ \t\r"=]/.test(line.charAt(end))) end++;
	let text = line.slice(start, end);
	if (line.charAt(end) === '"') {
		const close = line.indexOf('"', end + 1);
		if (close === -1) return new OpenQuote(end + 1);
		text += line.slice(end + 1, close);
		return { word: word(text, start), next: afterSpace(line, close + 1) };
	}
	let next = afterSpace(line, end);
	/* "Keyword = value" has one "=", before or after the space. */
	if (line.charAt(next) === "=") next = afterSpace(line, next + 1);
	return { word: word(text, start), next };
}

/**
 * The arguments from `start` on: separated by blanks, ended by a "#" at the start
 * of a word; between quotes of either kind everything but the escapes \" \' and
 * \\ stands for itself, outside of them "\ " is a blank too (argv_split).
 */
export function splitWords(line: ByteString, start = 0): readonly Word[] | OpenQuote {
	const words: Word[] = [];
	let i = start;
	for (;;) {
		while (isBlank(line.charAt(i))) i++;
		if (i >= line.length || line.charAt(i) === "#") return words;
		const first = i;
		let text = "";
		let quote = "";
		let quoteColumn = 0;
		for (; i < line.length; i++) {
			const char = line.charAt(i);
			if (char === "\\" && isEscaped(line.charAt(i + 1), quote)) {
				i++;
				text += line.charAt(i);
			} else if (quote === "" && isBlank(char)) break;
			else if (quote === "" && (char === '"' || char === "'")) {
				quote = char;
				quoteColumn = i + 1;
			} else if (char === quote) quote = "";
			else text += char;
		}
		if (quote !== "") return new OpenQuote(quoteColumn);
		words.push(word(text, first));
	}
}

/**
 * The word as `splitWords` reads it back; undefined for one with a line end or a
 * NUL, which no line can hold.
 */
export function quoteWord(text: ByteString): ByteString | undefined {
	if (/[\n\0]/.test(text)) return undefined;
	const plain = text !== "" && !/[\s"'\\#=]/.test(text);
	return plain ? text : asByteString(`"${text.replace(/["\\]/g, "\\$&")}"`);
}

function word(text: string, index: number): Word {
	return { text: asByteString(text), column: index + 1 };
}

function afterSpace(line: string, index: number): number {
	let next = index;
	while (next < line.length && isSpace(line.charAt(next))) next++;
	return next;
}

function isBlank(char: string): boolean {
	return char === " " || char === "\t";
}

/** White space between a keyword and its arguments; a line has no "\n". */
function isSpace(char: string): boolean {
	return isBlank(char) || char === "\r";
}

function isEscaped(char: string, quote: string): boolean {
	return char === '"' || char === "'" || char === "\\" || (quote === "" && char === " ");
}
