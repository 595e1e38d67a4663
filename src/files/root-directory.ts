/*
 * The directory that a rooted session sees as "/": its descriptor, and the
 * system paths of it and of files inside it.
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

/** Components that lead elsewhere than their names say. */
const DOTS = /(^|\/)\.\.?(\/|$)/;

export class RootDirectory {
	/** An O_PATH descriptor. */
	readonly fd: number;
	/** Its path: absolute, without links. Updated when the directory is renamed. */
	#path: Buffer;
	/* Work space; no call leaves anything in it that the next needs. */
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #stat = new StatBuffer();
	readonly #other = new StatBuffer();

	/** Takes over the descriptor. `path` is absolute and without links. */
	constructor(fd: number, path: Buffer) {
		this.fd = fd;
		this.#path = path;
	}

	/** Whether a descriptor stands for the root itself. */
	isSame(fd: number): boolean {
		return (
			addon.fstat(this.fd, this.#stat.words) >= 0 &&
			addon.fstat(fd, this.#other.words) >= 0 &&
			this.#stat.isSameFile(this.#other)
		);
	}

	/**
	 * Puts the path from the root of the process's working directory at the start of
	 * `to`; returns its length. -ENOENT if that is removed, or lies outside.
	 */
	pathOfWorkingDirectory(to: Buffer): number {
		const path = this.#workingDirectory;
		const length = addon.getcwd(path, 0, path.length);
		if (length < 0) return length;
		const inside =
			within(this.#path, path.subarray(0, length)) ??
			(this.#findAgain() ? within(this.#path, path.subarray(0, length)) : undefined);
		return inside === undefined ? -errno.ENOENT : inside.copy(to);
	}

	/** How the client sees a path of the system: from the root if it leads there, else as "/". */
	shown(path: Buffer): Buffer {
		const named = within(this.#path, path);
		if (named !== undefined && !DOTS.test(fromBytes(named))) return named;
		const resolved = new Realpath(new DirectNamespace()).resolve(path);
		return (typeof resolved === "number" ? undefined : within(this.#path, resolved)) ?? TOP;
	}

	/** The path from the root of an absolute path without links; undefined if it lies outside. */
	clientPath(path: Buffer): Buffer | undefined {
		return within(this.#path, path) ?? (this.#findAgain() ? within(this.#path, path) : undefined);
	}

	/** The path in the system of a path from the root that is absolute and without links. */
	systemPath(path: Buffer): Buffer {
		if (this.#path.length === 1) return path;
		return path.length === 1 ? this.#path : Buffer.concat([this.#path, path]);
	}

	/** Updates the root's path; false if it can't be determined. */
	#findAgain(): boolean {
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
