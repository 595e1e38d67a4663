/*
 * Resolves the path of a directory that the administrator names. A client may have
 * changed the path in an earlier session, so a symbolic link is followed only if it
 * belongs to root and nobody else can replace it.
 */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, toBytes } from "../posix/byte-string.ts";
import { strerror } from "../posix/errno.ts";
import { SLASH } from "../posix/path.ts";
import { FileType, STICKY, StatBuffer, StatWord } from "../posix/stat.ts";
import { DirectNamespace } from "./direct.ts";
import { Realpath } from "./realpath.ts";

export interface TrustedPath {
	/** Absolute and without links. */
	readonly path: Buffer;
	/** The directories that contain links in the path, absolute and without links. */
	readonly linksIn: readonly ByteString[];
}

const OTHERS_WRITE = 0o022;

/** Resolves an absolute or relative path. If a link can't be trusted or the system refuses, returns the reason. */
export function resolveTrusted(path: ByteString): TrustedPath | string {
	let fault: string | undefined;
	const linksIn: ByteString[] = [];
	const trusts = (owner: number, link: Buffer): boolean => {
		const directory = link.subarray(0, Math.max(link.lastIndexOf(SLASH), 1));
		linksIn.push(fromBytes(directory));
		if (owner !== 0) fault = "a symbolic link in its path does not belong to root";
		else if (!isHeldByRoot(directory))
			fault = "users other than root can replace a symbolic link in its path";
		return fault === undefined;
	};
	const resolved = new Realpath(new DirectNamespace()).resolve(toBytes(path), { trusts });
	if (fault !== undefined) return fault;
	return typeof resolved === "number" ? strerror(-resolved) : { path: resolved, linksIn };
}

/** Whether only root can replace root's entries in the directory and in each directory above it. */
function isHeldByRoot(directory: Buffer): boolean {
	const stat = new StatBuffer();
	for (let end = 1; end <= directory.length; end++) {
		/* "/", then up to each slash, then all of it. */
		if (end !== 1 && end !== directory.length && directory[end] !== SLASH) continue;
		if (addon.statAt(AT_FDCWD, directory, 0, end, 0, stat.words) < 0) return false;
		const mode = stat.words[StatWord.MODE] ?? 0;
		if (stat.type !== FileType.DIRECTORY || stat.uid !== 0) return false;
		/* In a sticky directory only their owners can replace entries. */
		if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) return false;
	}
	return true;
}
