/*
 * One row of the table of keywords: its names, its help line, and how its values are
 * parsed, combined, applied to the settings and shown.
 */
import type { ByteString } from "../posix/byte-string.ts";
import type { ExpansionContext } from "./expand.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import { Refusal, type ValueType, type Writer } from "./value-type.ts";

/** A parsed value, to be expanded for the session's user. */
export interface Written {
	/** Returns the settings with this value added. `settings` has the defaults, and earlier values of a cumulative keyword. */
	apply(settings: Settings, context: ExpansionContext, origin: Origin): Settings | Refusal;
}

export interface Keyword {
	/** As spelt in the manual; a file may use upper and lower case. */
	readonly name: string;
	/** The equivalent option in commander's form: "-u, --umask <mask>". */
	readonly flags: string;
	/** The value that an option without an argument sets. */
	readonly flagValue?: ByteString;
	readonly help: string;
	/** The value is a path as the client sees it: from its root, if it has one. */
	readonly isClients?: true;
	/** Whether the first of several values is used, or all are. */
	readonly repeated: "first" | "all";
	readonly expected: string;
	readonly words: "one" | "several";
	read(words: readonly ByteString[], writer: Writer): Written | Refusal;
	/** The arguments of each line that would reproduce the setting; empty if it is not set. */
	show(settings: Settings): readonly (readonly ByteString[])[];
}

export interface KeywordTexts {
	readonly flags: string;
	readonly flagValue?: ByteString;
	readonly help: string;
	readonly isClients?: true;
}

/** Where a value was set. Lines and columns count from 1, columns in bytes. */
export type Origin =
	| { readonly kind: "option"; readonly option: string }
	| { readonly kind: "file"; readonly file: ByteString; readonly line: number; readonly column: number };

/** A keyword with one value. */
export function single<K extends keyof Settings>(
	key: K,
	type: ValueType<NonNullable<Settings[K]>>,
	texts: KeywordTexts,
): Keyword {
	return {
		...texts,
		...readBy(type, (settings, value) => ({ ...settings, [key]: value })),
		name: nameOf(key),
		repeated: "first",
		show: ({ [key]: value }) => (value === undefined ? [] : [type.show(value)]),
	};
}

/** A keyword that collects its values in a list. */
export function cumulative<T, S extends T = T>(
	key: keyof Settings,
	type: ValueType<T>,
	list: {
		of(settings: Settings): readonly S[];
		put(settings: Settings, values: readonly S[]): Settings;
		from(value: T, origin: Origin): S;
	},
	texts: KeywordTexts,
): Keyword {
	return {
		...texts,
		...readBy(type, (settings, value, origin) =>
			list.put(settings, [...list.of(settings), list.from(value, origin)]),
		),
		name: nameOf(key),
		repeated: "all",
		show: (settings) => list.of(settings).map((value) => type.show(value)),
	};
}

/** The default as in the manual; undefined if there is none. */
export function defaultOf(keyword: Keyword): string | undefined {
	const lines = keyword.show(defaultSettings).map((words) => words.join(" "));
	return lines.length === 0 ? undefined : lines.join(", ");
}

function readBy<T>(
	type: ValueType<T>,
	put: (settings: Settings, value: T, origin: Origin) => Settings,
): Pick<Keyword, "expected" | "words" | "read"> {
	return {
		expected: type.expected,
		words: type.words,
		read: (words, writer) => {
			const value = type.parse(words, writer);
			if (value instanceof Refusal) return value;
			return {
				apply: (settings, context, origin) => {
					const expanded = type.expand === undefined ? value : type.expand(value, context);
					return expanded instanceof Refusal ? expanded : put(settings, expanded, origin);
				},
			};
		},
	};
}

function nameOf(key: string): string {
	return key.charAt(0).toUpperCase() + key.slice(1);
}
