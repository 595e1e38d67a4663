/*
 * Splits a line into words, as sshd does for sshd_config: the keyword and the criteria
 * of Match by misc.c strdelim, arguments by misc.c argv_split. Columns count bytes from
 * 1.
 */
import { asByteString, type ByteString, sliceBytes } from "../posix/byte-string.ts";

/* Regular expressions, since V8 would interpret a loop: most sessions end before it compiles one. */
const UNTIL_DELIMITER = /[^ \t\r"=]*/y;
const SPECIAL_IN_ARGUMENT = /[ \t"'\\#]/g;

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

/** A word, and the offset of the text after it. */
export interface Delimited {
	readonly word: Word;
	readonly next: number;
}

/**
 * The next word, which ends at white space or the first "=". A quote may begin inside
 * the word; its end is the word's end (strdelim). `start` is not white space.
 */
export function delimitedWord(line: ByteString, start: number): Delimited | OpenQuote {
	UNTIL_DELIMITER.lastIndex = start;
	UNTIL_DELIMITER.test(line);
	const end = UNTIL_DELIMITER.lastIndex;
	const text = sliceBytes(line, start, end);
	if (line.charAt(end) === '"') {
		const close = line.indexOf('"', end + 1);
		if (close === -1) return new OpenQuote(end + 1);
		const whole = asByteString(text + line.slice(end + 1, close));
		return { word: { text: whole, column: start + 1 }, next: afterSpace(line, close + 1) };
	}
	let next = afterSpace(line, end);
	/* "Keyword = value" has one "=", before or after the space. */
	if (line.charAt(next) === "=") next = afterSpace(line, next + 1);
	return { word: { text, column: start + 1 }, next };
}

/**
 * The arguments from `start` on, separated by blanks. A "#" at the start of a word ends
 * them. \" \' and \\ are escapes, and outside quotes so is "\ " (argv_split).
 */
export function splitWords(line: ByteString, start = 0): readonly Word[] | OpenQuote {
	SPECIAL_IN_ARGUMENT.lastIndex = start;
	if (start < line.length && !SPECIAL_IN_ARGUMENT.test(line))
		return [{ text: sliceBytes(line, start), column: start + 1 }];
	const words: Word[] = [];
	for (let next = afterBlanks(line, start); next < line.length; ) {
		if (line.charAt(next) === "#") break;
		const found = argument(line, next);
		if (found instanceof OpenQuote) return found;
		words.push(found.word);
		next = afterBlanks(line, found.next);
	}
	return words;
}

function argument(line: ByteString, start: number): Delimited | OpenQuote {
	let text = "";
	let quote = "";
	let quoteColumn = 0;
	/* The start of the text not copied yet; most words are copied at once. */
	let from = start;
	let i = start;
	for (; i < line.length; i++) {
		const char = line.charAt(i);
		if (quote === "" && isBlank(char)) break;
		const isEscape = char === "\\" && isEscaped(line.charAt(i + 1), quote);
		const isQuote = char === quote || (quote === "" && (char === '"' || char === "'"));
		if (!isEscape && !isQuote) continue;
		text += line.slice(from, i);
		from = i + 1;
		if (isEscape) i++;
		else if (quote === "") {
			quote = char;
			quoteColumn = i + 1;
		} else quote = "";
	}
	if (quote !== "") return new OpenQuote(quoteColumn);
	const rest = sliceBytes(line, from, i);
	const word = { text: text === "" ? rest : asByteString(text + rest), column: start + 1 };
	return { word, next: i };
}

/**
 * Quotes a word so that `splitWords` reads it back; undefined if it has a newline or a
 * NUL, which no line can contain.
 */
export function quoteWord(text: ByteString): ByteString | undefined {
	if (/[\n\0]/.test(text)) return undefined;
	const plain = text !== "" && !/[\s"'\\#=]/.test(text);
	return plain ? text : asByteString(`"${text.replace(/["\\]/g, "\\$&")}"`);
}

/** A line has no "\n". */
function afterSpace(line: string, index: number): number {
	let next = index;
	while (isBlank(line.charAt(next)) || line.charAt(next) === "\r") next++;
	return next;
}

function afterBlanks(line: string, index: number): number {
	let next = index;
	while (isBlank(line.charAt(next))) next++;
	return next;
}

function isBlank(char: string): boolean {
	return char === " " || char === "\t";
}

function isEscaped(char: string, quote: string): boolean {
	return char === '"' || char === "'" || char === "\\" || (quote === "" && char === " ");
}
