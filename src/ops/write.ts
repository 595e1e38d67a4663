/*
 * WRITE (draft-ietf-secsh-filexfer-02 §6.4), from the input buffer straight to
 * the file. A write that the system cuts short is gone on with.
 */
import { write as writeEvent, writeFailed, writeSeekFailed } from "../log/events/files.ts";
import { Level } from "../log/levels.ts";
import { addon } from "../posix/addon.ts";
import { errno, strerror } from "../posix/errno.ts";
import type { FileHandle } from "../session/handles.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import { OK, type Reply, status } from "../wire/replies.ts";
import { failure, operation } from "./operation.ts";

interface WriteRequest {
	number: number;
	offsetHigh: number;
	offsetLow: number;
	/** The input buffer, and where the data lie in it. */
	bytes: Buffer;
	start: number;
	length: number;
}

const TWO_32 = 0x1_0000_0000;

/** The one being served, filled anew each time: an upload has tens of thousands, and would leave as many objects behind. */
const current: WriteRequest = {
	number: -1,
	offsetHigh: 0,
	offsetLow: 0,
	bytes: Buffer.alloc(0),
	start: 0,
	length: 0,
};

/*
 * string handle
 * uint64 offset
 * string data
 */
export const writeOperation = operation<WriteRequest>({
	name: "write",
	wire: { type: FXP.WRITE },
	writes: true,
	functionName: "process_write",
	decode(reader) {
		current.number = reader.handle();
		current.offsetHigh = reader.uint32();
		current.offsetLow = reader.uint32();
		reader.skipString();
		current.bytes = reader.bytes;
		current.start = reader.stringStart;
		current.length = reader.stringLength;
		return current;
	},
	run(request, session) {
		const { number, offsetHigh, offsetLow, length } = request;
		const handle = session.handles.get(number);
		if (session.log.level >= Level.DEBUG1) {
			const shown = handle === undefined ? -1 : number;
			session.log.log(writeEvent, session.requestId, handle?.path, shown, offsetHigh, offsetLow, length);
		}
		if (handle?.kind !== "file") return status(FX.FAILURE);
		if (!handle.appends && length === 0) {
			const sought = addon.lseek(handle.fd, offsetHigh, offsetLow);
			if (sought < 0) return seekFailed(handle, sought, session);
		}
		return writeAll(handle, request, session);
	},
});

function writeAll(handle: FileHandle, request: WriteRequest, session: Session): Reply {
	const { bytes, start, length, offsetHigh, offsetLow } = request;
	let done = session.writesAhead.takeWritten(start);
	/* No bytes are written too: the system may have something against it. */
	while (done < length || length === 0) {
		const low = offsetLow + done;
		const high = low < TWO_32 ? offsetHigh : offsetHigh + 1;
		const result = handle.appends
			? addon.write(handle.fd, bytes, start + done, length - done)
			: addon.pwrite(handle.fd, bytes, start + done, length - done, high >>> 0, low % TWO_32);
		if (result < 0 && result !== -errno.EINTR) return writeError(handle, request, result, session);
		if (result > 0) done += result;
		if (length === 0 && result === 0) break;
	}
	handle.bytesWritten += length;
	return OK;
}

/** The original seeks first, so where seeking fails as well, that is the error. */
function writeError(handle: FileHandle, request: WriteRequest, result: number, session: Session): Reply {
	if (!handle.appends) {
		const sought = addon.lseek(handle.fd, request.offsetHigh, request.offsetLow);
		if (sought < 0) return seekFailed(handle, sought, session);
	}
	session.log.log(writeFailed, handle.path, strerror(-result));
	return failure(-result);
}

function seekFailed(handle: FileHandle, sought: number, session: Session): Reply {
	session.log.log(writeSeekFailed, handle.path, strerror(-sought));
	return failure(-sought);
}
