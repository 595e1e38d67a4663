/*
 * From a client's path to an open descriptor that lies in one of the trees of
 * --confine, whatever happens to the path at the same time. The kernel walks, by openat2(2)
 * with RESOLVE_BENEATH from the tree's own descriptor: it refuses every step that
 * would leave the tree, so nothing can change between check and use, and no answer
 * reveals what exists outside.
 *
 * It also refuses a path that leaves a tree and comes back, or continues in another
 * (an absolute link, `..`). Such a path is first resolved here, step by step and
 * each step within the trees, to one without links, which is then opened in the same
 * way with links refused altogether.
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

/** How often a walk is tried again when somebody else renames what it passes. */
const ATTEMPTS_MAX = 32;

const LOOK_AT_LINK: Wanted = { flags: O_PATH, follow: false, change: false };
const LOOK: Wanted = { ...LOOK_AT_LINK, follow: true };
export const ENTER: Wanted = { flags: O_PATH_DIRECTORY, follow: true, change: false };
const ENTER_TO_CHANGE: Wanted = { ...ENTER, change: true };

/** A directory and a name in it. The descriptor is the caller's to close. */
export interface NameInDirectory {
	readonly fd: number;
	readonly name: Buffer;
	/** The name stands for the directory itself, which can't be renamed or removed: a tree, or what leads to one. */
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
	/** Whether the tree that `open` found last is read-only. */
	inReadOnlyTree = true;

	constructor(trees: Trees, held: HeldDirectories, walk: PathWalk) {
		this.#trees = trees;
		this.#beneath = new BeneathTree(trees);
		this.#held = held;
		this.#walk = walk;
		this.#realpath = new Realpath(walk);
	}

	/** Opens a path in its tree. A descriptor, or -errno: EACCES for all that is outside. */
	open(path: Buffer, wanted: Wanted): number {
		const fd = this.#beneath.open(path, wanted);
		this.inReadOnlyTree = this.#beneath.isReadOnly;
		if (fd !== undefined) return fd;
		const text = this.#absolute(path);
		return typeof text === "number" ? text : this.#open(text, wanted);
	}

	/**
	 * Opens a path that is a range of `input`, with open(2) flags and as Namespace.open
	 * does, but fails with EAGAIN where a lease is in the way.
	 */
	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number {
		const follow = (flags & EXCLUSIVE) !== EXCLUSIVE;
		const wanted: Wanted = { flags, mode, follow, change: mayChange(flags) };
		const beneath = this.#beneath.openFile(input, start, length, wanted);
		this.inReadOnlyTree = this.#beneath.isReadOnly;
		if (beneath !== undefined) return beneath;
		const path = input.subarray(start, start + length);
		const fd = this.open(path, { ...wanted, flags: flags | O_NONBLOCK | O_NOCTTY });
		/* As in the addon's open_now: regular files are not left non-blocking. */
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

	/** As `open`, of a path from "/". With the working directory before it, it may be longer than a client's. */
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

	/**
	 * An O_PATH descriptor of an absolute path without links and dots, which is a step
	 * of realpath's walk: so it is not walked here.
	 */
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

	/** The directory of the path's last component, for calls that take it by name. */
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

	/** `parent` of a path that starts with a tree's name and ends in a plain name; undefined of any other. */
	#plainParent(path: Buffer): NameInDirectory | undefined {
		const start = path.lastIndexOf(SLASH) + 1;
		if (start === path.length || path[start] === DOT || path.length >= PATH_MAX) return undefined;
		const fd = this.#beneath.open(path.subarray(0, start), ENTER_TO_CHANGE);
		return fd === undefined || fd < 0 ? undefined : this.#nameIn(fd, path.subarray(start));
	}

	/** Takes the descriptor of the name's directory over. */
	#nameIn(fd: number, name: Buffer): NameInDirectory {
		const held = this.#held.open(fd, name);
		if (held < 0) return { fd, name, isTree: false };
		addon.close(fd);
		return { fd: held, name: HERE, isTree: true };
	}

	#openResolved(text: ByteString, wanted: Wanted): number {
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const resolved = kernelPath(this.#realpath, text, wanted.follow);
			/* A link when it was looked at, something else when it was read. */
			if (resolved === -errno.EINVAL) continue;
			if (typeof resolved === "number") return resolved;
			const location = this.#trees.locate(resolved);
			if (location === undefined || (wanted.change && location.tree.readOnly)) return -errno.EACCES;
			this.inReadOnlyTree = location.tree.readOnly;
			const result = openWithin(location, wanted, WITHIN | RESOLVE_NO_SYMLINKS, O_NOFOLLOW);
			/* Otherwise a link has just been put there. */
			if (!leaves(result)) return result;
		}
		return -errno.EACCES;
	}

	/** The path from "/", or -errno. */
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
		/* A `..`, of a link too, can't be judged while directories are renamed; later it can. */
		if (result !== -errno.EAGAIN) return result;
	}
	/* Without links there is no `..` but the caller's own; then it is a lease that is waited for. */
	return (resolve & RESOLVE_NO_SYMLINKS) === 0 ? -errno.EXDEV : -errno.EAGAIN;
}
