/*
 * The long name of a directory entry, as `ls -l` would print it: ls_file of
 * OpenSSH's sftp-common.c, column for column. Written straight into a buffer,
 * since a listing of a large directory is made of little else.
 */
import { LocalDates } from "./local-date.ts";
import { FileType, StatWord } from "./stat.ts";
import { groupName, NameCache, userById } from "./users.ts";

/** Longest line, without C's NUL; longer ones are cut. */
export const LONGNAME_MAX_BYTES = 1023;

/** Columns of the link count; C prints it into 8 bytes. */
const LINKS_MAX_DIGITS = 7;
const BLANK = 0x20;

export class LongnameFormatter {
	readonly #users = new NameCache((uid) => userById(uid)?.name);
	readonly #groups = new NameCache(groupName);
	readonly #modes = new Map<number, Buffer>();
	readonly #dates = new LocalDates();
	/** The line that `format` wrote; overwritten by the next. */
	readonly line = Buffer.allocUnsafeSlow(LONGNAME_MAX_BYTES);
	#length = 0;

	/**
	 * Writes the line for a name (a range of `names`) with the stat at `at` in
	 * `words`. Returns its length in bytes.
	 *
	 * @param nowSeconds the time that tells recent files from old ones
	 */
	format(
		words: Uint32Array,
		at: number,
		names: Buffer,
		nameAt: number,
		nameLength: number,
		nowSeconds: number,
	): number {
		const word = (index: number): number => words[at + index] ?? 0;
		this.#length = 0;
		this.#put(this.#mode(word(StatWord.MODE)));
		this.#blank();
		this.#number(0, word(StatWord.NLINK), 3, LINKS_MAX_DIGITS);
		this.#blank();
		this.#put(this.#users.column(word(StatWord.UID)));
		this.#blank();
		this.#put(this.#groups.column(word(StatWord.GID)));
		this.#blank();
		this.#number(word(StatWord.SIZE_HIGH), word(StatWord.SIZE_LOW), 8, 20);
		this.#blank();
		this.#put(this.#dates.text(word(StatWord.MTIME_HIGH), word(StatWord.MTIME_LOW), nowSeconds));
		this.#blank();
		const room = Math.min(nameLength, LONGNAME_MAX_BYTES - this.#length);
		for (let i = 0; i < room; i++) this.line[this.#length++] = names[nameAt + i] ?? 0;
		return this.#length;
	}

	#blank(): void {
		if (this.#length < LONGNAME_MAX_BYTES) this.line[this.#length++] = BLANK;
	}

	#put(bytes: Buffer): void {
		const room = Math.min(bytes.length, LONGNAME_MAX_BYTES - this.#length);
		for (let i = 0; i < room; i++) this.line[this.#length++] = bytes[i] ?? 0;
	}

	/** An unsigned number in decimal, right-justified to `width`, cut after `most` digits. */
	#number(high: number, low: number, width: number, most: number): void {
		const digits = high === 0 ? String(low) : String((BigInt(high) << 32n) | BigInt(low));
		for (let i = digits.length; i < width; i++) this.#blank();
		const end = Math.min(digits.length, most);
		for (let i = 0; i < end && this.#length < LONGNAME_MAX_BYTES; i++)
			this.line[this.#length++] = digits.charCodeAt(i);
	}

	#mode(mode: number): Buffer {
		const known = this.#modes.get(mode);
		if (known !== undefined) return known;
		/* Bounded by itself: a mode that a file system shows has 16 bits. */
		const text = Buffer.from(modeText(mode), "latin1");
		this.#modes.set(mode, text);
		return text;
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
