/*
 * Parses a line "Keyword argument ...", from a file or from -o. Splits it as servconf.c
 * process_server_config_line does.
 */
import { type ByteString, sliceBytes } from "../posix/byte-string.ts";
import { LineError } from "./config-error.ts";
import type { Keyword, Written } from "./keyword.ts";
import { keywordNamed } from "./keywords.ts";
import { quote, Refusal } from "./value-type.ts";
import { delimitedWord, OpenQuote, splitWords, type Word } from "./words.ts";

const SPACE = " \t\r";
/** A form feed is white space only at the end. */
const SPACE_AT_END = " \t\r\f";

export interface Line {
	readonly keyword: Word;
	/** The line without trailing white space, and the offset of its arguments. */
	readonly text: ByteString;
	readonly argumentsStart: number;
}

export interface Setting {
	readonly keyword: Keyword;
	readonly written: Written;
	/** Of the first argument. */
	readonly column: number;
}

/** The keyword of a line, undefined for an empty line or a comment. Throws a LineError. */
export function parseLine(line: ByteString): Line | undefined {
	const nul = line.indexOf("\0");
	if (nul !== -1) throw new LineError(nul + 1, "unexpected NUL byte");
	let start = 0;
	while (start < line.length && SPACE.includes(line.charAt(start))) start++;
	if (start === line.length || line.charAt(start) === "#") return undefined;
	let end = line.length;
	while (end > start && SPACE_AT_END.includes(line.charAt(end - 1))) end--;
	if (end === start) return undefined;
	const text = sliceBytes(line, 0, end);
	const found = delimitedWord(text, start);
	if (found instanceof OpenQuote) throw new LineError(found.column, "the quote is not closed");
	if (found.word.text === "") throw new LineError(start + 1, "expected a keyword");
	return { keyword: found.word, text, argumentsStart: found.next };
}

/** The arguments of a line, at least one. Throws a LineError. */
export function lineArguments({ keyword, text, argumentsStart }: Line, expected: string): readonly Word[] {
	const words = splitWords(text, argumentsStart);
	if (words instanceof OpenQuote) throw new LineError(words.column, "the quote is not closed");
	if (words.length === 0)
		throw new LineError(text.length + 1, `${keyword.text} has no argument: expected ${expected}`);
	return words;
}

/** Parses the setting in a line. Throws a LineError. */
export function parseSetting(line: Line): Setting {
	const { keyword: name } = line;
	const keyword = keywordNamed(name.text);
	if (keyword === undefined) throw new LineError(name.column, `unknown keyword ${quote(name.text)}`);
	const words = lineArguments(line, keyword.expected);
	const [first, second] = words;
	if (keyword.words === "one" && second !== undefined)
		throw new LineError(second.column, `${keyword.name} takes one argument: expected the end of the line`);
	const column = first?.column ?? name.column;
	const written = keyword.read(
		words.map(({ text }) => text),
		"file",
	);
	if (written instanceof Refusal) throw new LineError(column, `${keyword.name}: ${written.clause}`);
	return { keyword, written, column };
}
