/*
 * The long name of a directory entry, as `ls -l` would print it: ls_file of
 * OpenSSH's sftp-common.c, column for column.
 */
import { LocalDates } from "../posix/local-date.ts";
import { FileType, StatWord } from "../posix/stat.ts";
import { groupName, NameCache, userById } from "../posix/users.ts";

/** Longest long name, without C's NUL; longer ones are truncated. */
export const LINE_MAX_BYTES = 1023;

/** Columns of the link count; C prints it into 8 bytes. */
const LINKS_MAX_DIGITS = 7;

const SIZE_COLUMNS = 8;
/** The first size that needs more columns. */
const SIZE_TOO_WIDE = 10 ** SIZE_COLUMNS;
const BLANK = 0x20;
const ZERO = 0x30;

/** The parts of a long name, with caches of what was looked up. */
export class Longnames {
	/** The dates of last change. */
	readonly dates = new LocalDates();
	readonly #users = new NameCache((uid) => userById(uid)?.name);
	readonly #groups = new NameCache(groupName);
	#head = Buffer.alloc(0);
	#mode = -1;
	#links = -1;
	#uid = -1;
	#gid = -1;

	/** The columns before the size for the stat at `at` in `words`: mode, links, owner and group. Valid until the next call. */
	head(words: Uint32Array, at: number): Buffer {
		const mode = words[at + StatWord.MODE] ?? 0;
		const links = words[at + StatWord.NLINK] ?? 0;
		const uid = words[at + StatWord.UID] ?? 0;
		const gid = words[at + StatWord.GID] ?? 0;
		if (mode === this.#mode && links === this.#links && uid === this.#uid && gid === this.#gid)
			return this.#head;
		this.#mode = mode;
		this.#links = links;
		this.#uid = uid;
		this.#gid = gid;
		const count = String(links).slice(0, LINKS_MAX_DIGITS).padStart(3);
		const text = `${modeText(mode)} ${count} ${this.#users.column(uid)} ${this.#groups.column(gid)} `;
		this.#head = Buffer.from(text.slice(0, LINE_MAX_BYTES), "latin1");
		return this.#head;
	}
}

/** Writes the size of the stat at `at` in `words` to `start`; returns where it ends. */
export function writeSize(bytes: Buffer, start: number, words: Uint32Array, at: number): number {
	const high = words[at + StatWord.SIZE_HIGH] ?? 0;
	const low = words[at + StatWord.SIZE_LOW] ?? 0;
	if (high !== 0 || low >= SIZE_TOO_WIDE) {
		const text = String((BigInt(high) << 32n) | BigInt(low));
		return start + bytes.write(text, start, "latin1");
	}
	/* Not String(), since V8 caches the texts of thousands of numbers: MiBs for a large directory. */
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
function modeText(mode: number): string {
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
