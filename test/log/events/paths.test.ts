/* Events about paths and directories. */
import * as paths from "../../../src/log/events/paths.ts";
import { checkEvents, other, path, row } from "./golden.ts";

checkEvents(paths, [
	row(paths.statReceived, [1], "debug3", "stat-received", "request 1: stat", { request: 1 }),
	row(paths.stat, [path], "verbose", "stat", 'stat name "/a\xff"', { path }),
	row(paths.lstatReceived, [1], "debug3", "lstat-received", "request 1: lstat", { request: 1 }),
	row(paths.lstat, [path], "verbose", "lstat", 'lstat name "/a\xff"', { path }),
	row(paths.fstat, [1, undefined, -1], "debug1", "fstat", 'request 1: fstat "(null)" (handle 4294967295)', {
		request: 1,
		path: undefined,
		handle: undefined,
	}),
	row(paths.opendirReceived, [1], "debug3", "opendir-received", "request 1: opendir", { request: 1 }),
	row(paths.opendir, [path], "info", "opendir", 'opendir "/a\xff"', { path }),
	row(paths.readdir, [1, path, 3], "debug1", "readdir", 'request 1: readdir "/a\xff" (handle 3)', {
		request: 1,
		path,
		handle: 3,
	}),
	row(paths.closedir, [undefined], "info", "closedir", 'closedir "(null)"', { path: undefined }),
	row(paths.forcedClosedir, [path], "info", "forced-closedir", 'forced closedir "/a\xff"', { path }),
	row(paths.removeReceived, [1], "debug3", "remove-received", "request 1: remove", { request: 1 }),
	row(paths.remove, [path], "info", "remove", 'remove name "/a\xff"', { path }),
	row(paths.mkdirReceived, [1], "debug3", "mkdir-received", "request 1: mkdir", { request: 1 }),
	row(paths.mkdir, [path, 0o7755], "info", "mkdir", 'mkdir name "/a\xff" mode 07755', { path, mode: "7755" }),
	row(paths.rmdirReceived, [1], "debug3", "rmdir-received", "request 1: rmdir", { request: 1 }),
	row(paths.rmdir, [path], "info", "rmdir", 'rmdir name "/a\xff"', { path }),
	row(paths.realpathReceived, [1], "debug3", "realpath-received", "request 1: realpath", { request: 1 }),
	row(paths.realpath, [path], "verbose", "realpath", 'realpath "/a\xff"', { path }),
	row(paths.renameReceived, [1], "debug3", "rename-received", "request 1: rename", { request: 1 }),
	row(paths.rename, [path, other], "info", "rename", 'rename old "/a\xff" new "/b"', {
		oldPath: path,
		newPath: other,
	}),
	row(paths.readlinkReceived, [1], "debug3", "readlink-received", "request 1: readlink", { request: 1 }),
	row(paths.readlink, [path], "verbose", "readlink", 'readlink "/a\xff"', { path }),
	row(paths.symlinkReceived, [1], "debug3", "symlink-received", "request 1: symlink", { request: 1 }),
	row(paths.symlink, [path, other], "info", "symlink", 'symlink old "/a\xff" new "/b"', {
		oldPath: path,
		newPath: other,
	}),
	row(paths.posixRenameReceived, [1], "debug3", "posix-rename-received", "request 1: posix-rename", {
		request: 1,
	}),
	row(paths.posixRename, [path, other], "info", "posix-rename", 'posix-rename old "/a\xff" new "/b"', {
		oldPath: path,
		newPath: other,
	}),
	row(paths.hardlinkReceived, [1], "debug3", "hardlink-received", "request 1: hardlink", { request: 1 }),
	row(paths.hardlink, [path, other], "info", "hardlink", 'hardlink old "/a\xff" new "/b"', {
		oldPath: path,
		newPath: other,
	}),
	row(paths.statvfsReceived, [1], "debug3", "statvfs-received", "request 1: statvfs", { request: 1 }),
	row(paths.statvfs, [path], "info", "statvfs", 'statvfs "/a\xff"', { path }),
	row(
		paths.fstatvfs,
		[1, undefined, -1],
		"debug1",
		"fstatvfs",
		'request 1: fstatvfs "(null)" (handle 4294967295)',
		{ request: 1, path: undefined, handle: undefined },
	),
	row(paths.expandReceived, [1, path], "debug3", "expand-received", 'request 1: expand, original "/a\xff"', {
		request: 1,
		path,
	}),
	row(paths.expand, [path], "verbose", "expand", 'expand "/a\xff"', { path }),
]);
