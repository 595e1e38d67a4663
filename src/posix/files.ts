/*
 * Every call that takes a path: the one place where a client's path meets the
 * file system, so that confining paths is a change to this module alone. Paths
 * are bytes without a NUL; results are >= 0, or -errno.
 */
import { constants } from "node:fs";
import { addon } from "./addon.ts";
import { errno } from "./errno.ts";

const NEVER_WAIT = constants.O_NONBLOCK | constants.O_NOCTTY;
const OPENDIR_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_DIRECTORY;

/**
 * Opens with open(2) flags (posix/open-flags.ts); the umask applies to `mode`.
 *
 * Never waits for the other end of a FIFO, as OpenSSH does for good, and never
 * takes a terminal. O_NONBLOCK changes nothing for regular files, except that a
 * lease somebody holds (fcntl(2) F_SETLEASE) is refused instead of waited for:
 * then the call is made again without it, and waits as long as the kernel lets
 * the holder keep it.
 */
export function open(path: Buffer, flags: number, mode: number): number {
	const result = addon.open(path, 0, path.length, flags | NEVER_WAIT, mode);
	return result === -errno.EAGAIN ? addon.open(path, 0, path.length, flags, mode) : result;
}

/** Opens a directory for `readDirectory`, as opendir(3) does. */
export function openDirectory(path: Buffer): number {
	return addon.open(path, 0, path.length, OPENDIR_FLAGS, 0);
}

/** The path's stat, after links, in the addon's registers. The path is a range of `bytes`. */
export function stat(bytes: Buffer, start: number, length: number): number {
	return addon.stat(bytes, start, length);
}

/** As `stat`, but a link is not followed. */
export function lstat(bytes: Buffer, start: number, length: number): number {
	return addon.lstat(bytes, start, length);
}

/** Sets the size, as two words. */
export function truncate(path: Buffer, sizeHigh: number, sizeLow: number): number {
	return addon.truncate(path, 0, path.length, sizeHigh, sizeLow);
}

export function chmod(path: Buffer, mode: number): number {
	return addon.chmod(path, 0, path.length, mode);
}

/** chmod of the link itself, which Linux refuses (EOPNOTSUPP). */
export function lchmod(path: Buffer, mode: number): number {
	return addon.lchmod(path, 0, path.length, mode);
}

/** Times are whole seconds. */
export function utimes(path: Buffer, atime: number, mtime: number): number {
	return addon.utimes(path, 0, path.length, atime, mtime);
}

export function lutimes(path: Buffer, atime: number, mtime: number): number {
	return addon.lutimes(path, 0, path.length, atime, mtime);
}

/** An id of 0xffffffff leaves the owner or the group as it is. */
export function chown(path: Buffer, uid: number, gid: number): number {
	return addon.chown(path, 0, path.length, uid, gid);
}

export function lchown(path: Buffer, uid: number, gid: number): number {
	return addon.lchown(path, 0, path.length, uid, gid);
}

/** The umask applies to `mode`. */
export function mkdir(path: Buffer, mode: number): number {
	return addon.mkdir(path, 0, path.length, mode);
}

export function rmdir(path: Buffer): number {
	return addon.rmdir(path, 0, path.length);
}

export function unlink(path: Buffer): number {
	return addon.unlink(path, 0, path.length);
}

export function link(from: Buffer, to: Buffer): number {
	return addon.link(from, 0, from.length, to, 0, to.length);
}

/** Replaces `to` if it exists. */
export function rename(from: Buffer, to: Buffer): number {
	return addon.rename(from, 0, from.length, to, 0, to.length);
}

/** Makes `linkPath` a link that says `target`. */
export function symlink(target: Buffer, linkPath: Buffer): number {
	return addon.symlink(target, 0, target.length, linkPath, 0, linkPath.length);
}

/** Puts the link's target at the start of `to`; the result is its length. */
export function readlink(path: Buffer, pathLength: number, to: Buffer, toLength: number): number {
	return addon.readlink(path, 0, pathLength, to, 0, toLength);
}

/** Eleven 64-bit fields in the addon's registers, in the order of struct statvfs. */
export function statvfs(path: Buffer): number {
	return addon.statvfs(path, 0, path.length);
}

export function chdir(path: Buffer): number {
	return addon.chdir(path, 0, path.length);
}

/** Puts the working directory's path at the start of `to`; the result is its length. */
export function getcwd(to: Buffer): number {
	return addon.getcwd(to, 0, to.length);
}
