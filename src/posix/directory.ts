/*
 * Reads an open directory, many entries with their lstat in one call. A reader
 * belongs to one open directory; the records of the last call are shared.
 */
import { addon, registers } from "./addon.ts";
import { pathsAreDirect, stat } from "./files.ts";
import { identityOf, STAT_WORDS } from "./stat.ts";

const PATH_MAX = 4096;
const NAME_MAX_BYTES = 255;
const SLASH = Buffer.from("/");
const NO_PREFIX = Buffer.alloc(0);

/** What getdents64 fills at a time, as readdir(3) has it, and the addon's header. */
const BLOCK_BYTES = 8 + 32 * 1024;

/** A record: the stat's words, the name's length, the name of up to 255 bytes. */
const NAME_LENGTH_WORD = STAT_WORDS;
const HEADER_WORDS = STAT_WORDS + 1;
const RECORD_MAX_BYTES = 4 * HEADER_WORDS + 256;

/** Most entries that one call reads: OpenSSH sends 100 in a reply. */
export const ENTRIES_PER_CALL = 100;

/* Shared by all readers: valid until any of them reads again. */
const records = Buffer.allocUnsafeSlow(ENTRIES_PER_CALL * RECORD_MAX_BYTES);
const words = new Uint32Array(records.buffer);

/** The entries of the last call, one at a time. */
export interface DirectoryRecord {
	/** The stat's words start at `at` in `words`. */
	readonly words: Uint32Array;
	at: number;
	/** The name: `length` bytes at `start` in `bytes`. */
	readonly bytes: Buffer;
	start: number;
	length: number;
}

export class DirectoryReader {
	readonly #fd: number;
	/** The path with a slash at its end. */
	readonly #prefix: Buffer;
	readonly #block = Buffer.alloc(BLOCK_BYTES);
	readonly record: DirectoryRecord = { words, at: 0, bytes: records, start: 0, length: 0 };

	/** `fd` stays the caller's; `path` is the one it was opened at. */
	constructor(fd: number, path: Buffer) {
		this.#fd = fd;
		/* No slash more when the path is exactly "/" (sftp-server.c process_readdir). */
		this.#prefix = path.toString("latin1") === "/" ? path : Buffer.concat([path, SLASH]);
	}

	/**
	 * Reads up to ENTRIES_PER_CALL entries, `.` and `..` among them, each looked up
	 * at the directory's path followed by its name; those that are not found there
	 * are left out. Returns their number: 0 at the end, and on an error. Then
	 * `first` and `next` go through them.
	 */
	read(): number {
		const prefix = this.#stillThere() ? NO_PREFIX : this.#prefix;
		return addon.readDirectory(this.#fd, prefix, 0, prefix.length, this.#block, records, ENTRIES_PER_CALL);
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

	first(): DirectoryRecord {
		return this.#load(0);
	}

	next(): DirectoryRecord {
		const { start, length } = this.record;
		return this.#load((start + length + 3) >>> 2);
	}

	#load(at: number): DirectoryRecord {
		const { record } = this;
		record.at = at;
		record.start = 4 * (at + HEADER_WORDS);
		record.length = words[at + NAME_LENGTH_WORD] ?? 0;
		return record;
	}
}
