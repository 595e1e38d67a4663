/*
 * The directory that a rooted session sees as "/". Converts paths between the client's
 * view and the system's.
 */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { fromBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { SLASH, TOP } from "../posix/path.ts";
import { StatBuffer } from "../posix/stat.ts";
import { DirectNamespace } from "./direct.ts";
import { Realpath } from "./realpath.ts";

/** `.` and `..` as components. */
const DOTS = /(^|\/)\.\.?(\/|$)/;

/** How often a path is compared again with a root that moves at the same time. */
const ATTEMPTS_MAX = 8;

export class RootDirectory {
	/** An O_PATH descriptor. */
	readonly fd: number;
	/** Leads to it; its text is the root's present path. */
	readonly #link: Buffer;
	/* Scratch space, valid within one call only. */
	readonly #path = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #stat = new StatBuffer();
	readonly #other = new StatBuffer();

	/** Takes over the descriptor. */
	constructor(fd: number) {
		this.fd = fd;
		this.#link = Buffer.from(`/proc/self/fd/${fd}`);
	}

	/** Whether a descriptor refers to the root itself. */
	isSame(fd: number): boolean {
		return (
			addon.fstat(this.fd, this.#stat.words) >= 0 &&
			addon.fstat(fd, this.#other.words) >= 0 &&
			this.#stat.isSameFile(this.#other)
		);
	}

	/**
	 * Puts the working directory's path from the root at the start of `to`; returns its
	 * length, or -ENOENT if the working directory was removed or is outside.
	 */
	pathOfWorkingDirectory(to: Buffer): number {
		const path = this.#workingDirectory;
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const length = addon.getcwd(path, 0, path.length);
			if (length < 0) return length;
			const inside = this.clientPath(path.subarray(0, length));
			if (inside !== undefined) return inside.copy(to);
		}
		return -errno.ENOENT;
	}

	/** The client's view of a system path: the path from the root, or "/" if it is outside. */
	shown(path: Buffer): Buffer {
		const named = this.clientPath(path);
		if (named !== undefined && !DOTS.test(fromBytes(named))) return named;
		const resolved = new Realpath(new DirectNamespace()).resolve(path);
		return (typeof resolved === "number" ? undefined : this.clientPath(resolved)) ?? TOP;
	}

	/**
	 * Converts an absolute path without links to a path from the root; undefined if it is
	 * outside. Compares it with the root's present path, since the root may have moved,
	 * even into a directory with its old name.
	 */
	clientPath(path: Buffer): Buffer | undefined {
		const root = this.#presentPath();
		return root && within(root, path);
	}

	/** Converts a path from the root, absolute and without links, to a system path; undefined if the root has none. */
	systemPath(path: Buffer): Buffer | undefined {
		const root = this.#presentPath();
		if (root === undefined || root.length === 1) return root && path;
		return path.length === 1 ? Buffer.from(root) : Buffer.concat([root, path]);
	}

	/** The root's path: absolute and without links. Valid until the next call. */
	#presentPath(): Buffer | undefined {
		const path = this.#path;
		const length = addon.readlinkAt(AT_FDCWD, this.#link, 0, this.#link.length, path, 0, path.length);
		return length < 0 || length === path.length ? undefined : path.subarray(0, length);
	}
}

/** The path from `root` of a path inside it; both are absolute and have no trailing slash unless they are "/". */
function within(root: Buffer, path: Buffer): Buffer | undefined {
	if (root.length === 1) return path;
	if (path.compare(root, 0, root.length, 0, Math.min(root.length, path.length)) !== 0) return undefined;
	if (path.length === root.length) return TOP;
	return path[root.length] === SLASH ? path.subarray(root.length) : undefined;
}
