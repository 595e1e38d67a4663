/*
 * The canonical path of REALPATH and expand-path, as in OpenSSH's sftp-realpath.c:
 * like realpath(3), but the last component need not exist. `..` removes the last
 * component of what has been resolved so far.
 */
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { DOT, SLASH } from "../posix/path.ts";
import { FileType, StatBuffer } from "../posix/stat.ts";
import type { PathWalk } from "./namespace.ts";

/** The most links followed before ELOOP: by OpenSSH (OpenBSD's SYMLOOP_MAX, plus one because of its `>`), and by the kernel. */
const MAX_LINKS = 33;
const KERNEL_MAX_LINKS = 40;

/** Differences from OpenSSH's REALPATH. */
export interface RealpathRules {
	/** Resolves as the kernel does for a system call: only directories can have a path below them. */
	readonly asKernel?: true;
	/** As open(2) with O_CREAT: EISDIR if a slash follows the last component, unless that is a directory. */
	readonly creates?: boolean;
	/** Called for each link with its owner and its own path without links; EACCES if it returns false. */
	trusts?(owner: number, link: Buffer): boolean;
}

export class Realpath {
	readonly #walk: PathWalk;
	/* Work space; no call leaves anything in it that the next needs. */
	readonly #resolved = Buffer.alloc(PATH_MAX);
	readonly #left = Buffer.alloc(PATH_MAX);
	readonly #target = Buffer.alloc(PATH_MAX);
	readonly #stat = new StatBuffer();

	constructor(walk: PathWalk) {
		this.#walk = walk;
	}

	/**
	 * Resolves `path`, relative to the working directory unless it starts with a
	 * slash. Returns a new Buffer, or -errno.
	 */
	resolve(path: Buffer, { asKernel, creates, trusts }: RealpathRules = {}): Buffer | number {
		if (path.length === 0) return -errno.ENOENT;
		if (isPlain(path) && this.#walk.hasNoLinks(path)) return Buffer.from(path);
		const resolved = this.#resolved;
		const left = this.#left;
		let leftAt = 0;
		let leftEnd = path[0] === SLASH ? path.length - 1 : path.length;
		let length = this.#startingPoint(path);
		if (length < 0) return length;
		if (leftEnd >= PATH_MAX) return -errno.ENAMETOOLONG;
		path.copy(left, 0, path.length - leftEnd);

		let links = 0;
		while (leftAt < leftEnd) {
			const slash = left.indexOf(SLASH, leftAt);
			const last = slash === -1 || slash >= leftEnd;
			const start = leftAt;
			const end = last ? leftEnd : slash;
			leftAt = last ? leftEnd : slash + 1;

			if (resolved[length - 1] !== SLASH) {
				if (length + 1 >= PATH_MAX) return -errno.ENAMETOOLONG;
				resolved[length++] = SLASH;
			}
			if (end === start || (end === start + 1 && left[start] === DOT)) continue;
			if (end === start + 2 && left[start] === DOT && left[start + 1] === DOT) {
				length = this.#parentLength(length);
				continue;
			}

			if (length + end - start >= PATH_MAX) return -errno.ENAMETOOLONG;
			left.copy(resolved, length, start, end);
			length += end - start;
			const result = this.#walk.lstatComponent(resolved, length, this.#stat);
			if (result === -errno.ENOENT && last) return this.#visible(length);
			/* A slash after the last component means that it must exist. */
			if (result < 0)
				return result === -errno.ENOENT && creates && this.#isAtSlashes(leftAt, leftEnd)
					? -errno.EISDIR
					: result;
			const { type } = this.#stat;
			if (asKernel && !last && type !== FileType.DIRECTORY && type !== FileType.SYMLINK)
				return creates && this.#isAtSlashes(leftAt, leftEnd) ? -errno.EISDIR : -errno.ENOTDIR;
			if (type !== FileType.SYMLINK) continue;
			/* open(2) answers this before it follows the link, wherever that leads. */
			if (creates && !last && this.#isAtSlashes(leftAt, leftEnd)) return -errno.EISDIR;

			if (links++ >= (asKernel ? KERNEL_MAX_LINKS : MAX_LINKS)) return -errno.ELOOP;
			if (trusts?.(this.#stat.uid, resolved.subarray(0, length)) === false) return -errno.EACCES;
			const targetLength = this.#walk.readlinkComponent(resolved, length, this.#target, PATH_MAX - 1);
			if (targetLength < 0) return targetLength;
			length = this.#target[0] === SLASH ? 1 : this.#parentLength(length);
			const rest = this.#spliceTarget(targetLength, last, leftAt, leftEnd);
			if (rest < 0) return rest;
			leftAt = 0;
			leftEnd = rest;
		}
		return this.#visible(length > 1 && resolved[length - 1] === SLASH ? length - 1 : length);
	}

	/** Whether nothing but slashes is left. */
	#isAtSlashes(leftAt: number, leftEnd: number): boolean {
		return this.#left.subarray(leftAt, leftEnd).every((byte) => byte === SLASH);
	}

	/** Puts "/" or the working directory into the work space; its length, or -errno. */
	#startingPoint(path: Buffer): number {
		if (path[0] !== SLASH) return this.#walk.workingDirectory(this.#resolved);
		this.#resolved[0] = SLASH;
		return 1;
	}

	/** The length of the resolved path without its last component, including the slash before that. */
	#parentLength(length: number): number {
		if (length <= 1) return length;
		return this.#resolved.lastIndexOf(SLASH, length - 2) + 1;
	}

	/** Puts the link's target before the remaining path; returns the new length of that, or -errno. */
	#spliceTarget(targetLength: number, last: boolean, leftAt: number, leftEnd: number): number {
		const target = this.#target;
		let length = targetLength;
		if (!last) {
			if (target[length - 1] !== SLASH) {
				if (length + 1 >= PATH_MAX) return -errno.ENAMETOOLONG;
				target[length++] = SLASH;
			}
			if (length + leftEnd - leftAt >= PATH_MAX) return -errno.ENAMETOOLONG;
			this.#left.copy(target, length, leftAt, leftEnd);
			length += leftEnd - leftAt;
		}
		target.copy(this.#left, 0, 0, length);
		return length;
	}

	/** A copy of the resolved path, if the client may know it. */
	#visible(length: number): Buffer | number {
		const path = Buffer.from(this.#resolved.subarray(0, length));
		return this.#walk.isVisible(path) ? path : -errno.EACCES;
	}
}

/** Whether the path is absolute and has no component that is empty or starts with a dot. */
function isPlain(path: Buffer): boolean {
	let before = 0;
	for (const byte of path) {
		if (before === SLASH && (byte === SLASH || byte === DOT)) return false;
		before = byte;
	}
	return path[0] === SLASH && before !== SLASH;
}
