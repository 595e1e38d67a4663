/*
 * Finds the location of an open descriptor's file by its link in /proc/self/fd: a path
 * without links, which follows renames.
 */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, toBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_DIRECTORY, O_PATH_NOFOLLOW, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { SLASH } from "../posix/path.ts";
import { StatBuffer } from "../posix/stat.ts";
import { openPastLease } from "./lease.ts";

const LINKS = Buffer.from("/proc/self/fd");
const DELETED = " (deleted)";

/** How the client names a path of the system; undefined if it has no name for it. */
export type ClientView = (path: ByteString) => ByteString | undefined;

export class Locator {
	/** A descriptor of /proc/self/fd. */
	readonly links: number;
	readonly #view: ClientView;
	/* Scratch space, valid within one call only. */
	readonly #text = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #stat = new StatBuffer();
	readonly #other = new StatBuffer();

	private constructor(links: number, view: ClientView) {
		this.links = links;
		this.#view = view;
	}

	/** Returns -errno if there is no /proc. */
	static open(view: ClientView): Locator | number {
		const links = addon.openAt(AT_FDCWD, LINKS, 0, LINKS.length, O_PATH_DIRECTORY, 0);
		return links < 0 ? links : new Locator(links, view);
	}

	/**
	 * The path from the client's "/". Returns -ENOENT if the file's name was removed,
	 * -EACCES if the file is outside the client's tree.
	 */
	pathOf(fd: number): ByteString | number {
		const name = Buffer.from(String(fd));
		const length = addon.readlinkAt(this.links, name, 0, name.length, this.#text, 0, this.#text.length);
		return length < 0 ? length : this.pathIn(this.#text, length, fd);
	}

	/** Like `pathOf`, for link text that was already read. Without a descriptor, returns -EAGAIN if the name may have been removed. */
	pathIn(text: Buffer, length: number, fd?: number): ByteString | number {
		if (length >= PATH_MAX) return -errno.ENAMETOOLONG;
		/* Pipes, and files outside the process's root. */
		if (text[0] !== SLASH) return -errno.EACCES;
		const path = fromBytes(text.subarray(0, length));
		if (path.endsWith(DELETED)) {
			if (fd === undefined) return -errno.EAGAIN;
			const there = this.#isNameOf(path, fd);
			if (there < 0) return there;
		}
		return this.#view(path) ?? -errno.EACCES;
	}

	/** Reopens a descriptor's file with other open(2) flags, as openWithoutWaitingAt does. */
	reopen(fd: number, flags: number): number {
		const name = Buffer.from(String(fd));
		return openPastLease(() => addon.openWithoutWaitingAt(this.links, name, 0, name.length, flags, 0));
	}

	/** 0 if the path really is a name of the descriptor's file, since a name may end in " (deleted)"; -ENOENT if not. */
	#isNameOf(path: ByteString, fd: number): number {
		const bytes = toBytes(path);
		const found = addon.openat2(AT_FDCWD, bytes, 0, bytes.length, O_PATH_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
		if (found < 0) return found;
		const looked = Math.min(addon.fstat(found, this.#stat.words), addon.fstat(fd, this.#other.words));
		addon.close(found);
		if (looked < 0) return looked;
		return this.#stat.isSameFile(this.#other) ? 0 : -errno.ENOENT;
	}
}
