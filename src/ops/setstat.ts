/* SETSTAT and FSETSTAT (draft-ietf-secsh-filexfer-02 §6.9). */
import { fsetstat, setstat } from "../log/events/attributes.ts";
import { addon } from "../posix/addon.ts";
import { chmod, chown, fchmod, fchown, futimes, truncate, utimes } from "../posix/files.ts";
import { FX, FXP } from "../wire/constants.ts";
import { status } from "../wire/replies.ts";
import { readLoggedAttrs } from "./attrs.ts";
import { operation } from "./operation.ts";
import { type Setters, setAttributes } from "./set-attributes.ts";

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
		session.log.log(setstat, session.requestId, path);
		const setters: Setters = {
			size: (high, low) => truncate(path, high, low),
			mode: (mode) => chmod(path, mode),
			times: (atime, mtime) => utimes(path, atime, mtime),
			owner: (uid, gid) => chown(path, uid, gid),
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
		const { fd, path } = handle;
		const setters: Setters = {
			size: (high, low) => addon.ftruncate(fd, high, low),
			mode: (mode) => fchmod(fd, mode),
			times: (atime, mtime) => futimes(fd, atime, mtime),
			owner: (uid, gid) => fchown(fd, uid, gid),
		};
		return setAttributes(attrs, path, setters, session);
	},
});
