/* hardlink@openssh.com (OpenSSH PROTOCOL §4.5): link(2). */
import { hardlink, hardlinkReceived } from "../../log/events/paths.ts";
import { operation } from "../operation.ts";
import { replyTo } from "../status.ts";

/*
 * string old path
 * string new path
 */
export const hardlinkOperation = operation({
	name: "hardlink",
	wire: { extension: "hardlink@openssh.com", version: "1" },
	writes: true,
	functionName: "process_extended_hardlink",
	decode: (reader) => ({ oldPath: reader.path(), newPath: reader.path() }),
	run({ oldPath, newPath }, session) {
		session.log.log(hardlinkReceived, session.requestId);
		session.log.log(hardlink, oldPath, newPath);
		return replyTo(session.files.names.link(oldPath, newPath));
	},
});
