/* A directory that a client holds open for reading its entries. */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { type DirectoryRecords, parentRecord, readDirectory, Unread } from "../posix/directory.ts";
import { errno } from "../posix/errno.ts";
import { NAME_MAX, PATH_MAX } from "../posix/limits.ts";
import { STAT_WORDS, StatBuffer } from "../posix/stat.ts";
import type { Ending } from "./open-file.ts";

const SLASH = Buffer.from("/");
const NO_PREFIX = Buffer.alloc(0);

/** Decides which entries of a directory a listing shows, and may change their attributes. */
export interface EntryFilter {
	/** Removes hidden entries from the first `count` records; returns how many remain. */
	keepVisible(directory: number, records: DirectoryRecords, count: number): number;
}

/** Where the entries of open directories are looked up, if not by the system at their paths. */
export interface EntryPlaces {
	/**
	 * Opens (O_PATH) the directory at the path; -errno if there is none. The
	 * caller closes it. Absent where entries are looked up in the open directory.
	 */
	openPlace?(path: Buffer): number;
	/** stat of what `..` is in the directory at the path. */
	statParent(path: Buffer, words: Uint32Array): number;
}

/** How a namespace looks up entries. */
export interface EntryRules {
	/** Whether the system knows the directory by its path. */
	readonly verbatim: boolean;
	readonly filter?: EntryFilter | undefined;
	readonly places?: EntryPlaces | undefined;
}

export class OpenDirectory {
	readonly kind = "directory";
	/** As the client named it; a copy, owned by the handle. */
	readonly path: Buffer;
	readonly fd: number;
	/** The path with a slash at its end; empty when names are looked up in the directory itself. */
	readonly #prefix: Buffer;
	readonly #filter: EntryFilter | undefined;
	readonly #places: EntryPlaces | undefined;
	readonly #unread = new Unread();
	/** `..` has been read. */
	#parentSeen = false;
	/** Nothing is left to read. */
	#atEnd = false;
	#finished = false;

	/**
	 * Takes over the descriptor.
	 */
	constructor(path: Buffer, fd: number, { verbatim, filter, places }: EntryRules) {
		this.#filter = filter;
		this.#places = places;
		this.path = path;
		this.fd = fd;
		/* No second slash when the path is exactly "/" (sftp-server.c process_readdir). */
		const isRoot = path.length === 1 && path[0] === SLASH[0];
		this.#prefix = verbatim ? (isRoot ? path : Buffer.concat([path, SLASH])) : NO_PREFIX;
	}

	/**
	 * Reads the next entries, including `.` and `..`. Each is looked up at the directory's
	 * path followed by its name. Returns their number, like readDirectory, or -errno if the
	 * system lacks what the look-up takes.
	 */
	read(to: DirectoryRecords): number {
		for (;;) {
			const count = this.#places === undefined ? this.#readNames(to) : this.#readIn(this.#places, to);
			if (count <= 0 || this.#filter === undefined) return count;
			const kept = this.#filter.keepVisible(this.fd, to, count);
			/* When all entries of a block are hidden, the directory may still have more. */
			if (kept > 0) return kept;
		}
	}

	#readNames(to: DirectoryRecords): number {
		const prefix = this.#isStillThere() ? NO_PREFIX : this.#prefix;
		return readDirectory(this.fd, this.fd, prefix, this.#unread, to);
	}

	#readIn(places: EntryPlaces, to: DirectoryRecords): number {
		if (this.#atEnd) return 0;
		const place = places.openPlace === undefined ? this.fd : places.openPlace(this.path);
		/* The listing is not complete, which a client that removes what it misses must know. */
		if (isShortage(place)) return place;
		/* If the path leads to no directory, no entry is found, and sftp-server.c process_readdir reads to the end. */
		const count = place < 0 ? 0 : readDirectory(this.fd, place, NO_PREFIX, this.#unread, to);
		if (place >= 0 && place !== this.fd) addon.close(place);
		this.#atEnd = count === 0;
		const parent = this.#parentSeen ? undefined : parentRecord(to, count);
		if (parent !== undefined) {
			this.#parentSeen = true;
			/* The directory's parent in the system may be outside what the client sees. */
			const words = to.words.subarray(parent, parent + STAT_WORDS);
			if (places.statParent(this.path, words) < 0) addon.fstat(this.fd, words);
		}
		return count;
	}

	/**
	 * Whether the path still leads to the open directory. If so, names are looked up
	 * in it directly, which saves the kernel the walk along the path.
	 */
	#isStillThere(): boolean {
		const prefix = this.#prefix;
		if (prefix.length === 0) return true;
		if (prefix.length + NAME_MAX >= PATH_MAX) return false;
		const atPath = new StatBuffer();
		const opened = new StatBuffer();
		if (addon.statAt(AT_FDCWD, prefix, 0, prefix.length, 1, atPath.words) < 0) return false;
		return addon.fstat(this.fd, opened.words) >= 0 && atPath.isSameFile(opened);
	}

	/** Closes the descriptor: close(2)'s result. Throws the second time. */
	finish(_ending: Ending): number {
		if (this.#finished) throw new Error("a directory is finished twice");
		this.#finished = true;
		return addon.close(this.fd);
	}
}

/** Whether a call failed because the process or the system has too little of something. */
function isShortage(result: number): boolean {
	return result === -errno.EMFILE || result === -errno.ENFILE || result === -errno.ENOMEM;
}
