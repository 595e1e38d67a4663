/* Events of the rules of Access, which OpenSSH does not have. */
import type { ByteString } from "../../posix/byte-string.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, field } from "../printf.ts";

/** A rule: where it was set, and its right and pattern. */
export interface LoggedRule {
	readonly right: string;
	readonly pattern: ByteString;
	/** A file and a line, or the option. */
	readonly file: ByteString | undefined;
	readonly line: number | undefined;
	readonly option: string | undefined;
}

/** `path` is the file's location as the client sees it. */
export const accessRefused = defineEvent(
	"access-refused",
	Level.VERBOSE,
	(path: Buffer | ByteString, rule: LoggedRule) => {
		const { right, pattern, file, line, option } = rule;
		return {
			text: `access to "${bytes(path)}" refused by "${right} ${pattern}" (${option ?? `${file}:${line}`})`,
			fields: {
				path: field(path),
				right,
				pattern: field(pattern),
				file: file === undefined ? undefined : field(file),
				line,
				option,
			},
		};
	},
);

/** The session has created more files than it can record. */
export const createdFilesFull = defineEvent(
	"created-files-full",
	Level.ERROR,
	(path: Buffer | ByteString, limit: number) => ({
		text: `refusing to create "${bytes(path)}": the session has created ${limit} files and can't remember more`,
		fields: { path: field(path), limit },
	}),
);

/** The file system does not store birth times. */
export const noBirthTime = defineEvent("no-birth-time", Level.ERROR, (path: Buffer | ByteString) => ({
	text: `"${bytes(path)}" will not be recognized as created by the session: its file system has no birth times`,
	fields: { path: field(path) },
}));

/** The rules can't be applied. */
export const accessFailed = defineEvent("access-failed", Level.FATAL, (reason: string) => ({
	text: `unable to apply the rules of Access: ${reason}`,
	fields: { reason },
}));
