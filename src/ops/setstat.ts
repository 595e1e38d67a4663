/* SETSTAT and FSETSTAT (draft-ietf-secsh-filexfer-02 §6.9). */
import { fsetstat, setstat } from "../log/events/attributes.ts";
import { FX, FXP } from "../wire/constants.ts";
import { status } from "../wire/replies.ts";
import { readLoggedAttrs } from "./attrs.ts";
import { operation } from "./operation.ts";
import { type Setters, setAttributes, typeOf } from "./set-attributes.ts";

/*
 * string path
 * attributes
 */
export const setstatOperation = operation({
	name: "setstat",
	wire: { type: FXP.SETSTAT },
	writes: true,
	functionName: "process_setstat",
	decode: (reader, session) => ({ path: reader.path(), attrs: readLoggedAttrs(reader, session) }),
	run({ path, attrs }, session) {
		const { files } = session;
		session.log.log(setstat, session.requestId, path);
		const setters: Setters = {
			size: (size) => files.truncate(path, size),
			mode: (mode, type) => files.chmod(path, mode, true, type),
			times: (atime, mtime) => files.utimes(path, atime, mtime, true),
			owner: (uid, gid) => files.chown(path, uid, gid, true),
			type: () => typeOf(path, true, session),
		};
		return setAttributes(attrs, path, setters, session);
	},
});

/*
 * string handle
 * attributes
 */
export const fsetstatOperation = operation({
	name: "fsetstat",
	wire: { type: FXP.FSETSTAT },
	writes: true,
	functionName: "process_fsetstat",
	decode: (reader, session) => ({ number: reader.handle(), attrs: readLoggedAttrs(reader, session) }),
	run({ number, attrs }, session) {
		const handle = session.handles.get(number);
		session.log.log(fsetstat, session.requestId, handle === undefined ? -1 : number);
		if (handle?.kind !== "file") return status(FX.FAILURE);
		const setters: Setters = {
			size: (size) => session.files.truncateOpen(handle, size),
			mode: (mode) => handle.chmod(mode),
			times: (atime, mtime) => handle.utimes(atime, mtime),
			owner: (uid, gid) => handle.chown(uid, gid),
			type: () => {
				const result = handle.stat(session.files.attributes.words);
				return result < 0 ? result : session.files.attributes.type;
			},
		};
		return setAttributes(attrs, handle.path, setters, session);
	},
});
