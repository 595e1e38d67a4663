/* Resolves a path component by component, as the kernel does for a system call. */
import {
	asByteString,
	type ByteString,
	fromBytes,
	joinBytes,
	sliceBytes,
	toBytes,
} from "../posix/byte-string.ts";
import { SEPARATOR } from "../posix/path.ts";
import type { Realpath } from "./realpath.ts";

const EMPTY = asByteString("");

/**
 * Returns the path without links, or -errno. The last component need not exist, and is
 * not resolved if it is a link and `follow` is false.
 *
 * @param creates whether the path is for open(2) with O_CREAT
 */
export function kernelPath(
	realpath: Realpath,
	text: ByteString,
	follow: boolean,
	creates = false,
): ByteString | number {
	const { directory, name } = splitLast(text);
	/* A link followed by a slash is resolved; `.` and `..` are not links. */
	const whole = follow || /^\.{0,2}$|\/$/.test(name);
	const resolved = realpath.resolve(toBytes(whole ? text : directory), { asKernel: true, creates });
	if (typeof resolved === "number") return resolved;
	const path = fromBytes(resolved);
	if (!whole) return joinBytes(path === "/" ? EMPTY : path, SEPARATOR, name);
	/* Only a directory may have a slash after it; the kernel checks that. */
	return /\/\.?$/.test(text) ? joinBytes(path, SEPARATOR) : path;
}

/** An absolute path's last component, with the slashes after it, and what precedes it. */
export function splitLast(text: ByteString): { readonly directory: ByteString; readonly name: ByteString } {
	const [directory] = /^.*\/(?=[^/]+\/*$)/s.exec(text) ?? [];
	if (directory === undefined) return { directory: SEPARATOR, name: EMPTY };
	return { directory: sliceBytes(text, 0, directory.length), name: sliceBytes(text, directory.length) };
}
