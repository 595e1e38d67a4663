/* REALPATH (draft-ietf-secsh-filexfer-02 §6.11). */
import { realpath as realpathEvent, realpathReceived } from "../log/events/paths.ts";
import type { Session } from "../session/session.ts";
import { FXP } from "../wire/constants.ts";
import { oneName, type Reply } from "../wire/replies.ts";
import { operation } from "./operation.ts";
import { failure } from "./status.ts";

const WORKING_DIRECTORY = Buffer.from(".");

/* string path     empty means the working directory */
export const realpathOperation = operation({
	name: "realpath",
	wire: { type: FXP.REALPATH },
	writes: false,
	functionName: "process_realpath",
	decode: (reader) => reader.path(),
	run(given, session) {
		const path = given.length === 0 ? WORKING_DIRECTORY : given;
		session.log.log(realpathReceived, session.requestId);
		session.log.log(realpathEvent, path);
		return canonicalName(path, session);
	},
});

/** The canonical path as a reply, or a failure's status. */
export function canonicalName(path: Buffer, session: Session): Reply {
	const resolved = session.files.realpath(path);
	return typeof resolved === "number" ? failure(-resolved) : oneName(resolved);
}
