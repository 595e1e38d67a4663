/*
 * The long name of a directory entry, as `ls -l` would print it: ls_file of
 * OpenSSH's sftp-common.c, column for column.
 */
import { LocalDates } from "./local-date.ts";
import { FileType, StatWord } from "./stat.ts";
import { groupName, NameCache, userById } from "./users.ts";

/** Longest line, without C's NUL; longer ones are cut. */
const LINE_MAX_BYTES = 1023;

/** Columns of the link count; C prints it into 8 bytes. */
const LINKS_MAX_DIGITS = 7;

export class LongnameFormatter {
	readonly #users = new NameCache((uid) => userById(uid)?.name);
	readonly #groups = new NameCache(groupName);
	readonly #dates = new LocalDates();
	#mode = -1;
	#links = -1;
	#uid = -1;
	#gid = -1;
	#text = "";

	/**
	 * The line for a name with the stat at `at` in `words`, one character a byte.
	 *
	 * @param nowSeconds the time that tells recent files from old ones
	 */
	format(words: Uint32Array, at: number, name: string, nowSeconds: number): string {
		const size = decimal(words[at + StatWord.SIZE_HIGH] ?? 0, words[at + StatWord.SIZE_LOW] ?? 0);
		const mtimeHigh = words[at + StatWord.MTIME_HIGH] ?? 0;
		const date = this.#dates.text(mtimeHigh, words[at + StatWord.MTIME_LOW] ?? 0, nowSeconds);
		const line = `${this.#head(words, at)}${size.padStart(8)} ${date} ${name}`;
		return line.length > LINE_MAX_BYTES ? line.slice(0, LINE_MAX_BYTES) : line;
	}

	/** Mode, links, owner and group. Most entries have them from the one before. */
	#head(words: Uint32Array, at: number): string {
		const mode = words[at + StatWord.MODE] ?? 0;
		const links = words[at + StatWord.NLINK] ?? 0;
		const uid = words[at + StatWord.UID] ?? 0;
		const gid = words[at + StatWord.GID] ?? 0;
		if (mode !== this.#mode || links !== this.#links || uid !== this.#uid || gid !== this.#gid) {
			this.#mode = mode;
			this.#links = links;
			this.#uid = uid;
			this.#gid = gid;
			const count = String(links).slice(0, LINKS_MAX_DIGITS).padStart(3);
			this.#text = `${modeText(mode)} ${count} ${this.#users.column(uid)} ${this.#groups.column(gid)} `;
		}
		return this.#text;
	}
}

/** An unsigned number of two words. Not by String: V8 keeps the texts of thousands of numbers, MiBs in a large directory. */
function decimal(high: number, low: number): string {
	return high === 0 ? low.toFixed() : String((BigInt(high) << 32n) | BigInt(low));
}

const TYPES: Readonly<Record<number, string>> = {
	[FileType.DIRECTORY]: "d",
	[FileType.CHARACTER]: "c",
	[FileType.BLOCK]: "b",
	[FileType.REGULAR]: "-",
	[FileType.SYMLINK]: "l",
	[FileType.SOCKET]: "s",
	[FileType.FIFO]: "p",
};

/** The mode as strmode(3) prints it: 11 characters, the last a blank. */
export function modeText(mode: number): string {
	const type = TYPES[mode & FileType.MASK] ?? "?";
	const user = triplet(mode >> 6, (mode & 0o4000) !== 0, "s");
	const group = triplet(mode >> 3, (mode & 0o2000) !== 0, "s");
	const other = triplet(mode, (mode & 0o1000) !== 0, "t");
	return `${type}${user}${group}${other} `;
}

function triplet(bits: number, special: boolean, letter: string): string {
	const execute = (bits & 1) !== 0;
	const third = special ? (execute ? letter : letter.toUpperCase()) : execute ? "x" : "-";
	return `${(bits & 4) !== 0 ? "r" : "-"}${(bits & 2) !== 0 ? "w" : "-"}${third}`;
}
