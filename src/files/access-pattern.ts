/*
 * The patterns of Access: minimatch's globs against paths from the client's "/",
 * one character per byte. A pattern without a slash names a component anywhere;
 * with a slash it is anchored at "/".
 *
 * minimatch reads the pattern and matches single components. Whole paths are
 * matched in access-rules.ts, component by component, so that the work on a path
 * is bounded however many `**` a pattern holds, and what was found out about a
 * directory serves for all that lies in it.
 */
import type { ByteString } from "../posix/byte-string.ts";

/** One component of a pattern: a test of a name, or any number of components. */
export type Step = ((name: ByteString) => boolean) | typeof ANY_DEPTH;

export const ANY_DEPTH = "**";

/** A pattern without braces; empty for "/" itself. */
export type Row = readonly Step[];

export interface AccessPattern {
	/** Whether the pattern has a slash. One that has none has rows of one step. */
	readonly anchored: boolean;
	readonly rows: readonly Row[];
}

/** Most patterns that the braces of one may stand for. */
const ROWS_MAX = 1000;

const NO_COMPONENT = "no component of a path is empty, . or ..";

/** The pattern, or what is wrong with it: a clause. */
export function parseAccessPattern(text: ByteString): AccessPattern | string {
	if (text === "") return "the pattern is empty";
	if (text === "/") return { anchored: true, rows: [[]] };
	if (text.endsWith("/")) return "a pattern does not end in a slash";
	if (text.includes("//")) return NO_COMPONENT;
	/* Loaded only when there is a rule. */
	const { GLOBSTAR, Minimatch }: typeof import("minimatch") = require("minimatch");
	let set: readonly (readonly (string | RegExp | typeof GLOBSTAR)[])[];
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
	if (set.length === 0 || set.length > ROWS_MAX) return `its braces stand for more than ${ROWS_MAX} patterns`;
	const anchored = text.includes("/");
	const rows: Row[] = [];
	for (const parts of set) {
		const components = anchored && parts[0] === "" ? parts.slice(1) : parts;
		if (components.some((part) => part === "" || part === "." || part === "..")) return NO_COMPONENT;
		rows.push(
			components.map((part): Step => {
				if (typeof part === "string") return (name) => name === part;
				return part instanceof RegExp ? (name) => part.test(name) : ANY_DEPTH;
			}),
		);
	}
	return { anchored, rows };
}
