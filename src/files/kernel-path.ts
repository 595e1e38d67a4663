/*
 * A path as the kernel resolves it for a system call, made step by step. Strings
 * have one character per byte.
 */
import type { Realpath } from "./realpath.ts";

/**
 * The path without links, those at its end kept if they are not followed; or -errno.
 * Its last component need not exist.
 */
export function kernelPath(realpath: Realpath, text: string, follow: boolean): string | number {
	const { directory, name } = splitLast(text);
	/* With a slash after it, a link is followed; `.` and `..` are none. */
	const whole = follow || /^\.{0,2}$|\/$/.test(name);
	const resolved = realpath.resolve(Buffer.from(whole ? text : directory, "latin1"), { asKernel: true });
	if (typeof resolved === "number") return resolved;
	const path = resolved.toString("latin1");
	if (!whole) return `${path === "/" ? "" : path}/${name}`;
	/* Only a directory may have a slash after it; the kernel checks that. */
	return /\/\.?$/.test(text) ? `${path}/` : path;
}

/** An absolute path's last component, with the slashes after it, and what precedes it. */
export function splitLast(text: string): { readonly directory: string; readonly name: string } {
	const [, directory = "/", name = ""] = /^(.*\/)([^/]+\/*)$/s.exec(text) ?? [];
	return { directory, name };
}
