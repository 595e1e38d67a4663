/*
 * Events of the copy-data extension, which OpenSSH logs at DEBUG1 and when a copy
 * fails. Texts: sftp-server.c process_extended_copy_data.
 */
import type { U64 } from "../../wire/u64.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, type Name, signed, unsigned } from "../printf.ts";

const FUNCTION = "process_extended_copy_data";

/** One end of a copy: its handle, -1 when invalid, its name and its offset. */
export interface CopyEnd {
	readonly handle: number;
	readonly path: Name;
	readonly offset: U64;
}

/** The request as received; a length of 0 means "to the end of the file". */
export const copyData = defineEvent(
	"copy-data",
	Level.DEBUG1,
	(request: number, from: CopyEnd, length: U64, to: CopyEnd) => {
		const offset = from.offset.toBigInt();
		const lengthBytes = length.toBigInt();
		const toOffset = to.offset.toBigInt();
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
