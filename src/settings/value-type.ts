/*
 * Parses and shows the values of keywords. A type describes what it expects, and a
 * refusal quotes that and the value.
 */
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import type { ExpansionContext } from "./expand.ts";

/** Why a value is refused: a clause that follows the keyword's or option's name. */
export class Refusal {
	readonly clause: string;
	/** The value is invalid for this session's user; logged, since it may be valid for others. */
	readonly isForUser: boolean;

	constructor(clause: string, isForUser = false) {
		this.clause = clause;
		this.isForUser = isForUser;
	}
}

/** Where a value was written. Files are read strictly, options as OpenSSH reads them. */
export type Writer = "file" | "option";

export interface ValueType<T> {
	/** What a value must be: a noun phrase for error messages. */
	readonly expected: string;
	/** The number of arguments in a line. An option's value is one argument, or is split like a line. */
	readonly words: "one" | "several";
	/** Checks everything that does not depend on the session's user. */
	parse(words: readonly ByteString[], writer: Writer): T | Refusal;
	/** Replaces tilde and tokens. */
	expand?(value: T, context: ExpansionContext): T | Refusal;
	/** The arguments that would reproduce this value after expansion. */
	show(value: T): readonly ByteString[];
}

/** Quotes a value for an error message; shortens a long one. */
export function quote(value: string): string {
	const limit = 100;
	return value.length > limit ? `"${value.slice(0, limit)}..."` : `"${value}"`;
}

/** A type of values of one argument; `parse` returns undefined for a bad one. */
export function oneWord<T>(type: {
	readonly expected: string;
	parse(text: ByteString, writer: Writer): T | undefined;
	show(value: T): string;
}): ValueType<T> {
	return {
		expected: type.expected,
		words: "one",
		parse: ([text = asByteString("")], writer) =>
			type.parse(text, writer) ?? new Refusal(`expected ${type.expected}, not ${quote(text)}`),
		show: (value) => [asByteString(type.show(value))],
	};
}
