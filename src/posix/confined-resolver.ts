/*
 * From a client's path to an open descriptor that lies in one of the trees of
 * --confine, whatever happens to the path meanwhile. The kernel does the walk,
 * openat2(2) with RESOLVE_BENEATH from the tree's own descriptor: it refuses
 * every step that would leave the tree, so there is no moment between looking
 * and using, and no way to tell what exists outside from what does not.
 *
 * It also refuses a path that leaves a tree and comes back, or goes on in another
 * (an absolute link, `..`). Such a path is first resolved here, step by step and
 * each step within the trees, to one without links; that one is then opened in the
 * way just told, with links refused altogether.
 */
import { constants } from "node:fs";
import { addon } from "./addon.ts";
import type { Place, Trees } from "./confined-trees.ts";
import { errno } from "./errno.ts";
import { getcwd } from "./files.ts";
import { O_PATH, RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS } from "./openat2.ts";
import { realpath } from "./realpath.ts";

const WITHIN = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

const { O_CREAT, O_NOFOLLOW } = constants;
const MODE_BITS = 0o7777;
const PATH_MAX = 4096;

/** How often a walk is tried anew when somebody else renames what it passes. */
const ATTEMPTS_MAX = 32;

const workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);

export interface Wanted {
	/** Flags of open(2); O_CLOEXEC is added. */
	readonly flags: number;
	/** For O_CREAT. */
	readonly mode?: number;
	/** Whether a link at the end of the path is followed. */
	readonly follow: boolean;
	/** Whether something is going to be changed: not in a read-only tree. */
	readonly change: boolean;
}

/** To be looked at, itself. */
export const LOOK: Wanted = { flags: O_PATH, follow: false, change: false };
/** To be looked at, or what it leads to. */
export const LOOK_BEHIND: Wanted = { ...LOOK, follow: true };

/** A directory and a name in it. The descriptor is the caller's to close. */
export interface NameInDirectory {
	readonly fd: number;
	readonly name: Buffer;
	/** The directory is a tree, and the name stands for it, since its own parent is outside. */
	readonly isTree: boolean;
}

export class ConfinedResolver {
	readonly #trees: Trees;
	/** Whether the tree that `open` found last is read-only. */
	inReadOnlyTree = true;

	constructor(trees: Trees) {
		this.#trees = trees;
	}

	/** Opens a path in its tree. A descriptor, or -errno: EACCES for all that is outside. */
	open(path: Buffer, wanted: Wanted): number {
		const text = absolute(path);
		return typeof text === "number" ? text : this.#open(text, wanted);
	}

	/** As `open`, of a path from "/". With the working directory before it, it may be longer than a client's. */
	#open(text: string, wanted: Wanted): number {
		const place = this.#trees.place(text);
		if (place === undefined) return -errno.EACCES;
		if (!(wanted.change && place.tree.readOnly)) {
			this.inReadOnlyTree = place.tree.readOnly;
			const result = openWithin(place, wanted, WITHIN, wanted.follow ? 0 : O_NOFOLLOW);
			if (!leaves(result)) return result;
		}
		return this.#openResolved(text, wanted);
	}

	/**
	 * An O_PATH descriptor of what an absolute path without links and dots names, a
	 * step on realpath's way: so it does not go that way itself.
	 */
	openStep(path: Buffer): number {
		const place = this.#trees.place(path.toString("latin1"));
		if (place === undefined) return -errno.EACCES;
		const result = openWithin(place, LOOK, WITHIN | RESOLVE_NO_SYMLINKS, O_NOFOLLOW);
		return leaves(result) ? -errno.EACCES : result;
	}

	/** The directory in which the path's last component is, for calls that take it by name. */
	parent(path: Buffer): NameInDirectory | number {
		const text = absolute(path);
		if (typeof text === "number") return text;
		const wanted: Wanted = { flags: O_PATH | constants.O_DIRECTORY, follow: true, change: true };
		if (this.#trees.place(text)?.rest === "") {
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
		return fd < 0 ? fd : { fd, name: Buffer.from(name, "latin1"), isTree: false };
	}

	#openResolved(text: string, wanted: Wanted): number {
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const resolved = resolve(text, wanted.follow);
			/* What was a link when it was looked at was none when it was read. */
			if (resolved === -errno.EINVAL) continue;
			if (typeof resolved === "number") return resolved;
			const place = this.#trees.place(resolved);
			if (place === undefined || (wanted.change && place.tree.readOnly)) return -errno.EACCES;
			this.inReadOnlyTree = place.tree.readOnly;
			const result = openWithin(place, wanted, WITHIN | RESOLVE_NO_SYMLINKS, O_NOFOLLOW);
			/* There were no links a moment ago. */
			if (!leaves(result)) return result;
		}
		return -errno.EACCES;
	}
}

/** Whether a walk met something that leads, or may lead, out of its tree. */
function leaves(result: number): boolean {
	return result === -errno.EXDEV || result === -errno.ELOOP;
}

function openWithin({ tree, rest }: Place, wanted: Wanted, resolveFlags: number, linkFlag: number): number {
	const path = Buffer.from(rest === "" ? "." : rest, "latin1");
	const flags = wanted.flags | linkFlag;
	const mode = (flags & O_CREAT) === 0 ? 0 : (wanted.mode ?? 0) & MODE_BITS;
	for (let attempt = 0; ; attempt++) {
		const result = addon.openBeneath(tree.fd, path, 0, path.length, flags, mode, resolveFlags);
		/* A `..` whose directory was being renamed can't be judged; later it can. */
		if (result !== -errno.EAGAIN || attempt === ATTEMPTS_MAX) return result;
	}
}

/** The path from "/", or -errno. */
function absolute(path: Buffer): string | number {
	if (path.length === 0) return -errno.ENOENT;
	if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
	const text = path.toString("latin1");
	if (text.startsWith("/")) return text;
	const length = getcwd(workingDirectory);
	if (length < 0) return length;
	return `${workingDirectory.toString("latin1", 0, length)}/${text}`;
}

/** The path without links, those at its end left if they are not followed; or -errno. */
function resolve(text: string, follow: boolean): string | number {
	const { directory, name } = splitLast(text);
	/* With a slash behind it, a link is followed; `.` and `..` are none. */
	const whole = follow || /^\.{0,2}$|\/$/.test(name);
	const resolved = realpath(Buffer.from(whole ? text : directory, "latin1"), { asKernel: true });
	if (typeof resolved === "number") return resolved;
	const path = resolved.toString("latin1");
	if (!whole) return `${path}/${name}`;
	/* Only a directory may have a slash behind it, which the kernel sees to. */
	return /\/\.?$/.test(text) ? `${path}/` : path;
}

/** An absolute path's last component, with the slashes behind it, and what is before. */
function splitLast(text: string): { readonly directory: string; readonly name: string } {
	const [, directory = "/", name = ""] = /^(.*\/)([^/]+\/*)$/s.exec(text) ?? [];
	return { directory, name };
}
