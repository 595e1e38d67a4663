/*
 * The calls that take a path, as the system has them. What each one means is
 * said in files.ts.
 */
import { constants } from "node:fs";
import { addon } from "./addon.ts";
import { errno } from "./errno.ts";
import { hot } from "./hot-calls.ts";
import type { PathCalls } from "./path-calls.ts";

const OPENDIR_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_DIRECTORY;

export const directPaths: PathCalls = {
	direct: true,
	open(bytes, start, length, flags, mode) {
		const result = hot.openWithoutWaiting(bytes, start, length, flags, mode);
		/* A lease that somebody holds (fcntl(2) F_SETLEASE) is waited for, as long as the kernel allows it. */
		return result === -errno.EAGAIN ? addon.open(bytes, start, length, flags, mode) : result;
	},
	openDirectory: (path) => addon.open(path, 0, path.length, OPENDIR_FLAGS, 0),
	stat: (bytes, start, length) => addon.stat(bytes, start, length),
	lstat: (bytes, start, length) => addon.lstat(bytes, start, length),
	lstatOnTheWay: (path, length) => addon.lstat(path, 0, length),
	readlinkOnTheWay: (path, length, to, toLength) => addon.readlink(path, 0, length, to, 0, toLength),
	mayBeTold: () => true,
	truncate: (path, high, low) => addon.truncate(path, 0, path.length, high, low),
	chmod: (path, mode) => addon.chmod(path, 0, path.length, mode),
	lchmod: (path, mode) => addon.lchmod(path, 0, path.length, mode),
	utimes: (path, atime, mtime) => addon.utimes(path, 0, path.length, atime, mtime),
	lutimes: (path, atime, mtime) => addon.lutimes(path, 0, path.length, atime, mtime),
	chown: (path, uid, gid) => addon.chown(path, 0, path.length, uid, gid),
	lchown: (path, uid, gid) => addon.lchown(path, 0, path.length, uid, gid),
	fchmod: (fd, mode) => addon.fchmod(fd, mode),
	futimes: (fd, atime, mtime) => addon.futimes(fd, atime, mtime),
	fchown: (fd, uid, gid) => addon.fchown(fd, uid, gid),
	mkdir: (path, mode) => addon.mkdir(path, 0, path.length, mode),
	rmdir: (path) => addon.rmdir(path, 0, path.length),
	unlink: (path) => addon.unlink(path, 0, path.length),
	link: (from, to) => addon.link(from, 0, from.length, to, 0, to.length),
	rename: (from, to) => addon.rename(from, 0, from.length, to, 0, to.length),
	symlink: (target, linkPath) => addon.symlink(target, 0, target.length, linkPath, 0, linkPath.length),
	readlink: (path, to) => addon.readlink(path, 0, path.length, to, 0, to.length),
	statvfs: (path) => addon.statvfs(path, 0, path.length),
	chdir: (path) => addon.chdir(path, 0, path.length),
};
