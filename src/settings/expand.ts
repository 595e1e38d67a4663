/*
 * Expands a directory in a setting: first ~ and ~user (posix/tilde.ts), then the tokens
 * %d, %u, %U and %%, as OpenSSH's misc.c percent_expand does, and %h, the home directory
 * in sshd_config(5).
 */
import {
	invalidPercentFormat,
	noSuchUser,
	pathTooLong,
	percentExpandFailed,
	unknownPercentKey,
} from "../log/events/options.ts";
import type { Logger } from "../log/logger.ts";
import type { Passwd } from "../posix/addon.ts";
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import { expandTilde, type TildeExpansion } from "../posix/tilde.ts";

/** The user that the server runs as, and lookups of others. */
export interface ExpansionContext {
	readonly user: Passwd;
	readonly lookUpUser: (name: ByteString) => Passwd | undefined;
	/** A group's id. */
	readonly lookUpGroup: (name: ByteString) => number | undefined;
}

/** Why a directory can't be expanded. */
export type ExpansionFailure =
	| Exclude<TildeExpansion, { readonly kind: "path" }>
	| { readonly kind: "unknown-token"; readonly token: ByteString }
	| { readonly kind: "incomplete-token" };

export type Expansion = { readonly kind: "path"; readonly path: ByteString } | ExpansionFailure;

/** The tokens of a setting's directory. */
const TOKENS = "%dhuU";

/** The tokens of OpenSSH's -d. */
export const OPENSSH_TOKENS = "%duU";

export function expandDirectory(text: ByteString, context: ExpansionContext, tokens = TOKENS): Expansion {
	const expansion = expandTilde(text, context.user.dir, context.lookUpUser);
	return expansion.kind === "path" ? expandTokens(expansion.path, context, tokens) : expansion;
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

/** Describes a failure for the administrator: a clause. */
export function describeExpansionFailure(failure: ExpansionFailure): string {
	switch (failure.kind) {
		case "no-such-user":
			return `there is no user ${failure.user}`;
		case "path-too-long":
			return "the path is too long";
		case "unknown-token":
			return `unknown token %${failure.token}; the tokens are %d %h %u %U %%`;
		case "incomplete-token":
			return "the % at the end must be %%";
		default:
			return failure satisfies never;
	}
}

/** Checks the tokens in `text`, which do not depend on the user; returns the failure, if any. */
export function checkTokens(text: ByteString, tokens = TOKENS): ExpansionFailure | undefined {
	if (!text.includes("%")) return undefined;
	for (const [, token] of text.matchAll(/%(.?)/gs)) {
		if (token === undefined || token === "") return { kind: "incomplete-token" };
		if (!tokens.includes(token)) return { kind: "unknown-token", token: asByteString(token) };
	}
	return undefined;
}

function expandTokens(text: string, { user }: ExpansionContext, tokens: string): Expansion {
	const failure = checkTokens(asByteString(text), tokens);
	if (failure !== undefined) return failure;
	const values = new Map([
		["%", "%"],
		["d", user.dir],
		["h", user.dir],
		["u", user.name],
		["U", String(user.uid)],
	]);
	const path = text.replace(/%(.)/g, (_, token) => values.get(token) ?? "");
	return { kind: "path", path: asByteString(path) };
}
