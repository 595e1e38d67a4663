/*
 * The long name of a directory entry, as `ls -l` would print it: ls_file of
 * OpenSSH's sftp-common.c, column for column.
 */
import type { ByteRange } from "../wire/replies.ts";
import { LocalDates } from "./local-date.ts";
import { FileType, StatWord } from "./stat.ts";
import { groupName, NameCache, userById } from "./users.ts";

/** Longest line, without C's NUL; longer ones are cut. */
const LINE_MAX_BYTES = 1023;

/** Columns of the link count; C prints it into 8 bytes. */
const LINKS_MAX_DIGITS = 7;

const SIZE_COLUMNS = 8;
/** The first size that needs more columns. */
const SIZE_TOO_WIDE = 10 ** SIZE_COLUMNS;
const BLANK = 0x20;
const ZERO = 0x30;

/** Makes lines, one at a time, in place: columns that stay from the entry before are not written again. */
export class LongnameFormatter {
	readonly #users = new NameCache((uid) => userById(uid)?.name);
	readonly #groups = new NameCache(groupName);
	readonly #dates = new LocalDates();
	/** The line that `format` made last: `length` bytes at `start`. */
	readonly bytes = Buffer.alloc(2 * LINE_MAX_BYTES);
	readonly start = 0;
	length = 0;
	#mode = -1;
	#links = -1;
	#uid = -1;
	#gid = -1;
	#headLength = 0;
	/** The date that stands in the line, and where the blank before it is. */
	#date = "";
	#dateAt = -1;

	/**
	 * Makes the line for a name with the stat at `at` in `words`.
	 *
	 * @param nowSeconds the time that tells recent files from old ones
	 */
	format(words: Uint32Array, at: number, name: ByteRange, nowSeconds: number): void {
		this.#head(words, at);
		const dateAt = this.#size(words[at + StatWord.SIZE_HIGH] ?? 0, words[at + StatWord.SIZE_LOW] ?? 0);
		const mtimeHigh = words[at + StatWord.MTIME_HIGH] ?? 0;
		const date = this.#dates.text(mtimeHigh, words[at + StatWord.MTIME_LOW] ?? 0, nowSeconds);
		if (date !== this.#date || dateAt !== this.#dateAt) {
			this.bytes.write(` ${date} `, dateAt, "latin1");
			this.#date = date;
			this.#dateAt = dateAt;
		}
		const nameAt = dateAt + date.length + 2;
		const { bytes, start } = name;
		this.length = Math.min(nameAt + name.length, LINE_MAX_BYTES);
		for (let i = nameAt; i < this.length; i++) this.bytes[i] = bytes[start + i - nameAt] ?? 0;
	}

	/** Mode, links, owner and group. Most entries have them from the one before. */
	#head(words: Uint32Array, at: number): void {
		const mode = words[at + StatWord.MODE] ?? 0;
		const links = words[at + StatWord.NLINK] ?? 0;
		const uid = words[at + StatWord.UID] ?? 0;
		const gid = words[at + StatWord.GID] ?? 0;
		if (mode === this.#mode && links === this.#links && uid === this.#uid && gid === this.#gid) return;
		this.#mode = mode;
		this.#links = links;
		this.#uid = uid;
		this.#gid = gid;
		const count = String(links).slice(0, LINKS_MAX_DIGITS).padStart(3);
		const head = `${modeText(mode)} ${count} ${this.#users.column(uid)} ${this.#groups.column(gid)} `;
		this.#headLength = this.bytes.write(head.slice(0, LINE_MAX_BYTES), 0, "latin1");
		this.#dateAt = -1;
	}

	/** The size, two words, behind the head; where it ends. */
	#size(high: number, low: number): number {
		const start = this.#headLength;
		if (high !== 0 || low >= SIZE_TOO_WIDE) {
			const text = String((BigInt(high) << 32n) | BigInt(low));
			return start + this.bytes.write(text, start, "latin1");
		}
		/* Not by String: V8 keeps the texts of thousands of numbers, MiBs in a large directory. */
		let position = start + SIZE_COLUMNS;
		let rest = low;
		do {
			this.bytes[--position] = ZERO + (rest % 10);
			rest = Math.floor(rest / 10);
		} while (rest > 0);
		while (position > start) this.bytes[--position] = BLANK;
		return start + SIZE_COLUMNS;
	}
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
