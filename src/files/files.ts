/*
 * The file system as a session's operations see it: one interface for names, attributes
 * and contents. Paths go through the session's namespace. Operations don't know whether
 * READs and STATs were prefetched on slow storage, and how READ's bytes reach the output.
 * Results are >= 0 or -errno.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { pendingSignal } from "../posix/signals.ts";
import { type FileType, StatBuffer } from "../posix/stat.ts";
import type { Reply } from "../wire/replies.ts";
import type { U64 } from "../wire/u64.ts";
import { changeMode } from "./change-mode.ts";
import type { DataPort, PrefetchedResults } from "./data-port.ts";
import { ExclusiveOpener } from "./exclusive-open.ts";
import { NameCalls } from "./name-calls.ts";
import {
	CHANGE,
	CHANGE_LINK,
	LOOK,
	LOOK_AT_LINK,
	type NameChanges,
	type Namespace,
	type Opened,
	READ_LINK,
	Target,
} from "./namespace.ts";
import { type NewFiles, UNFORCED } from "./new-files.ts";
import { OpenDirectory } from "./open-directory.ts";
import { OpenFile, Writers } from "./open-file.ts";
import { mayChange } from "./open-flags.ts";
import { Realpath } from "./realpath.ts";

const { O_CREAT } = constants;
/** The high word of the largest size, 2^63 - 1. */
const MAX_HIGH = 0x7fff_ffff;

/** The longest target of a link; longer ones are truncated (sftp-server.c process_readlink). */
const LINK_TARGET_MAX = 4095;

export class Files {
	readonly #namespace: Namespace;
	readonly #data: DataPort;
	readonly #prefetched: PrefetchedResults;
	/** Opens with O_CREAT; undefined if the namespace does it. */
	readonly #creating: ExclusiveOpener | undefined;
	readonly #writers = new Writers();
	readonly #opened: Opened = { changeable: false };
	readonly #target = new Target();
	/** Work space of `readlink`: a buffer for each request took READLINKs 30 % of their rate. */
	#linkTarget: Buffer | undefined;
	#realpath: Realpath | undefined;
	/** Creates, renames and removes names. */
	readonly names: NameChanges;
	/** The result of the last `stat`. */
	readonly attributes = new StatBuffer();
	/** The reply with these attributes, created once, since clients send thousands of STATs. */
	readonly attributesReply: Reply = { kind: "attrs", words: this.attributes.words };

	/** @param newFiles the same as the namespace's, if it changes names itself */
	constructor(
		namespace: Namespace,
		data: DataPort,
		prefetched: PrefetchedResults,
		newFiles: NewFiles = UNFORCED,
	) {
		this.#namespace = namespace;
		this.#data = data;
		this.#prefetched = prefetched;
		this.names = namespace.changes ?? new NameCalls(namespace, newFiles);
		this.#creating =
			newFiles.forcesFiles && namespace.changes === undefined
				? new ExclusiveOpener(namespace, newFiles)
				: undefined;
	}

