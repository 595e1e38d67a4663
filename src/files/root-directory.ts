/*
 * The directory that a rooted session sees as "/". Converts paths between the client's
 * view and the system's.
 */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { fromBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_DIRECTORY } from "../posix/openat2.ts";
import { HERE, SLASH, TOP } from "../posix/path.ts";
import { StatBuffer } from "../posix/stat.ts";
import { DirectNamespace } from "./direct.ts";
import { Realpath } from "./realpath.ts";

/** `.` and `..` as components. */
const DOTS = /(^|\/)\.\.?(\/|$)/;

export class RootDirectory {
	/** An O_PATH descriptor. */
	readonly fd: number;
	/** Its path: absolute, without links. Updated when the directory is renamed. */
	#path: Buffer;
	/** Leads to it; its text is the present path. */
	readonly #link: Buffer;
	/* Scratch space, valid within one call only. */
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #text = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #stat = new StatBuffer();
	readonly #other = new StatBuffer();

	/** Takes over the descriptor. `path` is absolute and without links. */
	constructor(fd: number, path: Buffer) {
		this.fd = fd;
		this.#path = path;
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
		const length = addon.getcwd(path, 0, path.length);
		if (length < 0) return length;
		const inside =
			within(this.#path, path.subarray(0, length)) ??
			(this.#updatePath() ? within(this.#path, path.subarray(0, length)) : undefined);
		return inside === undefined ? -errno.ENOENT : inside.copy(to);
	}

	/** The client's view of a system path: the path from the root, or "/" if it is outside. */
	shown(path: Buffer): Buffer {
		const named = within(this.#path, path);
		if (named !== undefined && !DOTS.test(fromBytes(named))) return named;
		const resolved = new Realpath(new DirectNamespace()).resolve(path);
		return (typeof resolved === "number" ? undefined : within(this.#path, resolved)) ?? TOP;
	}

	/**
	 * Converts the present path of an open file, without links, to a path from the root;
	 * undefined if it is outside. Rules of Access depend on it, so it is compared with the
	 * root's present path too: the root may have moved into a directory with its old name.
	 */
	clientPath(path: Buffer): Buffer | undefined {
		const text = this.#text;
		const length = addon.readlinkAt(AT_FDCWD, this.#link, 0, this.#link.length, text, 0, text.length);
		if (length < 0 || length === text.length) return undefined;
		return within(text.subarray(0, length), path);
	}

	/** Converts a path from the root, absolute and without links, to a system path. */
	systemPath(path: Buffer): Buffer {
		if (this.#path.length === 1) return path;
		return path.length === 1 ? this.#path : Buffer.concat([this.#path, path]);
	}

	/** Updates the root's path; false if it can't be determined. */
	#updatePath(): boolean {
		const here = addon.openat2(AT_FDCWD, HERE, 0, HERE.length, O_PATH_DIRECTORY, 0, 0);
		if (here < 0) return false;
		const path = Buffer.allocUnsafe(PATH_MAX);
		const length = addon.fchdir(this.fd) < 0 ? -1 : addon.getcwd(path, 0, path.length);
		addon.fchdir(here);
		addon.close(here);
		if (length < 0) return false;
		this.#path = Buffer.from(path.subarray(0, length));
		return true;
	}
}

/** The path from `root` of a path inside it; both are absolute and have no trailing slash unless they are "/". */
function within(root: Buffer, path: Buffer): Buffer | undefined {
	if (root.length === 1) return path;
	if (path.compare(root, 0, root.length, 0, Math.min(root.length, path.length)) !== 0) return undefined;
	if (path.length === root.length) return TOP;
	return path[root.length] === SLASH ? path.subarray(root.length) : undefined;
}
