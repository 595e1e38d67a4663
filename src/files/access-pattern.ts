/*
 * The patterns of Access: minimatch's globs for paths from the client's "/", one
 * character per byte. A pattern with a slash is anchored at "/"; one without matches a
 * component anywhere.
 *
 * minimatch parses the pattern and matches single components. access-rules.ts matches
 * paths component by component: the time is bounded however many `**` a pattern has,
 * and the result for a directory is reused for everything in it.
 */
import type { ByteString } from "../posix/byte-string.ts";
import { matchesTokens, tokensOf } from "./wildcards.ts";

/** One component of a pattern: a test of a name, or any number of components. */
export type Step = ((name: ByteString) => boolean) | typeof ANY_DEPTH;

export const ANY_DEPTH = "**";

/** A pattern without braces; empty for "/" itself. */
export type Row = readonly Step[];

export interface AccessPattern {
	/** Whether the pattern has a slash. If not, its rows have one step. */
	readonly anchored: boolean;
	readonly rows: readonly Row[];
}

/** The most patterns that braces may expand to. */
const ROWS_MAX = 1000;

const NO_COMPONENT = "no component can be empty, . or ..";

/** Patterns that would not match what they seem to, and why. */
const MISTAKES: readonly (readonly [mistaken: RegExp, clause: string])[] = [
	[/^~(?:[^/]*\/|$)/, "~ is not expanded in a pattern"],
	[/%[dhuU]/, "tokens such as %u are not expanded in a pattern ([%] is a percent sign)"],
	[/^!(?!\()/, "a pattern can't be negated (\\! is an exclamation mark)"],
];

/** Parses a pattern; if it is invalid, returns the reason, a clause. */
export function parseAccessPattern(text: ByteString): AccessPattern | string {
	if (text === "") return "the pattern is empty";
	if (text === "/") return { anchored: true, rows: [[]] };
	if (text.endsWith("/")) return "a pattern can't end in a slash";
	if (text.includes("//")) return NO_COMPONENT;
	const mistake = MISTAKES.find(([mistaken]) => mistaken.test(text));
	if (mistake !== undefined) return mistake[1];
	/* Loaded on demand: most sessions have no rules. */
	const { Minimatch }: typeof import("minimatch") = require("minimatch");
	let set: readonly (readonly Part[])[];
	try {
		set = new Minimatch(text, {
			dot: true,
			nocomment: true,
			nonegate: true,
			optimizationLevel: 0,
			platform: "linux",
			braceExpandMax: ROWS_MAX + 1,
		}).set;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
	if (set.length === 0 || set.length > ROWS_MAX) return `its braces expand to more than ${ROWS_MAX} patterns`;
	const anchored = text.includes("/");
	const rows: Row[] = [];
	for (const parts of set) {
		if (anchored && parts.length === 1) return "its braces mix patterns with and without a slash";
		const components = anchored && parts[0] === "" ? parts.slice(1) : parts;
		if (components.some((part) => part === "" || part === "." || part === "..")) return NO_COMPONENT;
		rows.push(components.map(stepOf));
	}
	return { anchored, rows };
}

/** A component as minimatch has parsed it: plain text, an expression with its glob, or `**`. */
type Part = string | (RegExp & { readonly _glob?: string }) | symbol;

/** Matches globs without brackets, parentheses and escapes. */
const SIMPLE = /^[^[(\\]*$/;

function stepOf(part: Part): Step {
	if (typeof part === "symbol") return ANY_DEPTH;
	if (typeof part === "string") return (name) => name === part;
	const { _glob: glob } = part;
	if (glob === undefined || !SIMPLE.test(glob)) return (name) => part.test(name);
	/* The expression of *a*a*b would try each way to divide a name of many a's. */
	const tokens = tokensOf(glob);
	return (name) => matchesTokens(name, tokens);
}