	/** Looks up STAT's or LSTAT's path, a range of the input; the result is in `attributes`. */
	stat(input: Buffer, start: number, length: number, follow: boolean): number {
		const { words } = this.attributes;
		if (this.#prefetched.left > 0) return this.#prefetched.takeStat(words);
		return this.#namespace.stat(input, start, length, follow, words);
	}

	/** Call this after a run of `stat`, before any other request and before more input is read. */
	endStats(): void {
		this.#namespace.forgetDirectories?.();
	}

	/** stat(2), or lstat(2) unless `follow`, of any path. */
	lookUp(path: Buffer, follow: boolean, stat: StatBuffer): number {
		const target = this.#target;
		const found = this.#namespace.find(path, follow ? LOOK : LOOK_AT_LINK, target);
		if (found < 0) return found;
		const result = addon.statAt(
			target.directory,
			target.path,
			0,
			target.path.length,
			follow ? 1 : 0,
			stat.words,
		);
		target.release();
		return result;
	}

	/**
	 * Opens OPEN's path, a range of the input, with open(2) flags; the umask applies to
	 * `mode`. Returns the open file, or -errno.
	 */
	open(input: Buffer, start: number, length: number, flags: number, mode: number): OpenFile | number {
		if (mayChange(flags)) this.#data.settle();
		const creating = (flags & O_CREAT) === 0 ? undefined : this.#creating;
		const fd =
			creating === undefined
				? this.#namespace.open(input, start, length, flags, mode, this.#opened)
				: creating.open(input.subarray(start, start + length), flags, mode, this.#opened);
		if (fd < 0) return fd;
		const path = Buffer.from(input.subarray(start, start + length));
		return new OpenFile(path, fd, flags, this.#opened.changeable, this.#writers);
	}

	openDirectory(path: Buffer): OpenDirectory | number {
		const fd = this.#namespace.openDirectory(path);
		const { verbatim, entries, places } = this.#namespace;
		return fd < 0 ? fd : new OpenDirectory(Buffer.from(path), fd, { verbatim, filter: entries, places });
	}

	/** As DataPort.read. */
	read(file: OpenFile, offset: U64, length: number): number {
		if (this.#prefetched.left > 0) {
			const result = this.#prefetched.takeRead();
			/* pread may fail with these where OpenSSH's seek and read succeed; only one request at a time can seek. */
			if (result !== -errno.EINVAL && result !== -errno.ESPIPE) return result;
		}
		return this.#data.read(file, offset, length, this.#writers.count === 0);
	}

	/**
	 * Writes a range of a Buffer, at the file's end if it appends. Continues short
	 * writes. Returns `length`, or -errno of the write that failed.
	 */
	write(file: OpenFile, offset: U64, from: Buffer, start: number, length: number): number {
		let done = 0;
		for (;;) {
			const result = file.appends
				? addon.write(file.fd, from, start + done, length - done)
				: addon.pwrite(file.fd, from, start + done, length - done, offset.high, offset.low);
			if (result === -errno.EINTR && pendingSignal() === 0) continue;
			if (result < 0) return result;
			done += result;
			/* A zero-length write can still fail, so it is made. */
			if (done === length) return length;
			/* Some devices take nothing at their end, as /dev/vcs. */
			if (result === 0) return -errno.EIO;
			offset.add(result);
		}
	}

	/** Whether the client has gone away; for requests that can take very long. */
	clientHasGone(): boolean {
		return this.#data.readerHasGone();
	}

	/** Sets the size of an open file. */
	truncateOpen(file: OpenFile, { high, low }: U64): number {
		if (!file.changeable) return -errno.EACCES;
		this.#data.settle();
		return addon.ftruncate(file.fd, high, low);
	}

	truncate(path: Buffer, { high, low }: U64): number {
		/* As truncate(2), which checks the size before the path. */
		if (high > MAX_HIGH) return -errno.EINVAL;
		this.#data.settle();
		return this.#on(path, CHANGE, (at) =>
			addon.truncateAt(at.directory, at.path, 0, at.path.length, high, low),
		);
	}

	/**
	 * chmod of a link itself fails: Linux has none (EOPNOTSUPP).
	 *
	 * @param type the only type of file whose mode may be changed: of any other -EAGAIN
	 */
	chmod(path: Buffer, mode: number, follow: boolean, type?: FileType): number {
		return this.#on(path, follow ? CHANGE : CHANGE_LINK, (at) => changeMode(at, mode, follow, type));
	}

	/** Times are whole seconds. */
	utimes(path: Buffer, atime: number, mtime: number, follow: boolean): number {
		return this.#on(path, follow ? CHANGE : CHANGE_LINK, (at) =>
			addon.utimesAt(at.directory, at.path, 0, at.path.length, atime, mtime, follow ? 1 : 0),
		);
	}

	/** An ID of 0xffffffff leaves the owner or the group unchanged. */
	chown(path: Buffer, uid: number, gid: number, follow: boolean): number {
		return this.#on(path, follow ? CHANGE : CHANGE_LINK, (at) =>
			addon.chownAt(at.directory, at.path, 0, at.path.length, uid, gid, follow ? 1 : 0),
		);
	}

	/** Returns the link's target, truncated to LINK_TARGET_MAX bytes and valid until the next call, or -errno. */
	readlink(path: Buffer): Buffer | number {
		this.#linkTarget ??= Buffer.allocUnsafeSlow(LINK_TARGET_MAX);
		const to = this.#linkTarget;
		const length = this.#on(path, READ_LINK, (at) =>
			addon.readlinkAt(at.directory, at.path, 0, at.path.length, to, 0, to.length),
		);
		return length < 0 ? length : to.subarray(0, length);
	}

	/** Eleven 64-bit fields in the order of struct statvfs, high words first. */
	statvfs(path: Buffer, words: Uint32Array): number {
		return this.#on(path, LOOK, (at) => addon.statvfsAt(at.directory, at.path, 0, at.path.length, words));
	}

	/** The canonical path as the client sees it, or -errno. */
	realpath(path: Buffer): Buffer | number {
		this.#realpath ??= new Realpath(this.#namespace);
		return this.#realpath.resolve(path);
	}

	/** Puts the working directory's path at the start of `to`; returns its length. */
	workingDirectory(to: Buffer): number {
		return this.#namespace.workingDirectory(to);
	}

	changeDirectory(path: Buffer): number {
		return this.#namespace.changeDirectory(path);
	}

	/** How an absolute path of the system is shown to the client. */
	shown(path: Buffer): Buffer {
		return this.#namespace.shown(path);
	}

	/** Whether paths may be passed to the system unchanged, bypassing this interface. */
	get verbatim(): boolean {
		return this.#namespace.verbatim;
	}

	#on(path: Buffer, intent: typeof LOOK, call: (target: Target) => number): number {
		const target = this.#target;
		const found = this.#namespace.find(path, intent, target);
		if (found < 0) return found;
		const result = call(target);
		target.release();
		return result;
	}
}
