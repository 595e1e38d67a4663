/*
 * The entries of a directory as a confined client sees them. Only `..` can be outside
 * the trees: in a tree itself, or in a directory that was moved out while open. It then
 * has the directory's own attributes.
 */
import { addon } from "../posix/addon.ts";
import { type DirectoryRecords, parentRecord } from "../posix/directory.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_DIRECTORY } from "../posix/openat2.ts";
import { STAT_WORDS, StatBuffer } from "../posix/stat.ts";
import type { EntryFilter } from "./open-directory.ts";

const PARENT = Buffer.from("..");

export class ConfinedListing implements EntryFilter {
	/** The stat of each tree. */
	readonly #trees: readonly StatBuffer[];

	/** @param trees O_PATH descriptors, which stay the caller's */
	constructor(trees: readonly number[]) {
		this.#trees = trees.map(StatBuffer.of);
	}

	/** Keeps all entries. */
	keepVisible(directory: number, records: DirectoryRecords, count: number): number {
		const at = parentRecord(records, count);
		if (at !== undefined && !this.#hasParentInside(directory))
			addon.fstat(directory, records.words.subarray(at, at + STAT_WORDS));
		return count;
	}

	/** Whether the parent of an open directory is a tree or lies in one. */
	#hasParentInside(directory: number): boolean {
		let fd = directory;
		let stat = StatBuffer.of(directory);
		let found = false;
		for (let level = 0; level < PATH_MAX && !found; level++) {
			const above = addon.openat2(fd, PARENT, 0, PARENT.length, O_PATH_DIRECTORY, 0, 0);
			if (fd !== directory) addon.close(fd);
			if (above < 0) return false;
			fd = above;
			const next = StatBuffer.of(fd);
			/* "/" is its own parent. */
			if (next.isSameFile(stat)) break;
			found = this.#isTree(next);
			stat = next;
		}
		if (fd !== directory) addon.close(fd);
		return found;
	}

	#isTree(stat: StatBuffer): boolean {
		return this.#trees.some((tree) => tree.isSameFile(stat));
	}
}
