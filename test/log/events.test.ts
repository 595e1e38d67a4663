// Every event: its name, its level, its text and its fields. Texts that
// OpenSSH's server can be made to write are also compared with it, in the tests
// of lines; here no event is left out.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Description, EventType } from "../../src/log/event.ts";
import * as attributes from "../../src/log/events/attributes.ts";
import * as copies from "../../src/log/events/copy-data.ts";
import * as files from "../../src/log/events/files.ts";
import * as options from "../../src/log/events/options.ts";
import * as packets from "../../src/log/events/packets.ts";
import * as paths from "../../src/log/events/paths.ts";
import * as queries from "../../src/log/events/queries.ts";
import * as server from "../../src/log/events/server.ts";
import * as session from "../../src/log/events/session.ts";
import { type Level, levelName } from "../../src/log/levels.ts";

const path = Buffer.from("/a\xff", "latin1");
const other = Buffer.from("/b");
const long = Buffer.from("x".repeat(150));
const cut = "x".repeat(100);
const end = { path, handle: 3, offsetHigh: 1, offsetLow: 2 };
const badEnd = { path: undefined, handle: -1, offsetHigh: 0, offsetLow: 9 };

interface Row {
	readonly name: string;
	readonly level: Level;
	readonly description: Description;
	readonly expected: readonly [level: string, name: string, text: string, fields: Description["fields"]];
}

/** One event with arguments, what it is expected to be, and its fields where it has some. */
function row<A extends readonly unknown[]>(
	type: EventType<A>,
	args: A,
	level: string,
	name: string,
	text: string,
	fields: Description["fields"] = {},
): Row {
	const description = type.describe(...args);
	return { name: type.name, level: type.level, description, expected: [level, name, text, fields] };
}

const sessionRows = [
	row(
		session.sessionOpened,
		["u", "::1"],
		"info",
		"session-opened",
		"session opened for local user u from [::1]",
	),
	row(
		session.sessionClosed,
		["u", "::1"],
		"info",
		"session-closed",
		"session closed for local user u from [::1]",
	),
	row(
		session.malformedConnection,
		["x"],
		"error",
		"malformed-connection",
		'Malformed SSH_CONNECTION variable: "x"',
		{ value: Buffer.from("x") },
	),
	row(session.chdirFailed, ["/a\xff", "No"], "error", "chdir-failed", 'chdir to "/a\xff" failed: No', {
		path,
		reason: "No",
	}),
	row(
		session.undumpableFailed,
		["No"],
		"fatal",
		"undumpable-failed",
		"unable to make the process undumpable: No",
		{ reason: "No" },
	),
	row(session.readEof, [], "debug1", "read-eof", "read eof"),
	row(session.writeEof, [], "debug1", "write-eof", "write eof"),
	row(session.inputFailed, ["No"], "error", "input-failed", "read: No", { reason: "No" }),
	row(session.outputFailed, ["No"], "error", "output-failed", "write: No", { reason: "No" }),
	row(session.pollFailed, ["No"], "error", "poll-failed", "poll: No", { reason: "No" }),
	row(session.badMessage, ["::1", "u"], "error", "bad-message", "bad message from ::1 local user u"),
	row(session.clientVersion, [3], "verbose", "client-version", "received client version 3", { version: 3 }),
	row(
		session.extensionNotAdvertised,
		["a@b"],
		"debug2",
		"extension-not-advertised",
		"compose_extension: refusing to advertise disallowed extension a@b",
		{ extension: "a@b" },
	),
	row(session.requestBeforeInit, [17], "fatal", "request-before-init", "Received 17 request before init", {
		type: 17,
	}),
	row(
		session.extendedBeforeInit,
		[],
		"fatal",
		"extended-before-init",
		"Received extended request before init",
	),
	row(
		session.refusedReadOnly,
		["write"],
		"verbose",
		"refused-read-only",
		"Refusing write request in read-only mode",
		{ operation: "write" },
	),
	row(
		session.refusedDenylisted,
		["stat"],
		"verbose",
		"refused-denylisted",
		"Refusing denylisted stat request",
		{ operation: "stat" },
	),
	row(
		session.refusedNotAllowlisted,
		["stat"],
		"verbose",
		"refused-not-allowlisted",
		"Refusing non-allowlisted stat request",
		{ operation: "stat" },
	),
	row(
		session.permittedAllowlisted,
		["stat"],
		"debug2",
		"permitted-allowlisted",
		"Permitting allowlisted stat request",
		{ operation: "stat" },
	),
];

