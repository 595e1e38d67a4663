/* posix-rename@openssh.com (OpenSSH PROTOCOL §4.3): rename(2), which replaces. */
import { posixRename, posixRenameReceived } from "../../log/events/paths.ts";
import { operation } from "../operation.ts";
import { replyTo } from "../status.ts";

/*
 * string old path
 * string new path
 */
export const posixRenameOperation = operation({
	name: "posix-rename",
	wire: { extension: "posix-rename@openssh.com", version: "1" },
	writes: true,
	functionName: "process_extended_posix_rename",
	decode: (reader) => ({ oldPath: reader.path(), newPath: reader.path() }),
	run({ oldPath, newPath }, session) {
		session.log.log(posixRenameReceived, session.requestId);
		session.log.log(posixRename, oldPath, newPath);
		return replyTo(session.files.names.rename(oldPath, newPath));
	},
});
