// Events of the copy-data extension, which OpenSSH logs only at DEBUG1 and when
// it fails. Texts are those of sftp-server.c process_extended_copy_data.
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, type Name, signed, u64, unsigned } from "../printf.ts";

const FUNCTION = "process_extended_copy_data";

/** One end of a copy: its handle, -1 when invalid, its name and its offset in two halves. */
export interface CopyEnd {
	readonly handle: number;
	readonly path: Name;
	readonly offsetHigh: number;
	readonly offsetLow: number;
}

/** The request as it came; the length in two halves, 0 for "to the end of the file". */
export const copyData = defineEvent(
	"copy-data",
	Level.DEBUG1,
	(request: number, from: CopyEnd, lengthHigh: number, lengthLow: number, to: CopyEnd) => {
		const offset = u64(from.offsetHigh, from.offsetLow);
		const lengthBytes = u64(lengthHigh, lengthLow);
		const toOffset = u64(to.offsetHigh, to.offsetLow);
		return {
			text:
				`request ${unsigned(request)}: copy-data from "${bytes(from.path)}" (handle ${signed(from.handle)}) off ${offset} ` +
				`len ${lengthBytes} to "${bytes(to.path)}" (handle ${signed(to.handle)}) off ${toOffset}`,
			fields: {
				request,
				path: from.path,
				handle: handleField(from.handle),
				offset,
				lengthBytes,
				toPath: to.path,
				toHandle: handleField(to.handle),
				toOffset,
			},
		};
	},
);

/** `which` is the side whose fstat failed, in the words of OpenSSH's variables. Newer than OpenSSH 9.2p1. */
export const copyStatFailed = defineEvent(
	"copy-stat-failed",
	Level.ERROR,
	(which: "read_fd" | "write_fd", reason: string) => ({
		text: `${FUNCTION}: fstat ${which} failed: ${reason}`,
		fields: { which, reason },
	}),
);

/** A file named together with what identifies it on the system. */
export interface FileIdentity {
	readonly path: Name;
	readonly dev: number | bigint;
	readonly ino: number | bigint;
}

/** Newer than OpenSSH 9.2p1, which says nothing. */
export const copySameFile = defineEvent(
	"copy-same-file",
	Level.ERROR,
	(from: FileIdentity, to: FileIdentity) => ({
		text:
			`${FUNCTION}: refusing to read/write same file: ` +
			`read "${bytes(from.path)}" dev ${from.dev} ino ${from.ino}, ` +
			`write "${bytes(to.path)}" dev ${to.dev} ino ${to.ino}`,
		fields: {
			path: from.path,
			dev: from.dev,
			ino: from.ino,
			toPath: to.path,
			toDev: to.dev,
			toIno: to.ino,
		},
	}),
);

export const copyReadSeekFailed = defineEvent("copy-read-seek-failed", Level.ERROR, () => ({
	text: `${FUNCTION}: read_seek failed`,
	fields: {},
}));

export const copyWriteSeekFailed = defineEvent("copy-write-seek-failed", Level.ERROR, () => ({
	text: `${FUNCTION}: write_seek failed`,
	fields: {},
}));

export const copyReadFailed = defineEvent("copy-read-failed", Level.ERROR, (reason: string) => ({
	text: `${FUNCTION}: read failed: ${reason}`,
	fields: { reason },
}));

/** `writtenBytes` of `lengthBytes` were written before the failure. */
export const copyWriteFailed = defineEvent(
	"copy-write-failed",
	Level.ERROR,
	(writtenBytes: number | bigint, lengthBytes: number | bigint, reason: string) => ({
		text: `${FUNCTION}: write failed: ${writtenBytes} != ${lengthBytes}: ${reason}`,
		fields: { writtenBytes, lengthBytes, reason },
	}),
);
