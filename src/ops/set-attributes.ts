/*
 * What SETSTAT, FSETSTAT and lsetstat have in common: each attribute present is
 * tried, in the order size, permissions, times, owner, and the status is that
 * of the last one that failed (sftp-server.c process_setstat).
 */
import { setMode, setModtime, setOwner, setSize } from "../log/events/attributes.ts";
import { Level } from "../log/levels.ts";
import { compactTime } from "../posix/local-date.ts";
import type { Session } from "../session/session.ts";
import type { Attrs } from "../wire/attrs.ts";
import type { Reply } from "../wire/replies.ts";
import { replyTo } from "./operation.ts";

/** How to set each attribute of one file; results are >= 0 or -errno. */
export interface Setters {
	size(high: number, low: number): number;
	mode(mode: number): number;
	times(atime: number, mtime: number): number;
	owner(uid: number, gid: number): number;
}

const MODE_BITS = 0o7777;

/** Tries all attributes; `path` is for the log. */
export function setAttributes(attrs: Attrs, path: Buffer, setters: Setters, session: Session): Reply {
	const { log } = session;
	let failed = 0;
	const note = (result: number): void => {
		if (result < 0) failed = result;
	};
	if (attrs.size !== undefined) {
		const { high, low } = attrs.size;
		log.log(setSize, path, high, low);
		session.data.settle();
		note(setters.size(high, low));
	}
	if (attrs.permissions !== undefined) {
		log.log(setMode, path, attrs.permissions);
		note(setters.mode(attrs.permissions & MODE_BITS));
	}
	if (attrs.times !== undefined) {
		const { atime, mtime } = attrs.times;
		if (log.enabled(Level.INFO)) log.log(setModtime, path, compactTime(mtime), mtime);
		note(setters.times(atime, mtime));
	}
	if (attrs.owner !== undefined) {
		const { uid, gid } = attrs.owner;
		log.log(setOwner, path, uid, gid);
		note(setters.owner(uid, gid));
	}
	return replyTo(failed);
}
