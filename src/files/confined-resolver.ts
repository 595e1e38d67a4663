/*
 * From a client's path to an open descriptor that lies in one of the trees of
 * --confine, whatever happens to the path meanwhile. The kernel walks, by openat2(2)
 * with RESOLVE_BENEATH from the tree's own descriptor: it refuses every step that
 * would leave the tree, so nothing can change between looking and using, and no
 * answer tells what exists outside.
 *
 * It also refuses a path that leaves a tree and comes back, or continues in another
 * (an absolute link, `..`). Such a path is first resolved here, step by step and
 * each step within the trees, to one without links, which is then opened in the same
 * way with links refused altogether.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH, RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { FileType, StatBuffer } from "../posix/stat.ts";
import type { Tree, TreeLocation, Trees } from "./confined-trees.ts";
import type { HeldDirectories } from "./held-directories.ts";
import { kernelPath, splitLast } from "./kernel-path.ts";
import { LastDirectory } from "./last-directory.ts";
import type { PathWalk } from "./namespace.ts";
import { mayChange } from "./open-flags.ts";
import { Realpath } from "./realpath.ts";
import { modeFor } from "./resolver.ts";

const WITHIN = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = constants;
const EXCLUSIVE = O_CREAT | O_EXCL;

/** How often a walk is tried again when somebody else renames what it passes. */
const ATTEMPTS_MAX = 32;

export interface Wanted {
	/** Flags of open(2); O_CLOEXEC is added. */
	readonly flags: number;
	/** For O_CREAT. */
	readonly mode?: number;
	/** Whether a link at the end of the path is followed. */
	readonly follow: boolean;
	/** Whether something is going to be changed: refused in a read-only tree. */
	readonly change: boolean;
}

