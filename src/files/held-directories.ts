/*
 * Directories that must stay in place although they are in a tree of --confine: trees
 * inside other trees, and the directories between them. They are recognized by identity,
 * not by name, since many paths can lead to one.
 */
import { addon } from "../posix/addon.ts";
import { type ByteString, sliceBytes, toBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { O_PATH_DIRECTORY, O_PATH_NOFOLLOW, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { SLASH } from "../posix/path.ts";
import { StatBuffer } from "../posix/stat.ts";
import type { Tree } from "./confined-trees.ts";

/** The directory argument of an absolute path. */
const NO_DIRECTORY = -1;

export class HeldDirectories {
	/** The stat of each. */
	readonly #held: readonly StatBuffer[];

	private constructor(held: readonly StatBuffer[]) {
		this.#held = held;
	}

	/** -errno if one of them can't be opened. */
	static of(trees: readonly Tree[]): HeldDirectories | number {
		const held: StatBuffer[] = [];
		for (const { path, fd } of trees) {
			const between = new Set(trees.flatMap((outer) => pathsBetween(outer.path, path)));
			if (between.size > 0) held.push(StatBuffer.of(fd));
			for (const one of between) {
				const directory = open(NO_DIRECTORY, toBytes(one), O_PATH_DIRECTORY);
				if (directory < 0) return directory;
				held.push(StatBuffer.of(directory));
				addon.close(directory);
			}
		}
		return new HeldDirectories(held);
	}

	/**
	 * If the entry is one of these directories, returns a descriptor, which the caller
	 * closes; -ENOENT if it is not, and another -errno if that can't be determined.
	 */
	open(directory: number, name: Buffer): number {
		if (this.#held.length === 0) return -errno.ENOENT;
		let end = name.length;
		while (end > 0 && name[end - 1] === SLASH) end--;
		const fd = open(directory, name.subarray(0, end), O_PATH_NOFOLLOW);
		if (fd < 0) return fd;
		const stat = new StatBuffer();
		const looked = addon.fstat(fd, stat.words);
		if (looked >= 0 && this.#held.some((one) => one.isSameFile(stat))) return fd;
		addon.close(fd);
		return looked < 0 ? looked : -errno.ENOENT;
	}
}

/** `inner` and the directories above it inside `outer`; empty if `inner` is outside. */
function pathsBetween(outer: ByteString, inner: ByteString): ByteString[] {
	const paths: ByteString[] = [];
	if (!inner.startsWith(outer === "/" ? "/" : `${outer}/`)) return paths;
	for (let at = inner; at.length > outer.length && at !== ""; at = sliceBytes(at, 0, at.lastIndexOf("/")))
		paths.push(at);
	return paths;
}

function open(directory: number, path: Buffer, flags: number): number {
	return addon.openat2(directory, path, 0, path.length, flags, 0, RESOLVE_NO_SYMLINKS);
}
