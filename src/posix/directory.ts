/*
 * Records of directory entries with their lstats. One call reads many of them
 * (native/directories.c).
 */
import { addon } from "./addon.ts";
import { NAME_MAX } from "./limits.ts";
import { DOT } from "./path.ts";
import { STAT_WORDS } from "./stat.ts";

/** Two words before the entries: the start of the first unread one, and the end of all. */
const HEADER_BYTES = 8;
/** The buffer of one getdents64, as large as in readdir(3), and the header. */
const BLOCK_BYTES = HEADER_BYTES + 32 * 1024;

/** Shared by all directories; each one's unread entries are kept in its Unread. */
const block = Buffer.alloc(BLOCK_BYTES);
const header = new Uint32Array(block.buffer, block.byteOffset, 2);

/** Entries that were read from a directory but not returned yet. */
export class Unread {
	#entries: Buffer | undefined;

	/** Copies them to the block. */
	load(): void {
		header[0] = 0;
		header[1] = this.#entries?.copy(block, HEADER_BYTES) ?? 0;
	}

	/** Keeps the rest of the block. */
	save(): void {
		const [position = 0, end = 0] = header;
		if (position >= end) {
			this.#entries = undefined;
			return;
		}
		this.#entries = Buffer.allocUnsafeSlow(end - position);
		block.copy(this.#entries, 0, HEADER_BYTES + position, HEADER_BYTES + end);
	}
}

/** A record: the stat's words, the name's length, the name of up to 255 bytes. */
export const NAME_LENGTH_WORD = STAT_WORDS;
const HEADER_WORDS = STAT_WORDS + 1;
const RECORD_MAX_BYTES = 4 * HEADER_WORDS + NAME_MAX + 1;

/** The most entries that one call reads: OpenSSH sends 100 in a reply. */
export const ENTRIES_PER_CALL = 100;

/** Room for the entries of one call, one record after the other, from word 0 on. */
export class DirectoryRecords {
	readonly bytes = Buffer.allocUnsafeSlow(ENTRIES_PER_CALL * RECORD_MAX_BYTES);
	/** The same memory. */
	readonly words = new Uint32Array(this.bytes.buffer);
}

/** The start of the name in the record at word `at`, as an index into the bytes. */
export function nameStart(at: number): number {
	return 4 * (at + HEADER_WORDS);
}

/** The word at which the record after that one starts. */
export function nextRecord(at: number, nameLength: number): number {
	return (nameStart(at) + nameLength + 3) >>> 2;
}

/** The word at which the record of `..` starts, if it is among the first `count`. */
export function parentRecord({ bytes, words }: DirectoryRecords, count: number): number | undefined {
	let at = 0;
	for (let i = 0; i < count; i++) {
		const length = words[at + NAME_LENGTH_WORD] ?? 0;
		const name = nameStart(at);
		if (length === 2 && bytes[name] === DOT && bytes[name + 1] === DOT) return at;
		at = nextRecord(at, length);
	}
	return undefined;
}

/**
 * Reads up to ENTRIES_PER_CALL entries of an open directory. Each is looked up at
 * `prefix` followed by its name or, if `prefix` is empty, in the directory `place`.
 * Entries that are not found are left out. Returns their number: 0 at the end, and on an
 * error. `unread` must be the same in all calls for a directory.
 */
export function readDirectory(
	fd: number,
	place: number,
	prefix: Buffer,
	unread: Unread,
	to: DirectoryRecords,
): number {
	unread.load();
	const count = addon.readDirectory(fd, place, prefix, 0, prefix.length, block, to.bytes, ENTRIES_PER_CALL);
	unread.save();
	return count;
}
