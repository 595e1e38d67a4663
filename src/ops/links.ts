/* READLINK and SYMLINK (draft-ietf-secsh-filexfer-02 §6.10). */
import {
	readlink as readlinkEvent,
	readlinkReceived,
	symlink as symlinkEvent,
	symlinkReceived,
} from "../log/events/paths.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { FXP } from "../wire/constants.ts";
import { oneName } from "../wire/replies.ts";
import { operation } from "./operation.ts";
import { failure, replyTo } from "./status.ts";

/* string path */
export const readlinkOperation = operation({
	name: "readlink",
	wire: { type: FXP.READLINK },
	writes: false,
	functionName: "process_readlink",
	decode: (reader) => reader.path(),
	run(path, session) {
		session.log.log(readlinkReceived, session.requestId);
		session.log.log(readlinkEvent, path);
		const target = session.files.readlink(path);
		return typeof target === "number" ? failure(-target) : oneName(target);
	},
});

/*
 * string target      OpenSSH's order; the draft has the link's path first
 * string link path
 */
export const symlinkOperation = operation({
	name: "symlink",
	wire: { type: FXP.SYMLINK },
	writes: true,
	functionName: "process_symlink",
	decode: (reader) => ({ linkTarget: reader.path(), linkPath: reader.path() }),
	run({ linkTarget, linkPath }, session) {
		session.log.log(symlinkReceived, session.requestId);
		session.log.log(symlinkEvent, linkTarget, linkPath);
		const fault = textFault(linkTarget);
		return replyTo(fault < 0 ? fault : session.files.names.symlink(linkTarget, linkPath));
	},
});

/** -errno for a text that no link can have: symlink(2) checks it before the path. */
function textFault({ length }: Buffer): number {
	if (length === 0) return -errno.ENOENT;
	return length >= PATH_MAX ? -errno.ENAMETOOLONG : 0;
}
