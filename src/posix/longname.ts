/*
 * The long name of a directory entry, as `ls -l` would print it: ls_file of
 * OpenSSH's sftp-common.c, column for column.
 */
import type { PacketWriter } from "../wire/writer.ts";
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

/**
 * Writes the lines of a reply, one after the other. Most columns of most entries
 * are those of the entry before, so its line is copied where it stands, and what
 * differs is written over it.
 */
export class LongnameFormatter {
	readonly #users = new NameCache((uid) => userById(uid)?.name);
	readonly #groups = new NameCache(groupName);
	readonly #dates = new LocalDates();
	#nowSeconds = 0;
	/** Where the line before stands in the writer; -1 when none does. */
	#lastAt = -1;
	/** What it shows: the head, that is mode, links, owner and group. */
	readonly #head = Buffer.alloc(LINE_MAX_BYTES);
	#headLength = 0;
	#mode = -1;
	#links = -1;
	#uid = -1;
	#gid = -1;
	#sizeHigh = 0;
	#sizeLow = 0;
	#mtimeHigh = 0;
	#mtimeLow = 0;
	#date = "";
	/** Where its size and its date end, counted from its start. */
	#sizeEnd = 0;
	#dateEnd = 0;

	/**
	 * Begins the lines of a reply.
	 *
	 * @param nowSeconds the time that tells recent files from old ones
	 */
	begin(nowSeconds: number): void {
		this.#nowSeconds = nowSeconds;
		this.#lastAt = -1;
	}

	/**
	 * Writes the line for the stat at `at` in `words`, and the name that stands at
	 * `nameAt` in the writer, where 2 KiB are free.
	 */
	write(writer: PacketWriter, words: Uint32Array, at: number, nameAt: number, nameLength: number): void {
		const start = writer.position;
		if (!this.#hasHeadOf(words, at)) {
			this.#makeHead();
			this.#lastAt = -1;
		}
		const anew = this.#lastAt < 0;
		if (anew) writer.raw(this.#head, 0, this.#headLength);
		else writer.again(this.#lastAt, this.#dateEnd);
		const moved = this.#putSize(writer, start, words, at, anew);
		this.#putDate(writer, start, words, at, anew || moved);
		writer.position = start + this.#dateEnd;
		writer.again(nameAt, nameLength);
		this.#lastAt = start;
		if (writer.position <= start + LINE_MAX_BYTES) return;
		writer.position = start + LINE_MAX_BYTES;
		this.#lastAt = -1;
	}

	/** Whether the head is that of the stat; takes over what it is to show. */
	#hasHeadOf(words: Uint32Array, at: number): boolean {
		const mode = words[at + StatWord.MODE] ?? 0;
		const links = words[at + StatWord.NLINK] ?? 0;
		const uid = words[at + StatWord.UID] ?? 0;
		const gid = words[at + StatWord.GID] ?? 0;
		if (mode === this.#mode && links === this.#links && uid === this.#uid && gid === this.#gid) return true;
		this.#mode = mode;
		this.#links = links;
		this.#uid = uid;
		this.#gid = gid;
		return false;
	}

	#makeHead(): void {
		const count = String(this.#links).slice(0, LINKS_MAX_DIGITS).padStart(3);
		const owner = `${this.#users.column(this.#uid)} ${this.#groups.column(this.#gid)}`;
		const head = `${modeText(this.#mode)} ${count} ${owner} `;
		this.#headLength = this.#head.write(head.slice(0, LINE_MAX_BYTES), 0, "latin1");
	}

	/** Puts the size, two words, behind the head of the line at `start`. True when it ends elsewhere than before. */
	#putSize(writer: PacketWriter, start: number, words: Uint32Array, at: number, anew: boolean): boolean {
		const high = words[at + StatWord.SIZE_HIGH] ?? 0;
		const low = words[at + StatWord.SIZE_LOW] ?? 0;
		if (!anew && high === this.#sizeHigh && low === this.#sizeLow) return false;
		this.#sizeHigh = high;
		this.#sizeLow = low;
		const end = writeSize(writer.bytes, start + this.#headLength, high, low) - start;
		const moved = end !== this.#sizeEnd;
		this.#sizeEnd = end;
		return moved;
	}

	/** Puts the date, with a blank to each side, behind the size. */
	#putDate(writer: PacketWriter, start: number, words: Uint32Array, at: number, anew: boolean): void {
		const high = words[at + StatWord.MTIME_HIGH] ?? 0;
		const low = words[at + StatWord.MTIME_LOW] ?? 0;
		if (!anew && high === this.#mtimeHigh && low === this.#mtimeLow) return;
		this.#mtimeHigh = high;
		this.#mtimeLow = low;
		const date = this.#dates.text(high, low, this.#nowSeconds);
		if (!anew && date === this.#date) return;
		this.#date = date;
		this.#dateEnd = this.#sizeEnd + writer.bytes.write(` ${date} `, start + this.#sizeEnd, "latin1");
	}
}

/** Writes a size, two words, at `start`, and tells where it ends. */
function writeSize(bytes: Buffer, start: number, high: number, low: number): number {
	if (high !== 0 || low >= SIZE_TOO_WIDE) {
		const text = String((BigInt(high) << 32n) | BigInt(low));
		return start + bytes.write(text, start, "latin1");
	}
	/* Not by String: V8 keeps the texts of thousands of numbers, MiBs in a large directory. */
	const end = start + SIZE_COLUMNS;
	let position = end;
	let rest = low;
	do {
		bytes[--position] = ZERO + (rest % 10);
		rest = Math.floor(rest / 10);
	} while (rest > 0);
	while (position > start) bytes[--position] = BLANK;
	return end;
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
