/*
 * `~` and `~user` at the start of a path, as OpenSSH's misc.c tilde_expand
 * replaces them.
 */
import { asByteString, type ByteString } from "./byte-string.ts";
import { PATH_MAX } from "./limits.ts";

export type TildeExpansion =
	| { readonly kind: "path"; readonly path: ByteString }
	| { readonly kind: "no-such-user"; readonly user: ByteString }
	| { readonly kind: "path-too-long" };

/**
 * Several slashes after a user count as one, and none is added to a home directory that
 * ends in one.
 *
 * @param ownDir the home directory for `~` alone
 */
export function expandTilde(
	text: ByteString,
	ownDir: ByteString,
	lookUpUser: (name: ByteString) => { readonly dir: ByteString } | undefined,
): TildeExpansion {
	if (!text.startsWith("~")) return { kind: "path", path: text };
	const [, name = "", rest = ""] = /^~([^/]*)\/*(.*)$/s.exec(text) ?? [];
	const user = asByteString(name);
	const dir = user === "" ? ownDir : lookUpUser(user)?.dir;
	if (dir === undefined) return { kind: "no-such-user", user };
	const path = asByteString(dir + (dir.endsWith("/") ? "" : "/") + rest);
	return path.length < PATH_MAX ? { kind: "path", path } : { kind: "path-too-long" };
}
