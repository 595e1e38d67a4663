/*
 * The records of directory entries, many with their lstat from one call
 * (native/directories.c), and room for them.
 */
import { addon } from "./addon.ts";
import { NAME_MAX } from "./limits.ts";
import { STAT_WORDS } from "./stat.ts";

/** What getdents64 fills at a time, as in readdir(3), and the addon's header. */
export const BLOCK_BYTES = 8 + 32 * 1024;

/** A record: the stat's words, the name's length, the name of up to 255 bytes. */
export const NAME_LENGTH_WORD = STAT_WORDS;
const HEADER_WORDS = STAT_WORDS + 1;
const RECORD_MAX_BYTES = 4 * HEADER_WORDS + NAME_MAX + 1;

/** Most entries that one call reads: OpenSSH sends 100 in a reply. */
export const ENTRIES_PER_CALL = 100;

/** Room for the entries of one call, one record after the other, from word 0 on. */
export class DirectoryRecords {
	readonly bytes = Buffer.allocUnsafeSlow(ENTRIES_PER_CALL * RECORD_MAX_BYTES);
	/** The same memory. */
	readonly words = new Uint32Array(this.bytes.buffer);
}

/** Where the name of the record at word `at` starts, as an index into the bytes. */
export function nameStart(at: number): number {
	return 4 * (at + HEADER_WORDS);
}

/** The word at which the record after that one starts. */
export function nextRecord(at: number, nameLength: number): number {
	return (nameStart(at) + nameLength + 3) >>> 2;
}

/**
 * Reads up to ENTRIES_PER_CALL entries of an open directory, each looked up at
 * `prefix` followed by its name, or in the directory itself when that is empty.
 * Entries that are not found there are left out. Returns their number: 0 at the
 * end, and on an error. `block` keeps the position between calls, BLOCK_BYTES of
 * zeros at first.
 */
export function readDirectory(fd: number, prefix: Buffer, block: Buffer, to: DirectoryRecords): number {
	return addon.readDirectory(fd, prefix, 0, prefix.length, block, to.bytes, ENTRIES_PER_CALL);
}
