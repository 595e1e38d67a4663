/*
 * The fast path of --confine: paths that literally start with a tree's name and never
 * leave the tree. The kernel alone resolves them, by openat2(2) from the tree's
 * descriptor. Each method returns undefined for all other paths, which
 * confined-resolver.ts resolves.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS } from "../posix/openat2.ts";
import { HERE, SLASH } from "../posix/path.ts";
import { StatBuffer } from "../posix/stat.ts";
import type { Tree, Trees } from "./confined-trees.ts";
import { modeFor } from "./resolver.ts";

/** Makes openat2(2) refuse every step that would leave the tree. */
export const WITHIN = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

const { O_NOFOLLOW } = constants;

export interface Wanted {
	/** Flags of open(2); O_CLOEXEC is added. */
	readonly flags: number;
	/** For O_CREAT. */
	readonly mode?: number;
	/** Whether a link at the end of the path is followed. */
	readonly follow: boolean;
	/** Whether something will be changed, which a read-only tree refuses. */
	readonly change: boolean;
}

export class BeneathTree {
	readonly #trees: Trees;
	readonly #stat = new StatBuffer();
	/** Results of `#find`: the tree, and where the path continues after its name. */
	#tree: Tree | undefined;
	#restStart = 0;

	constructor(trees: Trees) {
		this.#trees = trees;
	}

	/** Whether the tree of the last opened path is read-only. */
	get isReadOnly(): boolean {
		return this.#tree?.readOnly !== false;
	}

	/** Opens a path; `resolve` adds flags of openat2(2). */
	open(path: Buffer, { flags, mode = 0, follow, change }: Wanted, resolve = 0): number | undefined {
		const tree = this.#find(path, 0, path.length, change);
		if (tree === undefined) return undefined;
		const at = this.#restStart;
		const isTree = at === path.length;
		return judged(
			addon.openat2(
				tree.fd,
				isTree ? HERE : path,
				isTree ? 0 : at,
				isTree ? HERE.length : path.length - at,
				follow ? flags : flags | O_NOFOLLOW,
				modeFor(flags, mode),
				WITHIN | resolve,
			),
		);
	}

	/** Like Namespace.open; `flags` must not contain O_NONBLOCK. */
	openFile(
		input: Buffer,
		start: number,
		length: number,
		{ flags, mode = 0, follow, change }: Wanted,
	): number | undefined {
		const tree = this.#find(input, start, length, change);
		const at = this.#restStart;
		const rest = start + length - at;
		if (tree === undefined || rest === 0) return undefined;
		const callFlags = follow ? flags : flags | O_NOFOLLOW;
		const { words } = this.#stat;
		return judged(fast.openBeneath(tree.fd, input, at, rest, callFlags, modeFor(flags, mode), WITHIN, words));
	}

	/** Like Namespace.stat. */
	stat(
		input: Buffer,
		start: number,
		length: number,
		follow: boolean,
		words: Uint32Array,
	): number | undefined {
		const tree = this.#find(input, start, length, false);
		if (tree === undefined) return undefined;
		const at = this.#restStart;
		return judged(fast.statBeneath(tree.fd, input, at, start + length - at, follow, WITHIN, words));
	}

	#find(path: Buffer, start: number, length: number, change: boolean): Tree | undefined {
		const found = length < PATH_MAX ? this.#trees.startingTree(path, start, length) : undefined;
		this.#tree = undefined;
		if (found === undefined || (change && found.tree.readOnly)) return undefined;
		let at = start + found.name.length;
		while (at < start + length && path[at] === SLASH) at++;
		this.#restStart = at;
		this.#tree = found.tree;
		return found.tree;
	}
}

/** Whether the error means that the path leads, or may lead, out of the tree. */
export function leaves(result: number): boolean {
	return result === -errno.EXDEV || result === -errno.ELOOP;
}

/** The result, or undefined for EAGAIN: there is a lease, or the walk must be repeated. */
function judged(result: number): number | undefined {
	return leaves(result) || result === -errno.EAGAIN ? undefined : result;
}
