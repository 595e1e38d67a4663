/* A directory that a client holds open for reading its entries. */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { type DirectoryRecords, readDirectory, Unread } from "../posix/directory.ts";
import { NAME_MAX, PATH_MAX } from "../posix/limits.ts";
import { StatBuffer } from "../posix/stat.ts";
import type { Ending } from "./open-file.ts";

const SLASH = Buffer.from("/");
const NO_PREFIX = Buffer.alloc(0);

/** Decides which entries of a directory a listing shows, and may change what it shows of them. */
export interface EntryFilter {
	/** Leaves the others out of the first `count` records; returns how many are left. */
	keepSeen(directory: number, records: DirectoryRecords, count: number): number;
}

export class OpenDirectory {
	readonly kind = "directory";
	/** As the client named it; a copy, owned by the handle. */
	readonly path: Buffer;
	readonly fd: number;
	/** The path with a slash at its end; empty when names are looked up in the directory itself. */
	readonly #prefix: Buffer;
	readonly #filter: EntryFilter | undefined;
	readonly #unread = new Unread();
	#finished = false;

	/**
	 * Takes over the descriptor.
	 *
	 * @param verbatim whether the system knows the directory by this path
	 */
	constructor(path: Buffer, fd: number, verbatim: boolean, filter?: EntryFilter) {
		this.#filter = filter;
		this.path = path;
		this.fd = fd;
		/* No second slash when the path is exactly "/" (sftp-server.c process_readdir). */
		const isRoot = path.length === 1 && path[0] === SLASH[0];
		this.#prefix = verbatim ? (isRoot ? path : Buffer.concat([path, SLASH])) : NO_PREFIX;
	}

	/**
	 * Reads the next entries, `.` and `..` among them, each looked up at the
	 * directory's path followed by its name. Returns their number, as readDirectory.
	 */
	read(to: DirectoryRecords): number {
		for (;;) {
			const prefix = this.#isStillThere() ? NO_PREFIX : this.#prefix;
			const count = readDirectory(this.fd, prefix, this.#unread, to);
			if (count === 0 || this.#filter === undefined) return count;
			const kept = this.#filter.keepSeen(this.fd, to, count);
			/* Nothing left of some entries is not the end of the directory. */
			if (kept > 0) return kept;
		}
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
