/* CLOSE (draft-ietf-secsh-filexfer-02 §6.3), and what is logged when a handle ends. */
import { close as closed, closeReceived, forcedClose } from "../log/events/files.ts";
import { closedir, forcedClosedir } from "../log/events/paths.ts";
import { hot } from "../posix/hot-calls.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import { status } from "../wire/replies.ts";
import { operation, replyTo } from "./operation.ts";

/* string handle */
export const closeOperation = operation({
	name: "close",
	wire: { type: FXP.CLOSE },
	writes: false,
	functionName: "process_close",
	decode: (reader) => reader.handle(),
	run(number, session) {
		const { log, handles } = session;
		const handle = handles.get(number);
		log.log(closeReceived, session.requestId, handle === undefined ? -1 : number);
		if (handle?.kind === "file")
			log.log(closed, handle.path, handle.bytesRead, handle.bytesWritten, Date.now() - handle.openedAtMs);
		else log.log(closedir, handle?.path);
		if (handle === undefined) return status(FX.NO_SUCH_FILE);
		handles.remove(number);
		return replyTo(hot.close(handle.fd));
	},
});

/** Logs the handles that are open when the session ends, in the order of their numbers. */
export function logForcedCloses(session: Session): void {
	for (const handle of session.handles.all()) {
		if (handle.kind === "directory") session.log.log(forcedClosedir, handle.path);
		else
			session.log.log(
				forcedClose,
				handle.path,
				handle.bytesRead,
				handle.bytesWritten,
				Date.now() - handle.openedAtMs,
			);
	}
}
