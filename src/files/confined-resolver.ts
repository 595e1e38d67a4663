/*
 * Resolves a client's path to a descriptor in one of the trees of --confine, even if
 * the path changes at the same time. The kernel does it, by openat2(2) with
 * RESOLVE_BENEATH from the tree's descriptor: it refuses every step that would leave
 * the tree, so nothing can change between check and use, and no answer reveals what
 * exists outside.
 *
 * The kernel also refuses paths that leave a tree and return, or enter another, by an
 * absolute link or `..`. Such a path is first resolved here, component by component
 * within the trees, to one without links. That one is then opened in the same way,
 * with all links refused.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, joinBytes, toBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH, O_PATH_DIRECTORY, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { DOT, HERE, SEPARATOR, SLASH } from "../posix/path.ts";
import { FileType } from "../posix/stat.ts";
import { BeneathTree, leaves, type Wanted, WITHIN } from "./beneath-tree.ts";
import type { TreeLocation, Trees } from "./confined-trees.ts";
import type { HeldDirectories } from "./held-directories.ts";
import { kernelPath, splitLast } from "./kernel-path.ts";
import { LastDirectory } from "./last-directory.ts";
import type { PathWalk } from "./namespace.ts";
import { EXCLUSIVE, mayChange } from "./open-flags.ts";
import { Realpath } from "./realpath.ts";
import { modeFor } from "./resolver.ts";

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** How often to retry when another process renames a component of the path. */
const ATTEMPTS_MAX = 32;

const LOOK_AT_LINK: Wanted = { flags: O_PATH, follow: false, change: false };
const LOOK: Wanted = { ...LOOK_AT_LINK, follow: true };
export const ENTER: Wanted = { flags: O_PATH_DIRECTORY, follow: true, change: false };
const ENTER_TO_CHANGE: Wanted = { ...ENTER, change: true };

/** A directory and a name in it. The descriptor is the caller's to close. */
export interface NameInDirectory {
	readonly fd: number;
	readonly name: Buffer;
	/** The name refers to the directory itself: a tree or a directory between trees, which can't be renamed or removed. */
	readonly isTree: boolean;
}

