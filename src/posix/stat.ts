/*
 * The words of a stat, which the addon writes into a StatBuffer or a directory record.
 * The first seven are the attributes for the client, in wire order (native/stat.c
 * stat_to_words).
 */
import { addon } from "./addon.ts";

/** Positions of the words. Times are whole seconds. */
export const StatWord = {
	SIZE_HIGH: 0,
	SIZE_LOW: 1,
	UID: 2,
	GID: 3,
	MODE: 4,
	/** Truncated to 32 bits, as on the wire. */
	ATIME: 5,
	MTIME_LOW: 6,
	MTIME_HIGH: 7,
	NLINK: 8,
	DEV_HIGH: 9,
	DEV_LOW: 10,
	INO_HIGH: 11,
	INO_LOW: 12,
} as const;

/** Words per stat; STAT_WORDS in native/addon.h. */
export const STAT_WORDS = 13;

/** File types in a mode (POSIX sys/stat.h; the same on every Linux). */
export const FileType = {
	MASK: 0o170000,
	FIFO: 0o010000,
	CHARACTER: 0o020000,
	DIRECTORY: 0o040000,
	BLOCK: 0o060000,
	REGULAR: 0o100000,
	SYMLINK: 0o120000,
	SOCKET: 0o140000,
} as const;

/** The bits of a mode that chmod(2) sets. */
export const MODE_BITS = 0o7777;
export const STICKY = 0o1000;

/** The S_IFMT bits of a mode. */
export type FileType = number;

/** The modification time in the stat at `at` in `words`, in seconds since 1970, possibly negative. */
export function mtimeSeconds(words: Uint32Array, at: number): number {
	const high = words[at + StatWord.MTIME_HIGH] ?? 0;
	return (high | 0) * 0x1_0000_0000 + (words[at + StatWord.MTIME_LOW] ?? 0);
}

/** Memory for one stat, owned by the caller of the system call. */
export class StatBuffer {
	readonly words = new Uint32Array(STAT_WORDS);

	/** The stat of an open file; zeros if it fails. */
	static of(fd: number): StatBuffer {
		const stat = new StatBuffer();
		addon.fstat(fd, stat.words);
		return stat;
	}

	/** The file's FileType. */
	get type(): FileType {
		return (this.words[StatWord.MODE] ?? 0) & FileType.MASK;
	}

	get uid(): number {
		return this.words[StatWord.UID] ?? 0;
	}

	/** Whether both stats are of the same file, by device and inode. */
	isSameFile(other: StatBuffer): boolean {
		for (let i: number = StatWord.DEV_HIGH; i <= StatWord.INO_LOW; i++)
			if (this.words[i] !== other.words[i]) return false;
		return true;
	}
}
