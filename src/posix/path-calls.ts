/*
 * Every call that takes a path, as the rest of the program has them (files.ts):
 * paths are bytes without a NUL, results are >= 0 or -errno. Implemented by
 * direct-paths.ts, and by confined-paths.ts for a session under --confine.
 */
export interface PathCalls {
	/** Whether they are the system's own, so that others may make the same calls in their place. */
	readonly direct: boolean;
	open(bytes: Buffer, start: number, length: number, flags: number, mode: number): number;
	openDirectory(path: Buffer): number;
	stat(bytes: Buffer, start: number, length: number): number;
	lstat(bytes: Buffer, start: number, length: number): number;
	lstatOnTheWay(path: Buffer, length: number): number;
	readlinkOnTheWay(path: Buffer, length: number, to: Buffer, toLength: number): number;
	mayBeTold(path: Buffer): boolean;
	truncate(path: Buffer, sizeHigh: number, sizeLow: number): number;
	chmod(path: Buffer, mode: number): number;
	lchmod(path: Buffer, mode: number): number;
	utimes(path: Buffer, atime: number, mtime: number): number;
	lutimes(path: Buffer, atime: number, mtime: number): number;
	chown(path: Buffer, uid: number, gid: number): number;
	lchown(path: Buffer, uid: number, gid: number): number;
	fchmod(fd: number, mode: number): number;
	futimes(fd: number, atime: number, mtime: number): number;
	fchown(fd: number, uid: number, gid: number): number;
	mkdir(path: Buffer, mode: number): number;
	rmdir(path: Buffer): number;
	unlink(path: Buffer): number;
	link(from: Buffer, to: Buffer): number;
	rename(from: Buffer, to: Buffer): number;
	symlink(target: Buffer, linkPath: Buffer): number;
	readlink(path: Buffer, to: Buffer): number;
	statvfs(path: Buffer): number;
	chdir(path: Buffer): number;
}
