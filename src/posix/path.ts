/* Characters of paths, and paths such as `.`. */
import { asByteString } from "./byte-string.ts";

export const SLASH = 0x2f;
export const DOT = 0x2e;

/** A slash as a byte string. */
export const SEPARATOR = asByteString("/");

export const TOP = Buffer.from("/");
/** A directory's name for itself. */
export const HERE = Buffer.from(".");
/** For the addon's *At calls: the descriptor's own file. */
export const ITSELF = Buffer.alloc(0);

/** Whether a name, a range of `bytes`, is `.` or `..`. */
export function isDots(bytes: Buffer, start = 0, end = bytes.length): boolean {
	if (bytes[start] !== DOT) return false;
	return end - start === 1 || (end - start === 2 && bytes[start + 1] === DOT);
}
