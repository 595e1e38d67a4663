// How the values of single options are read: -u's octal number, the words and
// directories of our own options. Rules and limits of each stand here; what a bad
// value does to the program is said in option-table.ts.
import { describeExpansionFailure, type ExpansionContext, expandDirectory } from "./expand.ts";
import type { ConfinedDirectory, Options } from "./options.ts";

const UMASK_MAX = 0o777;

/**
 * -u's mask, undefined for a bad one. What strtol takes in base 8: blanks before,
 * a sign, digits, nothing after; the result 0 to 0777 (sftp-server.c
 * sftp_server_main).
 */
export function parseUmask(text: string): number | undefined {
	const [, sign, digits] = /^[\t\n\v\f\r ]*([+-]?)([0-7]+)$/.exec(text) ?? [];
	if (digits === undefined) return undefined;
	const mask = Number.parseInt(digits, 8);
	if (mask > UMASK_MAX || (sign === "-" && mask > 0)) return undefined;
	return mask;
}

/** --log-format's value, undefined for a bad one. */
export function parseLogFormat(text: string): Options["logFormat"] | undefined {
	return text === "text" || text === "json" ? text : undefined;
}

/**
 * --confine's directory with an optional ":ro" behind it, or a clause that says
 * what is wrong. A directory whose own name ends in ":ro" is given with a slash
 * behind it.
 */
export function parseConfine(text: string, context: ExpansionContext): ConfinedDirectory | string {
	const readOnly = text.endsWith(":ro");
	const expansion = expandDirectory(readOnly ? text.slice(0, -":ro".length) : text, context);
	if (expansion.kind !== "path") return describeExpansionFailure(expansion);
	if (expansion.path === "") return "the directory is empty";
	return { directory: expansion.path, readOnly };
}