export class ConfinedResolver {
	readonly #trees: Trees;
	readonly #held: HeldDirectories;
	readonly #walk: PathWalk;
	readonly #realpath: Realpath;
	readonly #lastDirectory = new LastDirectory((path) => this.open(path, ENTER));
	readonly #beneath: BeneathTree;
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);
	/** Whether the tree of the last `open` is read-only. */
	inReadOnlyTree = true;

	constructor(trees: Trees, held: HeldDirectories, walk: PathWalk) {
		this.#trees = trees;
		this.#beneath = new BeneathTree(trees);
		this.#held = held;
		this.#walk = walk;
		this.#realpath = new Realpath(walk);
	}

	/** Opens a path in its tree. Returns the descriptor, or -errno: EACCES for everything outside. */
	open(path: Buffer, wanted: Wanted): number {
		const fd = this.#beneath.open(path, wanted);
		this.inReadOnlyTree = this.#beneath.isReadOnly;
		if (fd !== undefined) return fd;
		const text = this.#absolute(path);
		return typeof text === "number" ? text : this.#open(text, wanted);
	}

	/** Like Namespace.open, but fails with EAGAIN if the file has a lease. */
	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number {
		const follow = (flags & EXCLUSIVE) !== EXCLUSIVE;
		const wanted: Wanted = { flags, mode, follow, change: mayChange(flags) };
		const beneath = this.#beneath.openFile(input, start, length, wanted);
		this.inReadOnlyTree = this.#beneath.isReadOnly;
		if (beneath !== undefined) return beneath;
		const path = input.subarray(start, start + length);
		const fd = this.open(path, { ...wanted, flags: flags | O_NONBLOCK | O_NOCTTY });
		/* Like the addon's open_now: regular files become blocking again. */
		if (fd >= 0 && addon.descriptorType(fd) === FileType.REGULAR) addon.setNonBlocking(fd, 0);
		return fd;
	}

	/** The stat of a path that is a range of `input`. */
	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		const known = this.#lastDirectory.stat(input, start, length, follow, words);
		if (known !== undefined) return known;
		const beneath = this.#beneath.stat(input, start, length, follow, words);
		if (beneath !== undefined) return beneath;
		const fd = this.open(input.subarray(start, start + length), follow ? LOOK : LOOK_AT_LINK);
		if (fd < 0) return fd;
		const result = addon.fstat(fd, words);
		addon.close(fd);
		return result;
	}

	forgetDirectories(): void {
		this.#lastDirectory.forget();
	}

	/** Like `open`, for an absolute path. With the working directory in front, it may be longer than a client's. */
	#open(text: ByteString, wanted: Wanted): number {
		const location = this.#trees.locate(text);
		if (location === undefined) return -errno.EACCES;
		if (!(wanted.change && location.tree.readOnly)) {
			this.inReadOnlyTree = location.tree.readOnly;
			const result = openWithin(location, wanted, WITHIN, wanted.follow ? 0 : O_NOFOLLOW);
			if (!leaves(result)) return result;
		}
		return this.#openResolved(text, wanted);
	}

	/** Opens (O_PATH) an absolute path without links and dots: a step of Realpath, so it is not resolved here. */
	openStep(path: Buffer): number {
		const location = this.#trees.locate(fromBytes(path));
		if (location === undefined) return -errno.EACCES;
		const result = openWithin(location, LOOK_AT_LINK, WITHIN | RESOLVE_NO_SYMLINKS, O_NOFOLLOW);
		return leaves(result) ? -errno.EACCES : result;
	}

	/** Whether all of an absolute path without dots exists in a tree, and no part of it is a link. */
	hasNoLinks(path: Buffer): boolean {
		const fd = this.#beneath.open(path, LOOK, RESOLVE_NO_SYMLINKS);
		if (fd === undefined || fd < 0) return false;
		addon.close(fd);
		return true;
	}

	/** Opens the directory of a path's last component, for calls that take a name. */
	parent(path: Buffer): NameInDirectory | number {
		const plain = this.#plainParent(path);
		if (plain !== undefined) return plain;
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		if (this.#trees.locate(text)?.rest === "") {
			const fd = this.#open(text, ENTER_TO_CHANGE);
			return fd < 0 ? fd : { fd, name: HERE, isTree: true };
		}
		const { directory, name } = splitLast(text);
		if (/^\.\.\/*$/.test(name)) {
			const whole = this.#open(text, ENTER_TO_CHANGE);
			if (whole < 0) return whole;
			addon.close(whole);
		}
		const fd = this.#open(directory, ENTER_TO_CHANGE);
		return fd < 0 ? fd : this.#nameIn(fd, toBytes(name));
	}

	/** `parent` for a path that starts with a tree's name and ends in a plain name; undefined for others. */
	#plainParent(path: Buffer): NameInDirectory | number | undefined {
		const start = path.lastIndexOf(SLASH) + 1;
		if (start === path.length || path[start] === DOT || path.length >= PATH_MAX) return undefined;
		const fd = this.#beneath.open(path.subarray(0, start), ENTER_TO_CHANGE);
		return fd === undefined || fd < 0 ? undefined : this.#nameIn(fd, path.subarray(start));
	}

	/** Takes over the descriptor of the name's directory. */
	#nameIn(fd: number, name: Buffer): NameInDirectory | number {
		const held = this.#held.open(fd, name);
		if (held === -errno.ENOENT) return { fd, name, isTree: false };
		addon.close(fd);
		return held < 0 ? held : { fd: held, name: HERE, isTree: true };
	}

	#openResolved(text: ByteString, wanted: Wanted): number {
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const resolved = kernelPath(this.#realpath, text, wanted.follow);
			/* Another process replaced a link before it was read. */
			if (resolved === -errno.EINVAL) continue;
			if (typeof resolved === "number") return resolved;
			const location = this.#trees.locate(resolved);
			if (location === undefined || (wanted.change && location.tree.readOnly)) return -errno.EACCES;
			this.inReadOnlyTree = location.tree.readOnly;
			const result = openWithin(location, wanted, WITHIN | RESOLVE_NO_SYMLINKS, O_NOFOLLOW);
			/* Otherwise another process has just put a link there. */
			if (!leaves(result)) return result;
		}
		return -errno.EACCES;
	}

	/** The absolute path, or -errno. */
	#absolute(path: Buffer): ByteString | number {
		if (path.length === 0) return -errno.ENOENT;
		if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
		const text = fromBytes(path);
		if (text.startsWith("/")) return text;
		const length = this.#walk.workingDirectory(this.#workingDirectory);
		if (length < 0) return length;
		return joinBytes(fromBytes(this.#workingDirectory.subarray(0, length)), SEPARATOR, text);
	}
}

function openWithin({ tree, rest }: TreeLocation, wanted: Wanted, resolve: number, linkFlag: number): number {
	const path = rest === "" ? HERE : toBytes(rest);
	const flags = wanted.flags | linkFlag;
	const mode = modeFor(flags, wanted.mode ?? 0);
	for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
		const result = addon.openat2(tree.fd, path, 0, path.length, flags, mode, resolve);
		/* The kernel can't resolve `..`, in a link or not, while directories are renamed. */
		if (result !== -errno.EAGAIN) return result;
	}
	/* Paths that refuse links have no `..`, so their EAGAIN means a lease. */
	return (resolve & RESOLVE_NO_SYMLINKS) === 0 ? -errno.EXDEV : -errno.EAGAIN;
}