const packetRows = [
	row(
		packets.malformedPacket,
		["process_open", "parse", "invalid format"],
		"fatal",
		"malformed-packet",
		"process_open: parse: invalid format",
		{ function: "process_open", what: "parse", reason: "invalid format" },
	),
	row(packets.overconsumed, [2, 21], "error", "overconsumed-packet", "msg_len 2 < consumed 21", {
		lengthBytes: 2,
		consumedBytes: 21,
	}),
	row(packets.unknownMessage, [99], "error", "unknown-message", "Unknown message 99", { type: 99 }),
	row(packets.unknownExtended, [long], "error", "unknown-extended", `Unknown extended request "${cut}"`, {
		extension: long,
	}),
	row(
		packets.attributeExtension,
		[long, 7],
		"debug3",
		"attribute-extension",
		`Got file attribute "${cut}" len 7`,
		{ type: long, lengthBytes: 7 },
	),
	row(packets.statusSent, [0xffffffff, 4], "debug3", "status-sent", "request 4294967295: sent status 4", {
		request: 0xffffffff,
		status: 4,
	}),
	row(packets.sentStatus, [4, "Failure"], "info", "sent-status", "sent status Failure", {
		status: 4,
		statusText: "Failure",
	}),
	row(packets.dataSent, [1, 5], "debug1", "data-sent", "request 1: sent data len 5", {
		request: 1,
		lengthBytes: 5,
	}),
	row(packets.handleSent, [1, 5], "debug1", "handle-sent", "request 1: sent handle handle 5", {
		request: 1,
		handle: 5,
	}),
	row(packets.namesSent, [1, 100], "debug1", "names-sent", "request 1: sent names count 100", {
		request: 1,
		count: 100,
	}),
	row(
		packets.attributesSent,
		[1, 0x8000000f],
		"debug1",
		"attributes-sent",
		"request 1: sent attrib have 0x8000000f",
		{ request: 1, flags: 0x8000000f },
	),
];

const fileRows = [
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
		[1, path, 3, 1, 2, 0xffffffff],
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
		[1, undefined, -1, 0, 2, 4],
		"debug1",
		"write",
		'request 1: write "(null)" (handle -1) off 2 len 4',
		{ request: 1, path: undefined, handle: undefined, offset: 2n, lengthBytes: 4 },
	),
	row(files.nothingWritten, [], "debug2", "nothing-written", "process_write: nothing at all written"),
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
];

