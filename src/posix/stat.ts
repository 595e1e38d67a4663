/*
 * The words in which the addon leaves a stat: in the registers, or in a record
 * of a directory. The first ATTRS_WORDS of them are the attributes that go to
 * the client, in wire order (native/files.c stat_to_words).
 */

/** Positions of the words. Times are whole seconds. */
export const StatWord = {
	SIZE_HIGH: 0,
	SIZE_LOW: 1,
	UID: 2,
	GID: 3,
	MODE: 4,
	/** Cut to 32 bits, as the wire has it. */
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

/** What tells a file from every other on the system. */
export interface FileIdentity {
	readonly dev: bigint;
	readonly ino: bigint;
}

/** The identity of the file whose stat is in `words`. */
export function identityOf(words: Uint32Array): FileIdentity {
	const pair = (at: number): bigint => (BigInt(words[at] ?? 0) << 32n) | BigInt(words[at + 1] ?? 0);
	return { dev: pair(StatWord.DEV_HIGH), ino: pair(StatWord.INO_HIGH) };
}
