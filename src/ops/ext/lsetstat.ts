/* lsetstat@openssh.com (OpenSSH PROTOCOL §4.7): SETSTAT that does not follow a link. */
import { lsetstat } from "../../log/events/attributes.ts";
import { FX } from "../../wire/constants.ts";
import { status } from "../../wire/replies.ts";
import { readLoggedAttrs } from "../attrs.ts";
import { operation } from "../operation.ts";
import { type Setters, setAttributes, typeOf } from "../set-attributes.ts";

/*
 * string path      of the link itself, if it is one
 * attributes
 */
export const lsetstatOperation = operation({
	name: "lsetstat",
	wire: { extension: "lsetstat@openssh.com", version: "1" },
	writes: true,
	functionName: "process_extended_lsetstat",
	decode: (reader, session) => ({ path: reader.path(), attrs: readLoggedAttrs(reader, session) }),
	run({ path, attrs }, session) {
		const { files } = session;
		session.log.log(lsetstat, session.requestId, path);
		/* A link has no size to set. */
		if (attrs.size !== undefined) return status(FX.BAD_MESSAGE);
		const setters: Setters = {
			size: () => 0,
			mode: (mode, type) => files.chmod(path, mode, false, type),
			times: (atime, mtime) => files.utimes(path, atime, mtime, false),
			owner: (uid, gid) => files.chown(path, uid, gid, false),
			type: () => typeOf(path, false, session),
		};
		return setAttributes(attrs, path, setters, session);
	},
});