const copyRows = [
	row(
		copies.copyData,
		[1, end, 2, 3, badEnd],
		"debug1",
		"copy-data",
		'request 1: copy-data from "/a\xff" (handle 3) off 4294967298 len 8589934595 to "(null)" (handle -1) off 9',
		{
			request: 1,
			path,
			handle: 3,
			offset: 4294967298n,
			lengthBytes: 8589934595n,
			toPath: undefined,
			toHandle: undefined,
			toOffset: 9n,
		},
	),
	row(
		copies.copyStatFailed,
		["read_fd", "No"],
		"error",
		"copy-stat-failed",
		"process_extended_copy_data: fstat read_fd failed: No",
		{ which: "read_fd", reason: "No" },
	),
	row(
		copies.copySameFile,
		[
			{ path, dev: 1, ino: 2n },
			{ path: other, dev: 3n, ino: 4 },
		],
		"error",
		"copy-same-file",
		'process_extended_copy_data: refusing to read/write same file: read "/a\xff" dev 1 ino 2, write "/b" dev 3 ino 4',
		{ path, dev: 1, ino: 2n, toPath: other, toDev: 3n, toIno: 4 },
	),
	row(
		copies.copyReadSeekFailed,
		[],
		"error",
		"copy-read-seek-failed",
		"process_extended_copy_data: read_seek failed",
	),
	row(
		copies.copyWriteSeekFailed,
		[],
		"error",
		"copy-write-seek-failed",
		"process_extended_copy_data: write_seek failed",
	),
	row(
		copies.copyReadFailed,
		["No"],
		"error",
		"copy-read-failed",
		"process_extended_copy_data: read failed: No",
		{ reason: "No" },
	),
	row(
		copies.copyWriteFailed,
		[1, 2, "No"],
		"error",
		"copy-write-failed",
		"process_extended_copy_data: write failed: 1 != 2: No",
		{ writtenBytes: 1, lengthBytes: 2, reason: "No" },
	),
];

const pathRows = [
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
];

const attributeRows = [
	row(attributes.setstat, [1, path], "debug1", "setstat", 'request 1: setstat name "/a\xff"', {
		request: 1,
		path,
	}),
	row(attributes.lsetstat, [1, path], "debug1", "lsetstat", 'request 1: lsetstat name "/a\xff"', {
		request: 1,
		path,
	}),
	row(attributes.fsetstat, [1, -1], "debug1", "fsetstat", "request 1: fsetstat handle -1", {
		request: 1,
		handle: undefined,
	}),
	row(
		attributes.setSize,
		[path, 0xffffffff, 0xffffffff],
		"info",
		"set-size",
		'set "/a\xff" size 18446744073709551615',
		{ path, size: 0xffff_ffff_ffff_ffffn },
	),
	row(attributes.setMode, [path, 7], "info", "set-mode", 'set "/a\xff" mode 0007', { path, mode: "0007" }),
	row(
		attributes.setModtime,
		[path, "20010909-01:46:40", 1_000_000_000],
		"info",
		"set-modtime",
		'set "/a\xff" modtime 20010909-01:46:40',
		{ path, mtimeSeconds: 1_000_000_000 },
	),
	row(
		attributes.setOwner,
		[path, 0xffffffff, 5],
		"info",
		"set-owner",
		'set "/a\xff" owner 4294967295 group 5',
		{ path, uid: 0xffffffff, gid: 5 },
	),
];

const queryRows = [
	row(queries.limits, [1], "debug1", "limits", "request 1: limits", { request: 1 }),
	row(
		queries.homeDirectoryReceived,
		[1, other],
		"debug3",
		"home-directory-received",
		'request 1: home-directory "/b"',
		{ request: 1, name: other },
	),
	row(queries.homeDirectory, ["/a\xff"], "verbose", "home-directory", 'home-directory "/a\xff"', { path }),
	row(
		queries.usersGroupsReceived,
		[8, 4],
		"debug1",
		"users-groups-by-id-received",
		"process_extended_get_users_groups_by_id: uids len = 8, gids len = 4",
		{ uidsBytes: 8, gidsBytes: 4 },
	),
	row(
		queries.userFound,
		[0xffffffff, ""],
		"debug3",
		"user-found",
		'process_extended_get_users_groups_by_id: uid 4294967295 => ""',
		{ uid: 0xffffffff, name: Buffer.alloc(0) },
	),
	row(
		queries.groupFound,
		[0, "root"],
		"debug3",
		"group-found",
		'process_extended_get_users_groups_by_id: gid 0 => "root"',
		{ gid: 0, name: Buffer.from("root") },
	),
	row(queries.usersGroups, [2, 1], "verbose", "users-groups-by-id", "users-groups-by-id: 3 users, 0 groups", {
		users: 2,
		groups: 1,
	}),
];

