// Expansion of a directory named on the command line: first ~ and ~user, then
// the tokens %d %u %U and %%, as OpenSSH's misc.c tilde_expand and
// percent_expand do. All strings are byte strings, one char per byte.
import {
	invalidPercentFormat,
	noSuchUser,
	pathTooLong,
	percentExpandFailed,
	unknownPercentKey,
} from "../log/events/options.ts";
import type { Logger } from "../log/logger.ts";

/** The user that the server runs as, and how others are found. */
export interface ExpansionContext {
	readonly user: { readonly name: string; readonly uid: number; readonly dir: string };
	lookUpUser(name: string): { readonly dir: string } | undefined;
}

/** Why a directory can't be expanded. */
export type ExpansionFailure =
	| { readonly kind: "no-such-user"; readonly user: string }
	| { readonly kind: "path-too-long" }
	| { readonly kind: "unknown-token"; readonly token: string }
	| { readonly kind: "incomplete-token" };

export type Expansion = { readonly kind: "path"; readonly path: string } | ExpansionFailure;

/** Linux's PATH_MAX: a path after tilde expansion has to be shorter. */
const PATH_MAX = 4096;

export function expandDirectory(text: string, context: ExpansionContext): Expansion {
	const expansion = expandTilde(text, context);
	return expansion.kind === "path" ? expandTokens(expansion.path, context) : expansion;
}

/** Logs a failure of -d in OpenSSH's words. */
export function logExpansionFailure(failure: ExpansionFailure, logger: Logger): void {
	switch (failure.kind) {
		case "no-such-user":
			logger.log(noSuchUser, failure.user);
			return;
		case "path-too-long":
			logger.log(pathTooLong);
			return;
		case "unknown-token":
			logger.log(unknownPercentKey, failure.token);
			logger.log(percentExpandFailed);
			return;
		case "incomplete-token":
			logger.log(invalidPercentFormat);
			logger.log(percentExpandFailed);
			return;
		default:
			failure satisfies never;
	}
}

/** A failure in words for the administrator. */
export function describeExpansionFailure(failure: ExpansionFailure): string {
	switch (failure.kind) {
		case "no-such-user":
			return `there is no user ${failure.user}`;
		case "path-too-long":
			return "the path is too long";
		case "unknown-token":
			return `%${failure.token} is none of the tokens %d %u %U %%`;
		case "incomplete-token":
			return "the % at the end must be %%";
		default:
			return failure satisfies never;
	}
}

// The slashes after a user count as one, and none is added to a home directory
// that ends in one.
function expandTilde(text: string, context: ExpansionContext): Expansion {
	if (!text.startsWith("~")) return { kind: "path", path: text };
	const [, name = "", rest = ""] = /^~([^/]*)\/*(.*)$/s.exec(text) ?? [];
	const user = name === "" ? context.user : context.lookUpUser(name);
	if (user === undefined) return { kind: "no-such-user", user: name };
	const path = user.dir + (user.dir.endsWith("/") ? "" : "/") + rest;
	return path.length < PATH_MAX ? { kind: "path", path } : { kind: "path-too-long" };
}

function expandTokens(text: string, { user }: ExpansionContext): Expansion {
	const values = new Map([
		["%", "%"],
		["d", user.dir],
		["u", user.name],
		["U", String(user.uid)],
	]);
	let path = "";
	for (let i = 0; i < text.length; i++) {
		if (text.charAt(i) !== "%") {
			path += text.charAt(i);
			continue;
		}
		i++;
		const token = text.charAt(i);
		const value = values.get(token);
		if (value !== undefined) path += value;
		else return token === "" ? { kind: "incomplete-token" } : { kind: "unknown-token", token };
	}
	return { kind: "path", path };
}
