/*
 * A file that a client holds open. Its rights were decided when it was opened. It is
 * finished exactly once, however the session ends.
 */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import type { U64 } from "../wire/u64.ts";
import { appends, writable } from "./open-flags.ts";

/** How a handle ends: by CLOSE, or with the session. */
export type Ending = "close" | "lost";

/** The open files through which the client could change a file. */
export class Writers {
	count = 0;
}

export class OpenFile {
	readonly kind = "file";
	/** As the client named it; a copy, owned by the handle. */
	readonly path: Buffer;
	readonly fd: number;
	/** For the duration in the log; milliseconds since 1970. */
	readonly openedAtMs = Date.now();
	readonly writable: boolean;
	/** Writes go to the end whatever their offset. */
	readonly appends: boolean;
	/** Whether attributes may be changed through it. */
	readonly changeable: boolean;
	bytesRead = 0;
	bytesWritten = 0;
	/** False once splicing the file's pages has failed. */
	spliceable = true;
	/** Whether the last READ got all the bytes it asked for, so that another one is likely. */
	readInFull = false;
	readonly #writers: Writers;
	#finished = false;

	/** Takes over the descriptor, opened with these open(2) flags. */
	constructor(path: Buffer, fd: number, flags: number, changeable: boolean, writers: Writers) {
		this.path = path;
		this.fd = fd;
		this.writable = writable(flags);
		this.appends = appends(flags);
		this.changeable = changeable;
		this.#writers = writers;
		if (this.writable) writers.count++;
	}

	/** Moves the file's position. OpenSSH's server seeks before each READ and WRITE, and fails if that fails. */
	seek(offset: U64): number {
		return addon.lseek(this.fd, offset.high, offset.low);
	}

	stat(words: Uint32Array): number {
		return addon.fstat(this.fd, words);
	}

	statvfs(words: Uint32Array): number {
		return addon.fstatvfs(this.fd, words);
	}

	sync(): number {
		return addon.fsync(this.fd);
	}

	chmod(mode: number): number {
		return this.changeable ? addon.fchmod(this.fd, mode) : -errno.EACCES;
	}

	/** Times are whole seconds. */
	utimes(atime: number, mtime: number): number {
		return this.changeable ? addon.futimes(this.fd, atime, mtime) : -errno.EACCES;
	}

	chown(uid: number, gid: number): number {
		return this.changeable ? addon.fchown(this.fd, uid, gid) : -errno.EACCES;
	}

	/** Closes the descriptor: close(2)'s result. Throws the second time. */
	finish(_ending: Ending): number {
		if (this.#finished) throw new Error("a file is finished twice");
		this.#finished = true;
		if (this.writable) this.#writers.count--;
		return fast.close(this.fd);
	}
}
