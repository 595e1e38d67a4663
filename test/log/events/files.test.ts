/* Events about files and handles. */

import * as files from "../../../src/log/events/files.ts";
import { U64 } from "../../../src/wire/u64.ts";
import { checkEvents, cut, long, path, row } from "./golden.ts";

checkEvents(files, [
	row(files.openReceived, [1, 0xffffffff], "debug3", "open-received", "request 1: open flags -1", {
		request: 1,
		pflags: 0xffffffff,
	}),
	row(
		files.open,
		[path, 0x3f, 0o100664],
		"info",
		"open",
		'open "/a\xff" flags READ,WRITE,APPEND,CREATE,TRUNCATE,EXCL mode 0100664',
		{ path, flags: "READ,WRITE,APPEND,CREATE,TRUNCATE,EXCL", mode: "100664" },
	),
	row(files.closeReceived, [1, -1], "debug3", "close-received", "request 1: close handle 4294967295", {
		request: 1,
		handle: undefined,
	}),
	row(files.close, [path, 1, 2n, 3.5], "info", "close", 'close "/a\xff" bytes read 1 written 2', {
		path,
		bytesRead: 1,
		bytesWritten: 2n,
		durationMs: 3.5,
	}),
	row(
		files.forcedClose,
		[path, 1n, 2, 3],
		"info",
		"forced-close",
		'forced close "/a\xff" bytes read 1 written 2',
		{ path, bytesRead: 1n, bytesWritten: 2, durationMs: 3 },
	),
	row(
		files.read,
		[1, path, 3, new U64(1, 2), 0xffffffff],
		"debug1",
		"read",
		'request 1: read "/a\xff" (handle 3) off 4294967298 len 4294967295',
		{ request: 1, path, handle: 3, offset: 4294967298n, lengthBytes: 0xffffffff },
	),
	row(
		files.readClamped,
		[0xffffffff, 261120],
		"debug2",
		"read-clamped",
		"read change len 4294967295 to 261120",
		{ lengthBytes: 0xffffffff, limitBytes: 261120 },
	),
	row(files.readBufferGrown, [5, 6], "debug3", "read-buffer-grown", "process_read: allocate 5 => 6", {
		oldBytes: 5,
		newBytes: 6,
	}),
	row(
		files.write,
		[1, undefined, -1, new U64(0, 2), 4],
		"debug1",
		"write",
		'request 1: write "(null)" (handle -1) off 2 len 4',
		{ request: 1, path: undefined, handle: undefined, offset: 2n, lengthBytes: 4 },
	),
	row(files.readSeekFailed, [long, "No"], "error", "read-seek-failed", `process_read: seek "${cut}": No`, {
		path: long,
		reason: "No",
	}),
	row(files.readFailed, [long, "No"], "error", "read-failed", `process_read: read "${cut}": No`, {
		path: long,
		reason: "No",
	}),
	row(files.writeSeekFailed, [long, "No"], "error", "write-seek-failed", `process_write: seek "${cut}": No`, {
		path: long,
		reason: "No",
	}),
	row(files.writeFailed, [long, "No"], "error", "write-failed", `process_write: write "${cut}": No`, {
		path: long,
		reason: "No",
	}),
	row(files.fsyncReceived, [1, -1], "debug3", "fsync-received", "request 1: fsync (handle 4294967295)", {
		request: 1,
		handle: undefined,
	}),
	row(files.fsync, [undefined], "verbose", "fsync", 'fsync "(null)"', { path: undefined }),
]);
