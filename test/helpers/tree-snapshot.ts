/*
 * Describes a directory tree as lines of text, so that two trees can be compared.
 * Names and link targets are bytes and are escaped.
 */
import { createHash } from "node:crypto";
import {
	accessSync,
	constants,
	lstatSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	type Stats,
} from "node:fs";

export interface SnapshotOptions {
	/** Times from this moment on (ms) are shown as "recent": the clock set them, not a client. */
	readonly recentSinceMilliseconds: number;
}

/**
 * One line for each entry below `directory`, sorted by name: escaped name,
 * mode with type in octal, owner, group, size, modification time and, for
 * files and links, the SHA-256 or link target.
 */
export function snapshotTree(directory: string, options: SnapshotOptions): string[] {
	const lines: string[] = [];
	const walk = (path: Buffer, shown: string) => {
		const stats = lstatSync(path);
		lines.push(`${shown} ${describe(path, stats, options)}`);
		if (!stats.isDirectory() || !mayRead(path)) return;
		for (const name of readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare))
			walk(Buffer.concat([path, Buffer.from("/"), name]), `${shown}/${showBytes(name)}`);
	};
	walk(Buffer.from(directory), ".");
	return lines;
}

/** Bytes as unambiguous text: printable ASCII unchanged, the rest (and the backslash) as \xNN. */
function showBytes(bytes: Buffer): string {
	return bytes
		.toString("latin1")
		.replace(/[^!-[\]-~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

function mayRead(path: Buffer): boolean {
	try {
		accessSync(path, constants.R_OK);
		return true;
	} catch {
		return false;
	}
}

function describe(path: Buffer, stats: Stats, options: SnapshotOptions): string {
	const recent = stats.mtimeMs >= options.recentSinceMilliseconds;
	const columns = [stats.mode.toString(8), stats.uid, stats.gid];
	// A directory's size depends on the file system.
	columns.push(stats.isDirectory() ? "-" : stats.size);
	// Most clients can't set a link's time, so it is the time of the link's creation.
	columns.push(recent || stats.isSymbolicLink() ? "recent" : Math.floor(stats.mtimeMs / 1000));
	if (stats.isFile()) columns.push(mayRead(path) ? sha256(readFileSync(path)) : "may not be read");
	if (stats.isSymbolicLink()) columns.push(`-> ${showBytes(readlinkSync(path, { encoding: "buffer" }))}`);
	return columns.join(" ");
}