const LOOK_AT_LINK: Wanted = { flags: O_PATH, follow: false, change: false };
const LOOK: Wanted = { ...LOOK_AT_LINK, follow: true };
export const ENTER: Wanted = { flags: O_PATH | O_DIRECTORY, follow: true, change: false };

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
	readonly #stat = new StatBuffer();
	/** Where the rest of a path starts after the name that `#startingTree` found. */
	#restStart = 0;
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);
	/** Whether the tree that `open` found last is read-only. */
	inReadOnlyTree = true;

	constructor(trees: Trees, held: HeldDirectories, walk: PathWalk) {
		this.#trees = trees;
		this.#held = held;
		this.#walk = walk;
		this.#realpath = new Realpath(walk);
	}

	/** Opens a path in its tree. A descriptor, or -errno: EACCES for all that is outside. */
	open(path: Buffer, wanted: Wanted): number {
		const text = this.#absolute(path);
		return typeof text === "number" ? text : this.#open(text, wanted);
	}

	/**
	 * Opens a path that is a range of `input`, with open(2) flags and as Namespace.open
	 * does, but fails with EAGAIN where a lease is in the way.
	 */
	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number {
		const change = mayChange(flags);
		const follow = (flags & EXCLUSIVE) !== EXCLUSIVE;
		const tree = this.#startingTree(input, start, length);
		if (tree !== undefined && !(change && tree.readOnly)) {
			const fd = this.#openFrom(tree, input, start + length, follow ? flags : flags | O_NOFOLLOW, mode);
			if (isWithin(fd)) return fd;
		}
		const wanted = { flags: flags | O_NONBLOCK | O_NOCTTY, mode, follow, change };
		const fd = this.open(input.subarray(start, start + length), wanted);
		/* As in the addon's open_now: regular files are not left non-blocking. */
		if (fd >= 0 && addon.descriptorType(fd) === FileType.REGULAR) addon.setNonBlocking(fd, 0);
		return fd;
	}

	/** The stat of a path that is a range of `input`. */
	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		const known = this.#lastDirectory.stat(input, start, length, follow, words);
		if (known !== undefined) return known;
		const tree = this.#startingTree(input, start, length);
		if (tree !== undefined) {
			const at = this.#restStart;
			const rest = start + length - at;
			const result = fast.statBeneath(tree.fd, input, at, rest, follow, WITHIN, words);
			if (isWithin(result)) return result;
		}
		const fd = this.open(input.subarray(start, start + length), follow ? LOOK : LOOK_AT_LINK);
		if (fd < 0) return fd;
		const result = addon.fstat(fd, words);
		addon.close(fd);
		return result;
	}

	forgetDirectories(): void {
		this.#lastDirectory.forget();
	}

	/**
	 * The tree whose name a path starts with; most paths stay in theirs, and the kernel
	 * alone resolves those. What follows the name starts at `#restStart`.
	 */
	#startingTree(input: Buffer, start: number, length: number): Tree | undefined {
		const found = length < PATH_MAX ? this.#trees.startingTree(input, start, length) : undefined;
		if (found === undefined) return undefined;
		let at = start + found.name.length;
		while (at < start + length && input[at] === SLASH) at++;
		this.#restStart = at;
		return found.tree;
	}

	/** Opens what follows a tree's name. */
	#openFrom(tree: Tree, input: Buffer, end: number, flags: number, mode: number): number {
		const at = this.#restStart;
		if (at === end) return -errno.EXDEV;
		this.inReadOnlyTree = tree.readOnly;
		const { words } = this.#stat;
		return fast.openBeneath(tree.fd, input, at, end - at, flags, modeFor(flags, mode), WITHIN, words);
	}

	/** As `open`, of a path from "/". With the working directory before it, it may be longer than a client's. */
	#open(text: string, wanted: Wanted): number {
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
		const location = this.#trees.locate(path.toString("latin1"));
		if (location === undefined) return -errno.EACCES;
		const result = openWithin(location, LOOK_AT_LINK, WITHIN | RESOLVE_NO_SYMLINKS, O_NOFOLLOW);
		return leaves(result) ? -errno.EACCES : result;
	}

	/** The directory of the path's last component, for calls that take it by name. */
	parent(path: Buffer): NameInDirectory | number {
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		const wanted: Wanted = { flags: O_PATH | O_DIRECTORY, follow: true, change: true };
		if (this.#trees.locate(text)?.rest === "") {
			const fd = this.#open(text, wanted);
			return fd < 0 ? fd : { fd, name: Buffer.from("."), isTree: true };
		}
		const { directory, name } = splitLast(text);
		if (/^\.\.\/*$/.test(name)) {
			const whole = this.#open(text, wanted);
			if (whole < 0) return whole;
			addon.close(whole);
		}
		const fd = this.#open(directory, wanted);
		if (fd < 0) return fd;
		const entry = Buffer.from(name, "latin1");
		const held = this.#held.open(fd, entry);
		if (held < 0) return { fd, name: entry, isTree: false };
		addon.close(fd);
		return { fd: held, name: Buffer.from("."), isTree: true };
	}

	#openResolved(text: string, wanted: Wanted): number {
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
	#absolute(path: Buffer): string | number {
		if (path.length === 0) return -errno.ENOENT;
		if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
		const text = path.toString("latin1");
		if (text.startsWith("/")) return text;
		const length = this.#walk.workingDirectory(this.#workingDirectory);
		if (length < 0) return length;
		return `${this.#workingDirectory.toString("latin1", 0, length)}/${text}`;
	}
}

const SLASH = 0x2f;

/** Whether a walk met something that leads, or may lead, out of its tree. */
function leaves(result: number): boolean {
	return result === -errno.EXDEV || result === -errno.ELOOP;
}

/** Whether a walk ended in its tree, with a result that counts. */
function isWithin(result: number): boolean {
	return !leaves(result) && result !== -errno.EAGAIN;
}

function openWithin({ tree, rest }: TreeLocation, wanted: Wanted, resolve: number, linkFlag: number): number {
	const path = Buffer.from(rest === "" ? "." : rest, "latin1");
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
