/*
 * The files that the workloads need, in temporary directories that are removed at
 * the end. Large files are in the page cache and on the disk before a run begins, so
 * that nothing is written back during it.
 */
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "./options.ts";
import { runChecked } from "./sample.ts";

export const mebibyte = 1 << 20;
export const gibibyte = 1 << 30;

export type Fixtures = {
	/** Directories for the large files and for the many small ones. */
	readonly files: string;
	readonly names: string;
	/** A file to read repeatedly, and one to copy once. */
	readonly readFile: string;
	readonly copyFile: string;
	readonly copySize: number;
	/** 100 KiB. */
	readonly shortFile: string;
	/** Made as `load make` says: files and symbolic links. */
	readonly paths: string;
	/** The same on the disk. */
	readonly diskPaths: string;
	readonly pathCount: number;
	/** Of small files for a recursive copy. */
	readonly tree: string;
	readonly treeCount: number;
	remove(): void;
};

// Bytes that no layer can compress or omit, from a small linear
// congruential generator: the same on each machine.
function writeNoise(path: string, size: number): void {
	const block = Buffer.alloc(mebibyte);
	const fd = openSync(path, "wx", 0o644);
	let state = 1;
	for (let i = 0; i < block.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		block[i] = state >>> 24;
	}
	for (let at = 0; at < size; at += block.length) {
		block.writeUInt32BE(at / block.length, 0);
		writeSync(fd, block, 0, Math.min(block.length, size - at));
	}
	fsyncSync(fd);
	closeSync(fd);
}

/** A directory of `count` files of 4 KiB. */
function makeTree(path: string, count: number): void {
	mkdirSync(path);
	const content = Buffer.alloc(4096, "four KiB of text ");
	for (let i = 0; i < count; i++) {
		const fd = openSync(join(path, `file-${i}`), "wx", 0o644);
		writeSync(fd, content);
		closeSync(fd);
	}
}

/** Creates everything, which takes some seconds. */
export function makeFixtures(options: Options, load: string): Fixtures {
	const files = mkdtempSync(join(options.fileRoot, "sftp-bench-"));
	const names = mkdtempSync(join(options.nameRoot, "sftp-bench-"));
	const fixtures = {
		files,
		names,
		readFile: join(files, "read"),
		copyFile: join(files, "copy"),
		shortFile: join(files, "short"),
		copySize: options.quick ? gibibyte / 8 : gibibyte,
		paths: join(names, "paths"),
		diskPaths: join(files, "paths"),
		pathCount: 1000,
		tree: join(names, "tree"),
		treeCount: options.quick ? 500 : 5000,
		remove: () => {
			for (const directory of [files, names]) rmSync(directory, { recursive: true, force: true });
		},
	};
	try {
		writeNoise(fixtures.readFile, 256 * mebibyte);
		writeNoise(fixtures.shortFile, 100 * 1024);
		writeNoise(fixtures.copyFile, fixtures.copySize);
		for (const path of [fixtures.paths, fixtures.diskPaths])
			runChecked(load, ["make", path, String(fixtures.pathCount), String(fixtures.pathCount)]);
		makeTree(fixtures.tree, fixtures.treeCount);
	} catch (error) {
		fixtures.remove();
		throw error;
	}
	return fixtures;
}

/** A directory of `entries` small files, created at the first call. */
export function directoryOf(fixtures: Fixtures, load: string, entries: number): string {
	const path = join(fixtures.names, `entries-${entries}`);
	try {
		mkdirSync(path);
		runChecked(load, ["make", path, String(entries), "0"]);
	} catch (error) {
		if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
	}
	return path;
}
