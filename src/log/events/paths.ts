/*
 * Events of requests about paths and directories. Texts: the process_ functions of
 * sftp-server.c. Where OpenSSH writes two lines, the first one, with the request
 * id, is named ...Received.
 */
import { defineEvent, type EventType } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, type Name, octal, signed, unsigned } from "../printf.ts";

/** The DEBUG3 line of a request. */
function received(operation: string): EventType<[request: number]> {
	return defineEvent(`${operation}-received`, Level.DEBUG3, (request) => ({
		text: `request ${unsigned(request)}: ${operation}`,
		fields: { request },
	}));
}

/** A line of a few words and a path. */
function onPath(name: string, level: Level, words: string): EventType<[path: Buffer]> {
	return defineEvent(name, level, (path) => ({ text: `${words} "${bytes(path)}"`, fields: { path } }));
}

/** A line of two paths. The first one of symlink is the target, as in OpenSSH's packet. */
function onTwoPaths(operation: string): EventType<[oldPath: Buffer, newPath: Buffer]> {
	return defineEvent(operation, Level.INFO, (oldPath, newPath) => ({
		text: `${operation} old "${bytes(oldPath)}" new "${bytes(newPath)}"`,
		fields: { oldPath, newPath },
	}));
}

export const statReceived = received("stat");
export const stat = onPath("stat", Level.VERBOSE, "stat name");

export const lstatReceived = received("lstat");
export const lstat = onPath("lstat", Level.VERBOSE, "lstat name");

export const fstat = defineEvent("fstat", Level.DEBUG1, (request: number, path: Name, handle: number) => ({
	text: `request ${unsigned(request)}: fstat "${bytes(path)}" (handle ${unsigned(handle)})`,
	fields: { request, path, handle: handleField(handle) },
}));

export const opendirReceived = received("opendir");
export const opendir = onPath("opendir", Level.INFO, "opendir");

export const readdir = defineEvent(
	"readdir",
	Level.DEBUG1,
	(request: number, path: Name, handle: number) => ({
		text: `request ${unsigned(request)}: readdir "${bytes(path)}" (handle ${signed(handle)})`,
		fields: { request, path, handle: handleField(handle) },
	}),
);

/** CLOSE of a directory and, as in OpenSSH, of an invalid handle, which has no name. */
export const closedir = defineEvent("closedir", Level.INFO, (path: Name) => ({
	text: `closedir "${bytes(path)}"`,
	fields: { path },
}));

/** A directory that was still open at the end of the session. */
export const forcedClosedir = onPath("forced-closedir", Level.INFO, "forced closedir");

export const removeReceived = received("remove");
export const remove = onPath("remove", Level.INFO, "remove name");

export const mkdirReceived = received("mkdir");
/** `mode` is the client's permission bits, or 0777. */
export const mkdir = defineEvent("mkdir", Level.INFO, (path: Buffer, mode: number) => ({
	text: `mkdir name "${bytes(path)}" mode 0${octal(mode)}`,
	fields: { path, mode: octal(mode, 4) },
}));

export const rmdirReceived = received("rmdir");
export const rmdir = onPath("rmdir", Level.INFO, "rmdir name");

export const realpathReceived = received("realpath");
export const realpath = onPath("realpath", Level.VERBOSE, "realpath");

export const renameReceived = received("rename");
export const rename = onTwoPaths("rename");

export const readlinkReceived = received("readlink");
export const readlink = onPath("readlink", Level.VERBOSE, "readlink");

export const symlinkReceived = received("symlink");
export const symlink = onTwoPaths("symlink");

export const posixRenameReceived = received("posix-rename");
export const posixRename = onTwoPaths("posix-rename");

export const hardlinkReceived = received("hardlink");
export const hardlink = onTwoPaths("hardlink");

export const statvfsReceived = received("statvfs");
export const statvfs = onPath("statvfs", Level.INFO, "statvfs");

export const fstatvfs = defineEvent(
	"fstatvfs",
	Level.DEBUG1,
	(request: number, path: Name, handle: number) => ({
		text: `request ${unsigned(request)}: fstatvfs "${bytes(path)}" (handle ${unsigned(handle)})`,
		fields: { request, path, handle: handleField(handle) },
	}),
);

export const expandReceived = defineEvent(
	"expand-received",
	Level.DEBUG3,
	(request: number, path: Buffer) => ({
		text: `request ${unsigned(request)}: expand, original "${bytes(path)}"`,
		fields: { request, path },
	}),
);
export const expand = onPath("expand", Level.VERBOSE, "expand");
