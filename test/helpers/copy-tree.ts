/* Copies of a part of the checkout, which may be read-only. */
import { chmodSync, cpSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Copies a file or directory so that its owner can change and remove the copy. `takes` selects by path. */
export function copyTree(from: string, to: string, takes: (path: string) => boolean = () => true): void {
	cpSync(from, to, { recursive: true, filter: (path) => takes(path) });
	makeWritable(to);
}

function makeWritable(path: string): void {
	const stats = lstatSync(path);
	if (stats.isSymbolicLink()) return;
	chmodSync(path, (stats.mode & 0o7777) | 0o200);
	if (stats.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}
