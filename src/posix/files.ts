/*
 * Every call that takes a path: the one place where a client's path meets the
 * file system. Paths are bytes without a NUL; results are >= 0, or -errno. Who
 * does the calls is chosen once, before a session: direct-paths.ts as the system
 * has them, or confined-paths.ts, which reaches nothing outside some directories.
 */
import { addon } from "./addon.ts";
import { directPaths } from "./direct-paths.ts";
import type { PathCalls } from "./path-calls.ts";

let calls: PathCalls = directPaths;

/** From here on all paths go through `others`. */
export function usePathCalls(others: PathCalls): void {
	calls = others;
}

/** Whether a path may be handed to the system as it is, past this module. */
export function pathsAreDirect(): boolean {
	return calls.direct;
}

/**
 * Opens with open(2) flags (posix/open-flags.ts); the umask applies to `mode`. The
 * path is a range of `bytes`.
 *
 * Never waits for the other end of a FIFO, as OpenSSH does for good, and never
 * takes a terminal: what is not a regular file is opened, and stays, non-blocking.
 */
export function open(bytes: Buffer, start: number, length: number, flags: number, mode: number): number {
	return calls.open(bytes, start, length, flags, mode);
}

/** Opens a directory for `readDirectory`, as opendir(3) does. */
export function openDirectory(path: Buffer): number {
	return calls.openDirectory(path);
}

/** The path's stat, after links, in the addon's registers. The path is a range of `bytes`. */
export function stat(bytes: Buffer, start: number, length: number): number {
	return calls.stat(bytes, start, length);
}

/** As `stat`, but a link is not followed. */
export function lstat(bytes: Buffer, start: number, length: number): number {
	return calls.lstat(bytes, start, length);
}

/**
 * As `lstat`, for a component on the way to another: where paths are confined,
 * what leads to the client's directories is there, and is a directory.
 */
export function lstatOnTheWay(path: Buffer, length: number): number {
	return calls.lstatOnTheWay(path, length);
}

/** Puts the target of a link on the way at the start of `to`, at most `toLength` bytes; its length. */
export function readlinkOnTheWay(path: Buffer, length: number, to: Buffer, toLength: number): number {
	return calls.readlinkOnTheWay(path, length, to, toLength);
}

/** Whether a client may learn that an absolute path, resolved, is where its own path leads. */
export function mayBeTold(path: Buffer): boolean {
	return calls.mayBeTold(path);
}

/** Sets the size, as two words. */
export function truncate(path: Buffer, sizeHigh: number, sizeLow: number): number {
	return calls.truncate(path, sizeHigh, sizeLow);
}

export function chmod(path: Buffer, mode: number): number {
	return calls.chmod(path, mode);
}

/** chmod of the link itself, which Linux refuses (EOPNOTSUPP). */
export function lchmod(path: Buffer, mode: number): number {
	return calls.lchmod(path, mode);
}

/** Times are whole seconds. */
export function utimes(path: Buffer, atime: number, mtime: number): number {
	return calls.utimes(path, atime, mtime);
}

export function lutimes(path: Buffer, atime: number, mtime: number): number {
	return calls.lutimes(path, atime, mtime);
}

/** An id of 0xffffffff leaves the owner or the group as it is. */
export function chown(path: Buffer, uid: number, gid: number): number {
	return calls.chown(path, uid, gid);
}

export function lchown(path: Buffer, uid: number, gid: number): number {
	return calls.lchown(path, uid, gid);
}

/** As `chmod`, of an open file. It may have been opened where nothing may be changed. */
export function fchmod(fd: number, mode: number): number {
	return calls.fchmod(fd, mode);
}

export function futimes(fd: number, atime: number, mtime: number): number {
	return calls.futimes(fd, atime, mtime);
}

export function fchown(fd: number, uid: number, gid: number): number {
	return calls.fchown(fd, uid, gid);
}

/** The umask applies to `mode`. */
export function mkdir(path: Buffer, mode: number): number {
	return calls.mkdir(path, mode);
}

export function rmdir(path: Buffer): number {
	return calls.rmdir(path);
}

export function unlink(path: Buffer): number {
	return calls.unlink(path);
}

export function link(from: Buffer, to: Buffer): number {
	return calls.link(from, to);
}

/** Replaces `to` if it exists. */
export function rename(from: Buffer, to: Buffer): number {
	return calls.rename(from, to);
}

/** Makes `linkPath` a link that says `target`. */
export function symlink(target: Buffer, linkPath: Buffer): number {
	return calls.symlink(target, linkPath);
}

/** Puts the link's target at the start of `to`, cut where `to` ends; the result is its length. */
export function readlink(path: Buffer, to: Buffer): number {
	return calls.readlink(path, to);
}

/** Eleven 64-bit fields in the addon's registers, in the order of struct statvfs. */
export function statvfs(path: Buffer): number {
	return calls.statvfs(path);
}

export function chdir(path: Buffer): number {
	return calls.chdir(path);
}

/** Puts the working directory's path at the start of `to`; the result is its length. */
export function getcwd(to: Buffer): number {
	return addon.getcwd(to, 0, to.length);
}
