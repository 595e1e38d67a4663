/* WRITE (draft-ietf-secsh-filexfer-02 §6.4), from the input buffer straight to the file. */
import type { OpenFile } from "../files/open-file.ts";
import { write as writeEvent, writeFailed, writeSeekFailed } from "../log/events/files.ts";
import { Level } from "../log/levels.ts";
import { strerror } from "../posix/errno.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import type { PacketReader } from "../wire/reader.ts";
import { OK, type Reply, status } from "../wire/replies.ts";
import { decodeWrite } from "../wire/requests.ts";
import type { U64 } from "../wire/u64.ts";
import { operation } from "./operation.ts";
import { failure } from "./status.ts";

export const writeOperation = operation<PacketReader>({
	name: "write",
	wire: { type: FXP.WRITE },
	writes: true,
	functionName: "process_write",
	decode(reader, session) {
		decodeWrite(reader, session.transfer);
		return reader;
	},
	run({ bytes }, session) {
		const { files, handles, log, transfer } = session;
		const { handle: number, offset, start, length } = transfer;
		const handle = handles.get(number);
		if (log.level >= Level.DEBUG1)
			log.log(
				writeEvent,
				session.requestId,
				handle?.path,
				handle === undefined ? -1 : number,
				offset,
				length,
			);
		if (handle?.kind !== "file") return status(FX.FAILURE);
		if (!handle.appends && length === 0) {
			const sought = handle.seek(offset);
			if (sought < 0) return seekFailed(handle, sought, session);
		}
		const result = files.write(handle, offset, bytes, start, length);
		if (result < 0) return writeError(handle, offset, result, session);
		handle.bytesWritten += length;
		return OK;
	},
});

/** OpenSSH's server seeks before it writes, so if seeking fails too, that is the error. */
function writeError(file: OpenFile, offset: U64, result: number, session: Session): Reply {
	if (!file.appends) {
		const sought = file.seek(offset);
		if (sought < 0) return seekFailed(file, sought, session);
	}
	session.log.log(writeFailed, file.path, strerror(-result));
	return failure(-result);
}

function seekFailed(file: OpenFile, sought: number, session: Session): Reply {
	session.log.log(writeSeekFailed, file.path, strerror(-sought));
	return failure(-sought);
}