const optionRows = [
	row(options.invalidLogLevel, ["x"], "error", "invalid-log-level", 'Invalid log level "x"', {
		value: Buffer.from("x"),
	}),
	row(options.invalidLogFacility, ["x"], "error", "invalid-log-facility", 'Invalid log facility "x"', {
		value: Buffer.from("x"),
	}),
	row(options.allowlistAlreadySet, [], "fatal", "allowlist-already-set", "Permitted requests already set"),
	row(options.denylistAlreadySet, [], "fatal", "denylist-already-set", "Refused requests already set"),
	row(options.invalidUmask, ["9"], "fatal", "invalid-umask", 'Invalid umask "9"', {
		value: Buffer.from("9"),
	}),
	row(options.noSuchUser, ["x"], "error", "no-such-user", "tilde_expand: No such user x", {
		name: Buffer.from("x"),
	}),
	row(options.pathTooLong, [], "error", "path-too-long", "tilde_expand: Path too long"),
	row(
		options.unknownPercentKey,
		["h"],
		"error",
		"unknown-percent-key",
		"vdollar_percent_expand: unknown key %h",
		{ key: Buffer.from("h") },
	),
	row(
		options.invalidPercentFormat,
		[],
		"error",
		"invalid-percent-format",
		"vdollar_percent_expand: invalid format",
	),
	row(options.percentExpandFailed, [], "fatal", "percent-expand-failed", "percent_expand: failed"),
];

const serverRows = [
	row(server.logLinesDropped, [3], "error", "log-lines-dropped", "3 log lines dropped", { count: 3 }),
	row(server.internalError, ["Error: ☃"], "fatal", "internal-error", "internal error: Error: \xe2\x98\x83", {
		stack: "Error: ☃",
	}),
	row(server.logFileFailed, ["/a\xff", "No"], "error", "log-file-failed", 'log file "/a\xff": No', {
		path,
		reason: "No",
	}),
	row(server.sandboxOff, [], "info", "sandbox-off", "sandbox is off"),
	row(server.sandboxFailed, ["No"], "fatal", "sandbox-failed", "unable to set up the sandbox: No", {
		reason: "No",
	}),
	row(server.confined, [path, "read-only"], "verbose", "confined", 'confined to "/a\xff" read-only', {
		path,
		access: "read-only",
	}),
	row(
		server.confineFailed,
		[path, "No"],
		"fatal",
		"confine-failed",
		'unable to confine the session to "/a\xff": No',
		{ path, reason: "No" },
	),
	row(server.signalReceived, ["SIGTERM"], "info", "signal-received", "received signal SIGTERM", {
		signal: "SIGTERM",
	}),
	row(server.unknownRequestName, ["x"], "fatal", "unknown-request-name", 'no request matches "x"', {
		item: Buffer.from("x"),
	}),
];

const modules = [
	[session, sessionRows],
	[packets, packetRows],
	[files, fileRows],
	[copies, copyRows],
	[paths, pathRows],
	[attributes, attributeRows],
	[queries, queryRows],
	[options, optionRows],
	[server, serverRows],
] as const;
const rows = modules.flatMap(([, moduleRows]) => [...moduleRows]);

describe("an event", () => {
	for (const { name, level, description, expected } of rows) {
		it(`says what it has to: ${expected[1]}`, () => {
			assert.deepEqual([levelName(level), name, description.text, description.fields], expected);
		});
	}

	it("is in this table, and once", () => {
		const defined = modules.flatMap(([module]) => Object.values(module).map(({ name }) => name));
		assert.deepEqual(rows.map(({ name }) => name).sort(), defined.sort());
		assert.equal(new Set(defined).size, defined.length);
	});

	it("has no field that every JSON line has already", () => {
		const taken = ["level", "time", "pid", "user", "address", "event"];
		for (const { description } of rows) {
			const keys = Object.keys(description.fields);
			assert.deepEqual(
				keys.filter((key) => taken.includes(key)),
				[],
			);
		}
	});
});
