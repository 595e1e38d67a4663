/*
 * Events of OPEN, CLOSE, READ, WRITE and fsync. Texts: the process_ functions of
 * sftp-server.c. An invalid handle is -1 and has an undefined name.
 */
import type { U64 } from "../../wire/u64.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, type Name, octal, signed, unsigned } from "../printf.ts";

/**
 * Bits of OPEN's pflags in OpenSSH's order (draft-ietf-secsh-filexfer-02 §6.3,
 * sftp-server.c string_from_portable).
 */
const OPEN_FLAGS: readonly (readonly [number, string])[] = [
	[0x01, "READ"],
	[0x02, "WRITE"],
	[0x04, "APPEND"],
	[0x08, "CREATE"],
	[0x10, "TRUNCATE"],
	[0x20, "EXCL"],
];

function openFlagNames(pflags: number): string {
	return OPEN_FLAGS.filter(([bit]) => (pflags & bit) !== 0)
		.map(([, name]) => name)
		.join(",");
}

export const openReceived = defineEvent("open-received", Level.DEBUG3, (request: number, pflags: number) => ({
	text: `request ${unsigned(request)}: open flags ${signed(pflags)}`,
	fields: { request, pflags },
}));

/** `mode` is the client's before the umask, or 0666. */
export const open = defineEvent("open", Level.INFO, (path: Buffer, pflags: number, mode: number) => {
	const flags = openFlagNames(pflags);
	return {
		text: `open "${bytes(path)}" flags ${flags} mode 0${octal(mode)}`,
		fields: { path, flags, mode: octal(mode, 4) },
	};
});

export const closeReceived = defineEvent(
	"close-received",
	Level.DEBUG3,
	(request: number, handle: number) => ({
		text: `request ${unsigned(request)}: close handle ${unsigned(handle)}`,
		fields: { request, handle: handleField(handle) },
	}),
);

type Count = number | bigint;

function describeClose(how: string, path: Buffer, bytesRead: Count, bytesWritten: Count, durationMs: number) {
	return {
		text: `${how} "${bytes(path)}" bytes read ${bytesRead} written ${bytesWritten}`,
		fields: { path, bytesRead, bytesWritten, durationMs },
	};
}

/** `durationMs` is the time since OPEN; only JSON lines have it. */
export const close = defineEvent(
	"close",
	Level.INFO,
	(path: Buffer, bytesRead: Count, bytesWritten: Count, durationMs: number) =>
		describeClose("close", path, bytesRead, bytesWritten, durationMs),
);

/** A file that was still open at the end of the session. */
export const forcedClose = defineEvent(
	"forced-close",
	Level.INFO,
	(path: Buffer, bytesRead: Count, bytesWritten: Count, durationMs: number) =>
		describeClose("forced close", path, bytesRead, bytesWritten, durationMs),
);

export const read = defineEvent(
	"read",
	Level.DEBUG1,
	(request: number, path: Name, handle: number, position: U64, lengthBytes: number) => {
		const offset = position.toBigInt();
		return {
			text: `request ${unsigned(request)}: read "${bytes(path)}" (handle ${signed(handle)}) off ${offset} len ${unsigned(lengthBytes)}`,
			fields: { request, path, handle: handleField(handle), offset, lengthBytes },
		};
	},
);

export const readClamped = defineEvent(
	"read-clamped",
	Level.DEBUG2,
	(lengthBytes: number, limitBytes: number) => ({
		text: `read change len ${unsigned(lengthBytes)} to ${limitBytes}`,
		fields: { lengthBytes, limitBytes },
	}),
);

/** OpenSSH's read buffer grows to the session's longest read. */
export const readBufferGrown = defineEvent(
	"read-buffer-grown",
	Level.DEBUG3,
	(oldBytes: number, newBytes: number) => ({
		text: `process_read: allocate ${oldBytes} => ${newBytes}`,
		fields: { oldBytes, newBytes },
	}),
);

export const write = defineEvent(
	"write",
	Level.DEBUG1,
	(request: number, path: Name, handle: number, position: U64, lengthBytes: number) => {
		const offset = position.toBigInt();
		return {
			text: `request ${unsigned(request)}: write "${bytes(path)}" (handle ${signed(handle)}) off ${offset} len ${lengthBytes}`,
			fields: { request, path, handle: handleField(handle), offset, lengthBytes },
		};
	},
);

function describeFileFailure(action: string, path: Name, reason: string) {
	return { text: `${action} "${bytes(path, 100)}": ${reason}`, fields: { path, reason } };
}

export const readSeekFailed = defineEvent("read-seek-failed", Level.ERROR, (path: Name, reason: string) =>
	describeFileFailure("process_read: seek", path, reason),
);

export const readFailed = defineEvent("read-failed", Level.ERROR, (path: Name, reason: string) =>
	describeFileFailure("process_read: read", path, reason),
);

export const writeSeekFailed = defineEvent("write-seek-failed", Level.ERROR, (path: Name, reason: string) =>
	describeFileFailure("process_write: seek", path, reason),
);

export const writeFailed = defineEvent("write-failed", Level.ERROR, (path: Name, reason: string) =>
	describeFileFailure("process_write: write", path, reason),
);

export const fsyncReceived = defineEvent(
	"fsync-received",
	Level.DEBUG3,
	(request: number, handle: number) => ({
		text: `request ${unsigned(request)}: fsync (handle ${unsigned(handle)})`,
		fields: { request, handle: handleField(handle) },
	}),
);

export const fsync = defineEvent("fsync", Level.VERBOSE, (path: Name) => ({
	text: `fsync "${bytes(path)}"`,
	fields: { path },
}));
