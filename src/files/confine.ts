/*
 * Sets --confine up, before the client is heard. Two guards, each of which holds
 * alone for all that it covers: Landlock, in the kernel, for everything that opens,
 * makes, removes or moves; and confined.ts for every path, since Landlock does not
 * cover looking and changing attributes (stat, chmod, chown, utimes, readlink,
 * statvfs, chdir), and tells what exists from what does not.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno, strerror } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { localTime } from "../posix/local-date.ts";
import { handleLimit } from "../posix/open-files-limit.ts";
import { O_PATH, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { ConfinedNamespace } from "./confined.ts";
import { ConfinedListing } from "./confined-listing.ts";
import { type Tree, Trees } from "./confined-trees.ts";
import { HeldDirectories } from "./held-directories.ts";
import type { Namespace } from "./namespace.ts";
import { resolveTrusted } from "./trusted-path.ts";

/** Strings have one character per byte. */
export interface Confinement {
	readonly directory: string;
	readonly readOnly: boolean;
}

/** A directory that can't be confined to, and why. */
export interface ConfinementFailure {
	readonly directory: string;
	readonly reason: string;
}

/* Rights of Landlock (linux/landlock.h) by what a server does with them. */
const READ = 0x4 | 0x8; /* files, directories */
const WRITE = 0x2 | 0x4000; /* writing, truncating */
const REMOVE = 0x10 | 0x20; /* directories, other files */
/* Directories, regular files, sockets, FIFOs, links; for renaming what exists, too. Not devices. */
const MAKE = 0x80 | 0x100 | 0x200 | 0x400 | 0x1000;
const REFER = 0x2000; /* moving and linking from one directory to another */
/* Executing and making devices are handled too, and never granted. */
const HANDLED = READ | WRITE | REMOVE | MAKE | REFER | 0x1 | 0x40 | 0x800;
const IOCTL_DEVICE = 0x8000;
/** Binding and connecting TCP sockets, never granted. */
const NETWORK = 0x1 | 0x2;
/** Abstract local sockets of other processes, and signals to them. */
const SCOPES = 0x1 | 0x2;

const READ_ONLY_RIGHTS = READ;
const READ_WRITE_RIGHTS = READ | WRITE | REMOVE | MAKE | REFER;

/** Truncating can be ruled from this version on (Linux 6.2), moving between directories from 2. */
const ABI_MIN = 3;
const ABI_NETWORK = 4;
const ABI_IOCTL_DEVICE = 5;
const ABI_SCOPES = 6;

/** The directory argument of an absolute path. */
const NO_DIRECTORY = -1;
const OPEN_TREE = O_PATH | constants.O_DIRECTORY;

/**
 * Confines the process to the directories, at least one, and returns the session's
 * namespace. A working directory outside of them is left for the first. After a
 * failure the process must end.
 */
export function confine(directories: readonly Confinement[]): Namespace | ConfinementFailure {
	const failed = (reason: string): ConfinementFailure => ({
		directory: directories[0]?.directory ?? "",
		reason,
	});
	const abi = addon.landlockAbi();
	if (abi < ABI_MIN) return failed(insufficient(abi));
	const opened = openTrees(directories);
	if ("reason" in opened) return opened;
	const names = new Trees();
	for (const { tree, name } of opened) names.add(tree, name);

	openAhead();
	const trees = opened.map(({ tree }) => tree);
	const listing = new ConfinedListing(trees.map(({ fd }) => fd));
	const result = restrict(trees, abi);
	if (result < 0) return failed(strerror(-result));
	const entered = enter(names, trees);
	return entered < 0
		? failed(strerror(-entered))
		: new ConfinedNamespace(names, new HeldDirectories(trees), listing);
}

function insufficient(abi: number): string {
	if (abi === -errno.ENOSYS) return "the kernel has no Landlock";
	if (abi === -errno.EOPNOTSUPP) return "Landlock is not among the kernel's active security modules";
	return abi < 0
		? `Landlock: ${strerror(-abi)}`
		: `the kernel's Landlock has ABI ${abi}, and ${ABI_MIN} is needed (Linux 6.2)`;
}

interface NamedTree {
	readonly tree: Tree;
	/** The name that the administrator gave it. */
	readonly name: string;
}

function openTrees(directories: readonly Confinement[]): readonly NamedTree[] | ConfinementFailure {
	const opened: NamedTree[] = [];
	for (const { directory, readOnly } of directories) {
		const tree = openTree(directory, readOnly);
		if (typeof tree === "string") return { directory, reason: tree };
		opened.push({ tree, name: directory });
	}
	/* Landlock's rights add up, so that would be writable, against the administrator's words. */
	for (const { tree, name } of opened) {
		const wider = opened.find((other) => !other.tree.readOnly && contains(other.tree, tree));
		if (tree.readOnly && wider !== undefined)
			return { directory: name, reason: `it can't be read-only in "${wider.name}", which is writable` };
		/* Root as a client could exchange root's links. */
		const holder = opened.find((other) => !other.tree.readOnly && holdsLink(other.tree, tree));
		if (holder !== undefined)
			return { directory: name, reason: `a symbolic link on the way to it lies in "${holder.name}"` };
	}
	return opened;
}

/** The directory, or why it can't be opened. */
function openTree(directory: string, readOnly: boolean): Tree | string {
	const trusted = resolveTrusted(directory);
	if (typeof trusted === "string") return trusted;
	const { path, linksIn } = trusted;
	const fd = addon.openat2(NO_DIRECTORY, path, 0, path.length, OPEN_TREE, 0, RESOLVE_NO_SYMLINKS);
	return fd < 0 ? strerror(-fd) : { fd, path: path.toString("latin1"), readOnly, linksIn };
}

function contains(outer: Tree, inner: Pick<Tree, "path">): boolean {
	return outer.path === "/" || inner.path === outer.path || inner.path.startsWith(`${outer.path}/`);
}

/** Whether a link that leads to `tree` lies in `outer`. */
function holdsLink(outer: Tree, { linksIn }: Tree): boolean {
	return linksIn.some((path) => contains(outer, { path }));
}

/** Opens what the server itself would open when it needs it, and could not open any more. */
function openAhead(): void {
	localTime(0, 0);
	addon.holdUserDatabase();
	handleLimit();
}

/** From here on only what lies in the trees can be opened. */
function restrict(trees: readonly Tree[], abi: number): number {
	const set = addon.landlockCreate(
		HANDLED | (abi < ABI_IOCTL_DEVICE ? 0 : IOCTL_DEVICE),
		abi < ABI_NETWORK ? 0 : NETWORK,
		abi < ABI_SCOPES ? 0 : SCOPES,
	);
	if (set < 0) return set;
	for (const { fd, readOnly } of trees) {
		const result = addon.landlockAllow(set, fd, readOnly ? READ_ONLY_RIGHTS : READ_WRITE_RIGHTS);
		if (result < 0) return result;
	}
	const result = addon.landlockRestrict(set);
	addon.close(set);
	return result;
}

/** Goes to the first tree, if the working directory is in none. */
function enter(names: Trees, trees: readonly Tree[]): number {
	const path = Buffer.alloc(PATH_MAX);
	const length = addon.getcwd(path, 0, path.length);
	if (length >= 0 && names.locate(path.toString("latin1", 0, length)) !== undefined) return 0;
	return addon.fchdir(trees[0]?.fd ?? -1);
}
