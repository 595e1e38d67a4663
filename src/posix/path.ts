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

/** Whether a name is `.` or `..`. */
export function isDots(name: Buffer): boolean {
	if (name[0] !== DOT) return false;
	return name.length === 1 || (name.length === 2 && name[1] === DOT);
}
