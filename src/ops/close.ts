/* CLOSE (draft-ietf-secsh-filexfer-02 §6.3), and the end of handles that the client left open. */
import { close as closed, closeReceived, forcedClose } from "../log/events/files.ts";
import { closedir, forcedClosedir } from "../log/events/paths.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import { status } from "../wire/replies.ts";
import { operation } from "./operation.ts";
import { replyTo } from "./status.ts";

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
		return handle === undefined ? status(FX.NO_SUCH_FILE) : replyTo(handles.finish(number, "close"));
	},
});

/** Logs and finishes the handles that are open when the session ends, in numerical order. */
export function finishLostHandles({ handles, log }: Session): void {
	for (const [number, handle] of handles.entries()) {
		if (handle.kind === "directory") log.log(forcedClosedir, handle.path);
		else
			log.log(
				forcedClose,
				handle.path,
				handle.bytesRead,
				handle.bytesWritten,
				Date.now() - handle.openedAtMs,
			);
		handles.finish(number, "lost");
	}
}
