/*
 * Sets up --root before the first byte is read: one directory becomes "/". As with
 * --confine, Landlock guards the process and a namespace guards every path;
 * root-resolver.ts keeps paths inside.
 */
import { type ByteString, fromBytes, toBytes } from "../posix/byte-string.ts";
import { strerror } from "../posix/errno.ts";
import { HERE, isDots, SLASH, TOP } from "../posix/path.ts";
import { type Confinement, type ConfinementFailure, openTree } from "./confine.ts";
import { DescriptorNamespace } from "./descriptors.ts";
import { landlockAbi, restrictTo } from "./landlock.ts";
import type { Namespace, PathWalk } from "./namespace.ts";
import { Realpath } from "./realpath.ts";
import { RootDirectory } from "./root-directory.ts";
import { RootResolver } from "./root-resolver.ts";

export interface Rooted {
	readonly namespace: Namespace;
	/** Converts a client's path to a system path; undefined if its directory does not exist. */
	readonly systemPath: (path: Buffer) => Buffer | undefined;
	/** Converts a system path, absolute and without links, to a client's path; undefined if it is outside. */
	readonly clientPath: (path: ByteString) => ByteString | undefined;
}

/**
 * Confines the process to the directory and shows it as "/". If the working directory
 * is outside, it becomes the root. After a failure the process must end.
 */
export function enterRoot({ directory, readOnly }: Confinement): Rooted | ConfinementFailure {
	const abi = landlockAbi();
	if (typeof abi === "string") return { directory, reason: abi };
	const tree = openTree(directory, readOnly);
	if (typeof tree === "string") return { directory, reason: tree };
	const restricted = restrictTo([tree], abi);
	if (restricted < 0) return { directory, reason: strerror(-restricted) };
	const root = new RootDirectory(tree.fd);
	const namespace = new DescriptorNamespace(new RootResolver(root), readOnly);
	return {
		namespace,
		systemPath: systemPathIn(root, namespace),
		clientPath: (path) => {
			const shown = root.clientPath(toBytes(path));
			return shown && fromBytes(shown);
		},
	};
}

/** Resolves all but the last component, which may be missing and is not followed. */
function systemPathIn(root: RootDirectory, walk: PathWalk): (path: Buffer) => Buffer | undefined {
	const realpath = new Realpath(walk);
	return (path) => {
		if (path.length === 0) return undefined;
		const start = path.lastIndexOf(SLASH) + 1;
		const name = path.subarray(start);
		const isName = name.length > 0 && !isDots(name);
		const directory = start === 0 ? HERE : path.subarray(0, start);
		const resolved = realpath.resolve(isName ? directory : path);
		if (typeof resolved === "number") return undefined;
		if (!isName) return root.systemPath(resolved);
		return root.systemPath(Buffer.concat(resolved.length === 1 ? [resolved, name] : [resolved, TOP, name]));
	};
}
