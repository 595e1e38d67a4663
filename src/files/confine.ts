/*
 * Sets up --confine before the first byte is read. There are two guards, each of them
 * sufficient for what it covers: Landlock, in the kernel, for opening, creating,
 * removing and moving; and confined.ts for every path, since Landlock does not cover
 * reading and changing attributes (stat, chmod, chown, utimes, readlink, statvfs,
 * chdir), and reveals which files exist.
 */
import { addon } from "../posix/addon.ts";
import { asByteString, type ByteString, fromBytes } from "../posix/byte-string.ts";
import { strerror } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_DIRECTORY, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { ConfinedNamespace } from "./confined.ts";
import { ConfinedListing } from "./confined-listing.ts";
import { type Tree, Trees } from "./confined-trees.ts";
import { HeldDirectories } from "./held-directories.ts";
import { landlockAbi, restrictTo } from "./landlock.ts";
import type { Namespace } from "./namespace.ts";
import { resolveTrusted } from "./trusted-path.ts";

export interface Confinement {
	readonly directory: ByteString;
	readonly readOnly: boolean;
}

/** A directory that can't be confined to, and why. */
export interface ConfinementFailure {
	readonly directory: ByteString;
	readonly reason: string;
}

/** The directory argument for absolute paths. */
const NO_DIRECTORY = -1;

/**
 * Confines the process to the directories, at least one, and returns the session's
 * namespace. If the working directory is outside, it becomes the first of them. After
 * a failure the process must end.
 */
export function confine(directories: readonly Confinement[]): Namespace | ConfinementFailure {
	const failed = (reason: string): ConfinementFailure => ({
		directory: directories[0]?.directory ?? asByteString(""),
		reason,
	});
	const abi = landlockAbi();
	if (typeof abi === "string") return failed(abi);
	const opened = openTrees(directories);
	if ("reason" in opened) return opened;
	const names = new Trees();
	for (const { tree, name } of opened) names.add(tree, name);

	const trees = opened.map(({ tree }) => tree);
	const listing = new ConfinedListing(trees.map(({ fd }) => fd));
	const held = HeldDirectories.of(trees);
	if (typeof held === "number") return failed(strerror(-held));
	const result = restrictTo(trees, abi);
	if (result < 0) return failed(strerror(-result));
	const entered = enter(names, trees);
	return entered < 0 ? failed(strerror(-entered)) : new ConfinedNamespace(names, held, listing);
}

interface NamedTree {
	readonly tree: Tree;
	/** The name that the administrator gave. */
	readonly name: ByteString;
}

function openTrees(directories: readonly Confinement[]): readonly NamedTree[] | ConfinementFailure {
	const opened: NamedTree[] = [];
	for (const { directory, readOnly } of directories) {
		const tree = openTree(directory, readOnly);
		if (typeof tree === "string") return { directory, reason: tree };
		opened.push({ tree, name: directory });
	}
	/* Landlock's rights add up, so a read-only tree inside a writable one would be writable. */
	for (const { tree, name } of opened) {
		const wider = opened.find((other) => !other.tree.readOnly && contains(other.tree, tree));
		if (tree.readOnly && wider !== undefined)
			return { directory: name, reason: `it can't be read-only inside "${wider.name}", which is writable` };
		/* A client that is root could replace root's links. */
		const holder = opened.find((other) => !other.tree.readOnly && holdsLink(other.tree, tree));
		if (holder !== undefined)
			return { directory: name, reason: `a symbolic link in its path lies in "${holder.name}"` };
	}
	return opened;
}

/** The directory, or why it can't be opened. */
export function openTree(directory: ByteString, readOnly: boolean): Tree | string {
	const trusted = resolveTrusted(directory);
	if (typeof trusted === "string") return trusted;
	const { path, linksIn } = trusted;
	const fd = addon.openat2(NO_DIRECTORY, path, 0, path.length, O_PATH_DIRECTORY, 0, RESOLVE_NO_SYMLINKS);
	return fd < 0 ? strerror(-fd) : { fd, path: fromBytes(path), readOnly, linksIn };
}

function contains(outer: Tree, inner: Pick<Tree, "path">): boolean {
	return outer.path === "/" || inner.path === outer.path || inner.path.startsWith(`${outer.path}/`);
}

/** Whether a link that leads to `tree` lies in `outer`. */
function holdsLink(outer: Tree, { linksIn }: Tree): boolean {
	return linksIn.some((path) => contains(outer, { path }));
}

/** Changes to the first tree if the working directory is in none. */
function enter(names: Trees, trees: readonly Tree[]): number {
	const path = Buffer.alloc(PATH_MAX);
	const length = addon.getcwd(path, 0, path.length);
	if (length >= 0 && names.locate(fromBytes(path.subarray(0, length))) !== undefined) return 0;
	return addon.fchdir(trees[0]?.fd ?? -1);
}
