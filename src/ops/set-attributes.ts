/*
 * Shared by SETSTAT, FSETSTAT and lsetstat: sets each attribute that is present, in the
 * order size, permissions, times, owner. The status is that of the last failure
 * (sftp-server.c process_setstat).
 */
import { attributesKept, setMode, setModtime, setOwner, setSize } from "../log/events/attributes.ts";
import { Level } from "../log/levels.ts";
import { compactTime } from "../posix/local-date.ts";
import type { FileType } from "../posix/stat.ts";
import { MODE_BITS } from "../posix/stat.ts";
import { KEEP_GROUP } from "../session/rules.ts";
import type { Session } from "../session/session.ts";
import type { Attrs } from "../wire/attrs.ts";
import type { Reply } from "../wire/replies.ts";
import type { U64 } from "../wire/u64.ts";
import { failure, replyTo } from "./status.ts";

/** How to set each attribute of one file; results are >= 0 or -errno. */
export interface Setters {
	size(size: U64): number;
	/** @param type the only type of file whose mode may be set; undefined: any */
	mode(mode: number, type?: FileType): number;
	times(atime: number, mtime: number): number;
	owner(uid: number, gid: number): number;
	/** The file's FileType, or -errno. Called only if a change may be suppressed. */
	type(): number;
}

/** Tries all attributes; `path` is for the log. */
export function setAttributes(asked: Attrs, path: Buffer, setters: Setters, session: Session): Reply {
	const { log, rules } = session;
	const limited = rules.limitsChanges ? changesToMake(asked, path, setters, session) : { changes: asked };
	if (typeof limited === "number") return failure(-limited);
	const { size, permissions, times, owner } = limited.changes;
	let failed = 0;
	const note = (result: number): void => {
		if (result < 0) failed = result;
	};
	if (size !== undefined) {
		log.log(setSize, path, size);
		note(setters.size(size));
	}
	if (permissions !== undefined) {
		log.log(setMode, path, permissions);
		note(setters.mode(permissions & MODE_BITS, limited.type));
	}
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

interface Limited {
	readonly changes: Attrs;
	/** The only type of file whose mode may be set; undefined: any. */
	readonly type?: FileType;
}

/** The changes that the rules permit; -errno if some may be suppressed and the file can't be examined. */
function changesToMake(
	asked: Attrs,
	path: Buffer,
	setters: Setters,
	{ log, rules }: Session,
): Limited | number {
	if (!rules.maySuppress(asked)) return { changes: rules.changes(asked) };
	const type = setters.type();
	if (type < 0) return type;
	const changes = rules.changes(asked, type);
	const kept: string[] = (["permissions", "times", "owner"] as const).filter(
		(name) => asked[name] !== undefined && changes[name] === undefined,
	);
	if (changes.owner?.gid === KEEP_GROUP && asked.owner?.gid !== KEEP_GROUP) kept.push("group");
	if (kept.length > 0) log.log(attributesKept, path, kept);
	return rules.dependsOnType ? { changes, type } : { changes };
}

/** `type` of Setters, for a path. */
export function typeOf(path: Buffer, follow: boolean, { files }: Session): number {
	const result = files.stat(path, 0, path.length, follow);
	return result < 0 ? result : files.attributes.type;
}
