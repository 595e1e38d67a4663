/*
 * copy-data (draft-ietf-secsh-filexfer-extensions-00 §7): from one open file to
 * another without the bytes crossing the network. OK when all that was asked
 * for was copied, EOF when the file ended before.
 */
import {
	type CopyEnd,
	copyData,
	copyReadFailed,
	copyReadSeekFailed,
	copyWriteFailed,
	copyWriteSeekFailed,
} from "../../log/events/copy-data.ts";
import { addon } from "../../posix/addon.ts";
import { type CopyOutcome, copyBytes } from "../../posix/copy.ts";
import { strerror } from "../../posix/errno.ts";
import type { FileHandle } from "../../session/handles.ts";
import type { Session } from "../../session/session.ts";
import { FX } from "../../wire/constants.ts";
import type { PacketReader } from "../../wire/reader.ts";
import { END_OF_FILE, OK, type Reply, status } from "../../wire/replies.ts";
import { failure, operation } from "../operation.ts";

/** A handle and an offset into its file, as two words. */
interface Place {
	readonly number: number;
	readonly high: number;
	readonly low: number;
}

const OFFSET_MAX = 0xffff_ffff_ffff_ffffn;

interface CopyRequest {
	readonly from: Place;
	readonly lengthHigh: number;
	readonly lengthLow: number;
	readonly to: Place;
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
		const from = readPlace(reader);
		const lengthHigh = reader.uint32();
		const lengthLow = reader.uint32();
		return { from, lengthHigh, lengthLow, to: readPlace(reader) };
	},
	run(request, session) {
		const { from, to, lengthHigh, lengthLow } = request;
		session.log.log(copyData, session.requestId, end(from, session), lengthHigh, lengthLow, end(to, session));
		const source = session.handles.file(from.number);
		const target = session.handles.file(to.number);
		if (source === undefined || target === undefined) return status(FX.FAILURE);
		/* By name alone, as OpenSSH 9.2 has it: two names of one file are not noticed. */
		if (source === target || source.path.equals(target.path)) return status(FX.FAILURE);
		return seekBoth(source, target, request, session) ?? copy(source, target, request, session);
	},
});

function readPlace(reader: PacketReader): Place {
	return { number: reader.handle(), high: reader.uint32(), low: reader.uint32() };
}

function end(place: Place, session: Session): CopyEnd {
	const handle = session.handles.get(place.number);
	return {
		handle: handle === undefined ? -1 : place.number,
		path: handle?.path,
		offsetHigh: place.high,
		offsetLow: place.low,
	};
}

/** Whether both offsets can be sought to: undefined, or the reply that says no. */
function seekBoth(
	source: FileHandle,
	target: FileHandle,
	{ from, to }: CopyRequest,
	session: Session,
): Reply | undefined {
	const reading = addon.lseek(source.fd, from.high, from.low);
	if (reading < 0) {
		session.log.log(copyReadSeekFailed);
		return failure(-reading);
	}
	if (target.appends) return undefined;
	const writing = addon.lseek(target.fd, to.high, to.low);
	if (writing >= 0) return undefined;
	session.log.log(copyWriteSeekFailed);
	return failure(-writing);
}

function copy(source: FileHandle, target: FileHandle, request: CopyRequest, session: Session): Reply {
	const { from, to, lengthHigh, lengthLow } = request;
	const length = join(lengthHigh, lengthLow);
	const offset = join(from.high, from.low);
	const outcome = copyBytes(
		{ fd: source.fd, offset },
		/* To the end of what an offset can name, as OpenSSH has it: a device may go on for ever. */
		length === 0n ? OFFSET_MAX - offset : length,
		{ fd: target.fd, offset: target.appends ? undefined : join(to.high, to.low) },
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
			/* OpenSSH's atomicio tells 0 bytes for a piece that failed, however far it got. */
			session.log.log(copyWriteFailed, 0, outcome.pieceBytes, strerror(outcome.errno));
			return failure(outcome.errno);
		default:
			return outcome.end satisfies never;
	}
}

function join(high: number, low: number): bigint {
	return (BigInt(high) << 32n) | BigInt(low);
}
