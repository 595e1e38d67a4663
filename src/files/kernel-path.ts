/* A path as the kernel resolves it for a system call, made step by step. */
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
 * The path without links, those at its end kept if they are not followed; or -errno.
 * Its last component need not exist.
 *
 * @param creates whether the path is one for open(2) with O_CREAT
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
