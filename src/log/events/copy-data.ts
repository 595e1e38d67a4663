/*
 * Events of the copy-data extension, which OpenSSH logs at DEBUG1 and when a copy
 * fails. Texts: sftp-server.c process_extended_copy_data.
 */
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, type Name, signed, u64, unsigned } from "../printf.ts";

const FUNCTION = "process_extended_copy_data";

/** One end of a copy: its handle (-1 if invalid), name, and offset as two 32-bit words. */
export interface CopyEnd {
	readonly handle: number;
	readonly path: Name;
	readonly offsetHigh: number;
	readonly offsetLow: number;
}

/** The request as received. The length is two 32-bit words; 0 means to the end of the file. */
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

/** The copy failed after `writtenBytes` of `lengthBytes`. */
export const copyWriteFailed = defineEvent(
	"copy-write-failed",
	Level.ERROR,
	(writtenBytes: number | bigint, lengthBytes: number | bigint, reason: string) => ({
		text: `${FUNCTION}: write failed: ${writtenBytes} != ${lengthBytes}: ${reason}`,
		fields: { writtenBytes, lengthBytes, reason },
	}),
);
