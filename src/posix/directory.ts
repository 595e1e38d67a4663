/*
 * Reads an open directory, many entries with their lstat in one call. A reader
 * belongs to one open directory; the records of the last call are shared.
 */
import { addon, registers } from "./addon.ts";
import { pathsAreDirect, stat } from "./files.ts";
import { identityOf, STAT_WORDS } from "./stat.ts";

const PATH_MAX = 4096;
/** Longest name (POSIX NAME_MAX, the same on every Linux). */
export const NAME_MAX_BYTES = 255;
const SLASH = Buffer.from("/");
const NO_PREFIX = Buffer.alloc(0);

/** What getdents64 fills at a time, as readdir(3) has it, and the addon's header. */
const BLOCK_BYTES = 8 + 32 * 1024;

/** A record: the stat's words, the name's length, the name of up to 255 bytes. */
export const NAME_LENGTH_WORD = STAT_WORDS;
const HEADER_WORDS = STAT_WORDS + 1;
const RECORD_MAX_BYTES = 4 * HEADER_WORDS + 256;

/** Most entries that one call reads: OpenSSH sends 100 in a reply. */
export const ENTRIES_PER_CALL = 100;

/** Entries with their stats, one record behind the other, from word 0 on. */
export interface DirectoryRecords {
	readonly bytes: Buffer;
	/** The same memory. */
	readonly words: Uint32Array;
}

/** Where the name of the record at word `at` starts, as an index into the bytes. */
export function nameStart(at: number): number {
	return 4 * (at + HEADER_WORDS);
}

/** The word at which the record behind that one starts. */
export function nextRecord(at: number, nameLength: number): number {
	return (nameStart(at) + nameLength + 3) >>> 2;
}

const bytes = Buffer.allocUnsafeSlow(ENTRIES_PER_CALL * RECORD_MAX_BYTES);

/** Those of the last `read`, shared by all readers. */
export const records: DirectoryRecords = { bytes, words: new Uint32Array(bytes.buffer) };

export class DirectoryReader {
	readonly #fd: number;
	/** The path with a slash at its end. */
	readonly #prefix: Buffer;
	readonly #block = Buffer.alloc(BLOCK_BYTES);

	/** `fd` stays the caller's; `path` is the one it was opened at. */
	constructor(fd: number, path: Buffer) {
		this.#fd = fd;
		/* No slash more when the path is exactly "/" (sftp-server.c process_readdir). */
		this.#prefix = path.toString("latin1") === "/" ? path : Buffer.concat([path, SLASH]);
	}

	/**
	 * Reads up to ENTRIES_PER_CALL entries, `.` and `..` among them, each looked up
	 * at the directory's path followed by its name; those that are not found there
	 * are left out. Returns their number: 0 at the end, and on an error. They are in
	 * `records`.
	 */
	read(): number {
		const prefix = this.#stillThere() ? NO_PREFIX : this.#prefix;
		return addon.readDirectory(this.#fd, prefix, 0, prefix.length, this.#block, bytes, ENTRIES_PER_CALL);
	}

	/**
	 * Whether the path still leads to the open directory. If so, names can be
	 * looked up in it directly, which saves the kernel the walk along the path. Where
	 * paths are confined they always are: the path may lead outside by now.
	 */
	#stillThere(): boolean {
		if (!pathsAreDirect()) return true;
		if (this.#prefix.length + NAME_MAX_BYTES >= PATH_MAX) return false;
		if (stat(this.#prefix, 0, this.#prefix.length) < 0) return false;
		const atPath = identityOf(registers);
		if (addon.fstat(this.#fd) < 0) return false;
		const opened = identityOf(registers);
		return atPath.dev === opened.dev && atPath.ino === opened.ino;
	}
}
