/*
 * READ (draft-ietf-secsh-filexfer-02 §6.4). The bytes go directly to their place in the
 * output. A READ across the end of the file is answered with the bytes that exist.
 */
import type { OpenFile } from "../files/open-file.ts";
import {
	readBufferGrown,
	readClamped,
	read as readEvent,
	readFailed,
	readSeekFailed,
} from "../log/events/files.ts";
import { Level } from "../log/levels.ts";
import { strerror } from "../posix/errno.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP, MAX_READ_BYTES } from "../wire/constants.ts";
import { data, END_OF_FILE, type Reply, status } from "../wire/replies.ts";
import { decodeRead } from "../wire/requests.ts";
import type { U64 } from "../wire/u64.ts";
import { operation } from "./operation.ts";
import { failure } from "./status.ts";

export const readOperation = operation({
	name: "read",
	wire: { type: FXP.READ },
	writes: false,
	functionName: "process_read",
	decode: (reader, session) => decodeRead(reader, session.transfer),
	run({ handle: number, offset, length }, session) {
		const { files, handles, log } = session;
		const handle = handles.get(number);
		if (log.level >= Level.DEBUG1)
			log.log(readEvent, session.requestId, handle?.path, handle === undefined ? -1 : number, offset, length);
		if (handle?.kind !== "file") return status(FX.FAILURE);
		const wanted = clamp(length, session);
		/* OpenSSH refuses an appending WRITE if the last READ sought beyond the file system's largest offset. */
		if (handle.appends) handle.seek(offset);
		/* A READ of length 0 gets empty data, even beyond the end of the file. */
		const result = wanted === 0 ? 0 : files.read(handle, offset, wanted);
		handle.readInFull = result === wanted;
		if (result > 0) {
			handle.bytesRead += result;
			return data(result);
		}
		return withoutData(handle, offset, wanted, result, session);
	},
});

/** Limits the length. Logs a length above the limit, and the growth of OpenSSH's buffer. */
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
 * OpenSSH's server seeks before it reads, so an offset that can't be sought to is an
 * error even where reading there would find the end of the file.
 */
function withoutData(file: OpenFile, offset: U64, wanted: number, result: number, session: Session): Reply {
	const sought = file.seek(offset);
	if (sought < 0) {
		session.log.log(readSeekFailed, file.path, strerror(-sought));
		return failure(-sought);
	}
	if (result < 0) {
		session.log.log(readFailed, file.path, strerror(-result));
		return failure(-result);
	}
	return wanted === 0 ? data(0) : END_OF_FILE;
}
