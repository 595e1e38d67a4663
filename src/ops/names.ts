/* REMOVE, MKDIR and RMDIR (draft-ietf-secsh-filexfer-02 §6.5, §6.6). */
import {
	mkdir as mkdirEvent,
	mkdirReceived,
	remove,
	removeReceived,
	rmdir as rmdirEvent,
	rmdirReceived,
} from "../log/events/paths.ts";
import { FXP } from "../wire/constants.ts";
import { readLoggedAttrs } from "./attrs.ts";
import { operation } from "./operation.ts";
import { replyTo } from "./status.ts";

/* string path */
export const removeOperation = operation({
	name: "remove",
	wire: { type: FXP.REMOVE },
	writes: true,
	functionName: "process_remove",
	decode: (reader) => reader.path(),
	run(path, session) {
		session.log.log(removeReceived, session.requestId);
		session.log.log(remove, path);
		return replyTo(session.files.names.unlink(path));
	},
});

/*
 * string path
 * attributes     only permissions are used
 */
export const mkdirOperation = operation({
	name: "mkdir",
	wire: { type: FXP.MKDIR },
	writes: true,
	functionName: "process_mkdir",
	decode: (reader, session) => ({ path: reader.path(), attrs: readLoggedAttrs(reader, session) }),
	run({ path, attrs }, session) {
		const mode = session.rules.directoryMode(attrs);
		session.log.log(mkdirReceived, session.requestId);
		session.log.log(mkdirEvent, path, mode);
		return replyTo(session.files.names.mkdir(path, mode));
	},
});

/* string path */
export const rmdirOperation = operation({
	name: "rmdir",
	wire: { type: FXP.RMDIR },
	writes: true,
	functionName: "process_rmdir",
	decode: (reader) => reader.path(),
	run(path, session) {
		session.log.log(rmdirReceived, session.requestId);
		session.log.log(rmdirEvent, path);
		return replyTo(session.files.names.rmdir(path));
	},
});
