/*
 * `~` and `~user` at the start of a path, as OpenSSH's misc.c tilde_expand
 * replaces them. Paths and names have one character a byte.
 */

/** Linux's PATH_MAX: what comes out has to be shorter. */
const PATH_MAX = 4096;

export type TildeExpansion =
	| { readonly kind: "path"; readonly path: string }
	| { readonly kind: "no-such-user"; readonly user: string }
	| { readonly kind: "path-too-long" };

/**
 * The slashes after a user count as one, and none is added to a home directory
 * that ends in one.
 *
 * @param ownDir the home directory that `~` alone stands for
 */
export function expandTilde(
	text: string,
	ownDir: string,
	lookUpUser: (name: string) => { readonly dir: string } | undefined,
): TildeExpansion {
	if (!text.startsWith("~")) return { kind: "path", path: text };
	const [, name = "", rest = ""] = /^~([^/]*)\/*(.*)$/s.exec(text) ?? [];
	const dir = name === "" ? ownDir : lookUpUser(name)?.dir;
	if (dir === undefined) return { kind: "no-such-user", user: name };
	const path = dir + (dir.endsWith("/") ? "" : "/") + rest;
	return path.length < PATH_MAX ? { kind: "path", path } : { kind: "path-too-long" };
}
