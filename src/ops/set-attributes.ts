/*
 * What SETSTAT, FSETSTAT and lsetstat share: each attribute present is tried, in the
 * order size, permissions, times, owner, and the status is that of the last one that
 * failed (sftp-server.c process_setstat).
 */
import { setMode, setModtime, setOwner, setSize } from "../log/events/attributes.ts";
import { Level } from "../log/levels.ts";
import { compactTime } from "../posix/local-date.ts";
import type { Session } from "../session/session.ts";
import type { Attrs } from "../wire/attrs.ts";
import type { Reply } from "../wire/replies.ts";
import type { U64 } from "../wire/u64.ts";
import { replyTo } from "./status.ts";

/** How to set each attribute of one file; results are >= 0 or -errno. */
export interface Setters {
	size(size: U64): number;
	mode(mode: number): number;
	times(atime: number, mtime: number): number;
	owner(uid: number, gid: number): number;
	/** The file's FileType, or -errno. Asked for where modes are forced. */
	type(): number;
}

const MODE_BITS = 0o7777;

/** Tries all attributes; `path` is for the log. */
export function setAttributes(asked: Attrs, path: Buffer, setters: Setters, session: Session): Reply {
	const { log, rules } = session;
	const { size, permissions, times, owner } = rules.changes(asked);
	let failed = 0;
	const note = (result: number): void => {
		if (result < 0) failed = result;
	};
	if (size !== undefined) {
		log.log(setSize, path, size);
		note(setters.size(size));
	}
	if (permissions !== undefined) note(changeMode(permissions, path, setters, session));
	if (times !== undefined) {
		const { atime, mtime } = times;
		if (log.enabled(Level.INFO)) log.log(setModtime, path, compactTime(mtime), mtime);
		note(setters.times(atime, mtime));
	}
	if (owner !== undefined) {
		const { uid, gid } = owner;
		log.log(setOwner, path, uid, gid);
		note(setters.owner(uid, gid));
	}
	return replyTo(failed);
}

/** Changes the mode, unless a forced one stays. */
function changeMode(permissions: number, path: Buffer, setters: Setters, { log, rules }: Session): number {
	if (rules.forcesModes) {
		const type = setters.type();
		if (type < 0 || rules.keepsMode(type)) return Math.min(type, 0);
	}
	log.log(setMode, path, permissions);
	return setters.mode(permissions & MODE_BITS);
}

/** `type` of Setters, for a path. */
export function typeOf(path: Buffer, follow: boolean, { files }: Session): number {
	const result = files.stat(path, 0, path.length, follow);
	return result < 0 ? result : files.attributes.type;
}
