/*
 * READ (draft-ietf-secsh-filexfer-02 §6.4). The bytes go straight to their place
 * in the output; a read that the file cuts short is answered with what there is.
 */
import {
	readBufferGrown,
	readClamped,
	read as readEvent,
	readFailed,
	readSeekFailed,
} from "../log/events/files.ts";
import { Level } from "../log/levels.ts";
import { addon } from "../posix/addon.ts";
import { errno, strerror } from "../posix/errno.ts";
import type { FileHandle } from "../session/handles.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP, MAX_READ_BYTES } from "../wire/constants.ts";
import { data, END_OF_FILE, type Reply, status } from "../wire/replies.ts";
import { failure, operation } from "./operation.ts";

/** The one being served, filled anew each time: a download has tens of thousands, and would leave as many objects behind. */
const current = { number: -1, offsetHigh: 0, offsetLow: 0, length: 0 };

/*
 * string handle
 * uint64 offset
 * uint32 length
 */
export const readOperation = operation({
	name: "read",
	wire: { type: FXP.READ },
	writes: false,
	functionName: "process_read",
	decode(reader) {
		current.number = reader.handle();
		current.offsetHigh = reader.uint32();
		current.offsetLow = reader.uint32();
		current.length = reader.uint32();
		return current;
	},
	run({ number, offsetHigh, offsetLow, length }, session) {
		const { handles, log } = session;
		const handle = handles.get(number);
		if (log.level >= Level.DEBUG1) {
			const shown = handle === undefined ? -1 : number;
			log.log(readEvent, session.requestId, handle?.path, shown, offsetHigh, offsetLow, length);
		}
		if (handle?.kind !== "file") return status(FX.FAILURE);
		const wanted = clamp(length, session);
		/* An appending WRITE is refused when the last READ sought to where not so much can follow. */
		if (handle.appends) addon.lseek(handle.fd, offsetHigh, offsetLow);
		/* A READ of nothing is answered with nothing, even behind the end of the file. */
		const result = wanted === 0 ? 0 : read(handle, offsetHigh, offsetLow, wanted, session);
		handle.readInFull = result === wanted;
		if (result > 0) {
			handle.bytesRead += result;
			return data(result);
		}
		return withoutData(handle, offsetHigh, offsetLow, wanted, result, session);
	},
});

function read(
	file: FileHandle,
	offsetHigh: number,
	offsetLow: number,
	wanted: number,
	session: Session,
): number {
	if (session.ahead.left > 0) {
		const result = session.ahead.takeRead();
		/* These may be pread's own, where OpenSSH's seek and read do well; only one at a time can seek. */
		if (result !== -errno.EINVAL && result !== -errno.ESPIPE) return result;
	}
	return session.data.read(file, offsetHigh, offsetLow, wanted, !session.handles.anyWritable);
}

/** OpenSSH logs a length above the limit, and the growth of its buffer. */
function clamp(length: number, session: Session): number {
	if (length > MAX_READ_BYTES) session.log.log(readClamped, length, MAX_READ_BYTES);
	const wanted = Math.min(length, MAX_READ_BYTES);
	if (wanted > session.longestReadBytes) {
		session.log.log(readBufferGrown, session.longestReadBytes, wanted);
		session.longestReadBytes = wanted;
	}
	return wanted;
}

/**
 * The original seeks before it reads, and an offset that can't be sought to is
 * an error even where reading there finds nothing but the end of the file.
 */
function withoutData(
	handle: FileHandle,
	offsetHigh: number,
	offsetLow: number,
	wanted: number,
	result: number,
	session: Session,
): Reply {
	const sought = addon.lseek(handle.fd, offsetHigh, offsetLow);
	if (sought < 0) {
		session.log.log(readSeekFailed, handle.path, strerror(-sought));
		return failure(-sought);
	}
	if (result < 0) {
		session.log.log(readFailed, handle.path, strerror(-result));
		return failure(-result);
	}
	return wanted === 0 ? data(0) : END_OF_FILE;
}
