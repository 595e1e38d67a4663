/* fsync@openssh.com (OpenSSH PROTOCOL §4.6): fsync(2) on an open file. */
import { fsyncReceived, fsync as fsyncSeen } from "../../log/events/files.ts";
import { FX } from "../../wire/constants.ts";
import { status } from "../../wire/replies.ts";
import { operation } from "../operation.ts";
import { replyTo } from "../status.ts";

/* string handle */
export const fsyncOperation = operation({
	name: "fsync",
	wire: { extension: "fsync@openssh.com", version: "1" },
	writes: true,
	functionName: "process_extended_fsync",
	decode: (reader) => reader.handle(),
	run(number, session) {
		const handle = session.handles.get(number);
		session.log.log(fsyncReceived, session.requestId, handle === undefined ? -1 : number);
		session.log.log(fsyncSeen, handle?.path);
		return handle?.kind === "file" ? replyTo(handle.sync()) : status(FX.NO_SUCH_FILE);
	},
});
