/*
 * The canonical path of REALPATH and expand-path, as OpenSSH's sftp-realpath.c
 * has it: like realpath(3), but the last component need not exist. `..` takes
 * away the last component of what has been resolved so far.
 */
import { addon, registers } from "./addon.ts";
import { errno } from "./errno.ts";
import { getcwd, lstatOnTheWay, mayBeTold, pathsAreDirect, readlinkOnTheWay } from "./files.ts";
import { O_PATH, RESOLVE_NO_SYMLINKS } from "./openat2.ts";
import { FileType, StatWord } from "./stat.ts";

/** PATH_MAX, with the NUL that ends a path in C. */
const PATH_MAX = 4096;
/** Links followed before ELOOP: by OpenSSH (OpenBSD's SYMLOOP_MAX, and one for its `>`), by the kernel. */
const MAX_LINKS = 33;
const KERNEL_MAX_LINKS = 40;
const SLASH = 0x2f;
const DOT = 0x2e;
/** For the directory of a path that is absolute. */
const NO_DIRECTORY = -1;

/* Work space, each a PATH_MAX; a call leaves nothing in them that the next needs. */
const resolved = Buffer.alloc(PATH_MAX);
const left = Buffer.alloc(PATH_MAX);
const target = Buffer.alloc(PATH_MAX);

/** Where the rules are not those of OpenSSH's REALPATH. */
export interface RealpathRules {
	/** As the kernel resolves a path for a system call: only directories have something behind them. */
	readonly asKernel?: true;
	/** Asked about the owner of each link; EACCES if it says no. */
	trusts?(owner: number): boolean;
}

/**
 * Resolves `path`, relative to the working directory if it does not start with
 * a slash. Returns a new Buffer, or -errno.
 */
export function realpath(path: Buffer, { asKernel, trusts }: RealpathRules = {}): Buffer | number {
	if (path.length === 0) return -errno.ENOENT;
	if (isPlain(path) && hasNoLinks(path)) return Buffer.from(path);
	let leftAt = 0;
	let leftEnd = path[0] === SLASH ? path.length - 1 : path.length;
	let length = startingPoint(path);
	if (length < 0) return length;
	if (leftEnd >= PATH_MAX) return -errno.ENAMETOOLONG;
	path.copy(left, 0, path.length - leftEnd);

	let links = 0;
	while (leftAt < leftEnd) {
		const slash = left.indexOf(SLASH, leftAt);
		const last = slash === -1 || slash >= leftEnd;
		const start = leftAt;
		const end = last ? leftEnd : slash;
		leftAt = last ? leftEnd : slash + 1;

		if (resolved[length - 1] !== SLASH) {
			if (length + 1 >= PATH_MAX) return -errno.ENAMETOOLONG;
			resolved[length++] = SLASH;
		}
		if (end === start || (end === start + 1 && left[start] === DOT)) continue;
		if (end === start + 2 && left[start] === DOT && left[start + 1] === DOT) {
			length = parentLength(length);
			continue;
		}

		if (length + end - start >= PATH_MAX) return -errno.ENAMETOOLONG;
		left.copy(resolved, length, start, end);
		length += end - start;
		const result = lstatOnTheWay(resolved, length);
		/* A slash behind the last component makes it one that must exist. */
		if (result < 0) return result === -errno.ENOENT && last ? told(length) : result;
		const type = (registers[StatWord.MODE] ?? 0) & FileType.MASK;
		if (asKernel && !last && type !== FileType.DIRECTORY && type !== FileType.SYMLINK) return -errno.ENOTDIR;
		if (type !== FileType.SYMLINK) continue;

		if (links++ >= (asKernel ? KERNEL_MAX_LINKS : MAX_LINKS)) return -errno.ELOOP;
		if (trusts?.(registers[StatWord.UID] ?? 0) === false) return -errno.EACCES;
		const targetLength = readlinkOnTheWay(resolved, length, target, PATH_MAX - 1);
		if (targetLength < 0) return targetLength;
		length = target[0] === SLASH ? 1 : parentLength(length);
		const rest = spliceTarget(targetLength, last, leftAt, leftEnd);
		if (rest < 0) return rest;
		leftAt = 0;
		leftEnd = rest;
	}
	return told(length > 1 && resolved[length - 1] === SLASH ? length - 1 : length);
}

/** Whether the path is absolute and has nothing in it that is to be taken away. */
function isPlain(path: Buffer): boolean {
	let before = 0;
	for (const byte of path) {
		if (before === SLASH && (byte === SLASH || byte === DOT)) return false;
		before = byte;
	}
	return path[0] === SLASH && before !== SLASH;
}

/** Whether all of it is there and no link, asked in one call; false also where the kernel can't tell. */
function hasNoLinks(path: Buffer): boolean {
	if (!pathsAreDirect()) return false;
	const fd = addon.openBeneath(NO_DIRECTORY, path, 0, path.length, O_PATH, 0, RESOLVE_NO_SYMLINKS);
	if (fd < 0) return false;
	addon.close(fd);
	return true;
}

/** Puts "/" or the working directory into `resolved`; its length, or -errno. */
function startingPoint(path: Buffer): number {
	if (path[0] !== SLASH) return getcwd(resolved);
	resolved[0] = SLASH;
	return 1;
}

/** The length of `resolved` without its last component; the slash before that stays. */
function parentLength(length: number): number {
	if (length <= 1) return length;
	return resolved.lastIndexOf(SLASH, length - 2) + 1;
}

/** Puts the link's target before what is left; the new length of `left`, or -errno. */
function spliceTarget(targetLength: number, last: boolean, leftAt: number, leftEnd: number): number {
	let length = targetLength;
	if (!last) {
		if (target[length - 1] !== SLASH) {
			if (length + 1 >= PATH_MAX) return -errno.ENAMETOOLONG;
			target[length++] = SLASH;
		}
		if (length + leftEnd - leftAt >= PATH_MAX) return -errno.ENAMETOOLONG;
		left.copy(target, length, leftAt, leftEnd);
		length += leftEnd - leftAt;
	}
	target.copy(left, 0, 0, length);
	return length;
}

/** A copy of what has been resolved, if a client may know it. */
function told(length: number): Buffer | number {
	const path = Buffer.from(resolved.subarray(0, length));
	return mayBeTold(path) ? path : -errno.EACCES;
}
