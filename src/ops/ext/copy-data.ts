/*
 * copy-data (draft-ietf-secsh-filexfer-extensions-00 §7): copies from one open file to
 * another within the server. Answers OK if all bytes were copied, EOF if the file ended
 * before.
 */

import { type CopyOutcome, copyBytes } from "../../files/copy.ts";
import type { OpenFile } from "../../files/open-file.ts";
import {
	type CopyEnd,
	copyData,
	copyReadFailed,
	copyReadSeekFailed,
	copyWriteFailed,
	copyWriteSeekFailed,
} from "../../log/events/copy-data.ts";
import { strerror } from "../../posix/errno.ts";
import type { Session } from "../../session/session.ts";
import { FX } from "../../wire/constants.ts";
import type { PacketReader } from "../../wire/reader.ts";
import { END_OF_FILE, OK, type Reply, status } from "../../wire/replies.ts";
import { U64 } from "../../wire/u64.ts";
import { operation } from "../operation.ts";
import { failure } from "../status.ts";

/** A handle and an offset into its file. */
interface HandleOffset {
	readonly number: number;
	readonly offset: U64;
}

const OFFSET_MAX = 0xffff_ffff_ffff_ffffn;

interface CopyRequest {
	readonly from: HandleOffset;
	readonly length: U64;
	readonly to: HandleOffset;
}

/*
 * string handle to read from
 * uint64 offset
 * uint64 length                 0: to the end of the file
 * string handle to write to
 * uint64 offset
 */
export const copyDataOperation = operation<CopyRequest>({
	name: "copy-data",
	wire: { extension: "copy-data", version: "1" },
	writes: true,
	functionName: "process_extended_copy_data",
	parseWords: "buffer error",
	decode(reader) {
		const from = readHandleOffset(reader);
		const length = new U64();
		reader.uint64(length);
		return { from, length, to: readHandleOffset(reader) };
	},
	run(request, session) {
		const { from, to, length } = request;
		session.log.log(copyData, session.requestId, end(from, session), length, end(to, session));
		const source = session.handles.file(from.number);
		const target = session.handles.file(to.number);
		if (source === undefined || target === undefined) return status(FX.FAILURE);
		/* Compares paths only, as OpenSSH 9.2 does: two names of one file are not detected. */
		if (source === target || source.path.equals(target.path)) return status(FX.FAILURE);
		return seekBoth(source, target, request, session) ?? copy(source, target, request, session);
	},
});

function readHandleOffset(reader: PacketReader): HandleOffset {
	const number = reader.handle();
	const offset = new U64();
	reader.uint64(offset);
	return { number, offset };
}

function end({ number, offset }: HandleOffset, session: Session): CopyEnd {
	const handle = session.handles.get(number);
	return { handle: handle === undefined ? -1 : number, path: handle?.path, offset };
}

/** Checks that both offsets can be sought to; if not, returns the reply. */
function seekBoth(
	source: OpenFile,
	target: OpenFile,
	{ from, to }: CopyRequest,
	session: Session,
): Reply | undefined {
	const reading = source.seek(from.offset);
	if (reading < 0) {
		session.log.log(copyReadSeekFailed);
		return failure(-reading);
	}
	if (target.appends) return undefined;
	const writing = target.seek(to.offset);
	if (writing >= 0) return undefined;
	session.log.log(copyWriteSeekFailed);
	return failure(-writing);
}

function copy(source: OpenFile, target: OpenFile, request: CopyRequest, session: Session): Reply {
	const length = request.length.toBigInt();
	const offset = request.from.offset.toBigInt();
	const outcome = copyBytes(
		{ fd: source.fd, offset },
		/* To the largest offset, as in OpenSSH: a device may be endless. */
		length === 0n ? OFFSET_MAX - offset : length,
		{ fd: target.fd, offset: target.appends ? undefined : request.to.offset.toBigInt() },
		() => session.files.clientHasGone(),
	);
	source.bytesRead += outcome.bytesRead;
	target.bytesWritten += outcome.bytesWritten;
	return replyToCopy(outcome, length === 0n, session);
}

function replyToCopy(outcome: CopyOutcome, untilEnd: boolean, session: Session): Reply {
	switch (outcome.end) {
		case "complete":
			return OK;
		case "end-of-file":
			return untilEnd ? OK : END_OF_FILE;
		case "read-failed":
			session.log.log(copyReadFailed, strerror(outcome.errno));
			return failure(outcome.errno);
		case "write-failed":
			/* OpenSSH's atomicio reports 0 bytes for a piece that failed, however far it got. */
			session.log.log(copyWriteFailed, 0, outcome.pieceBytes, strerror(outcome.errno));
			return failure(outcome.errno);
		default:
			return outcome.end satisfies never;
	}
}
