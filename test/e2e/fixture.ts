/*
 * The files that every client works on: sizes around the protocol's limits, awkward
 * names, links, modes and fixed times.
 */
import { randomBytes } from "node:crypto";
import {
	chmodSync,
	lchownSync,
	linkSync,
	lstatSync,
	lutimesSync,
	mkdirSync,
	readdirSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";

/** The time that planted files carry: 2001-02-03 04:05:06 UTC, in seconds. */
const PLANTED_SECONDS = 981_173_106;

/** Names that are legal and awkward. The last has 255 bytes, the most a file system takes. */
const ODD_NAMES: readonly Buffer[] = [
	...["new\nline", "quo'te\"s", "emoji-\u{1f600}", " leading blank", "-dash", "back\\slash", "st*r[a]?"].map(
		(name) => Buffer.from(name),
	),
	Buffer.from("bytes-fffe80-\xff\xfe\x80", "latin1"),
	Buffer.from("n".repeat(255)),
];

/** Sizes in bytes around those that OpenSSH's client and server move in one request. */
const SIZES: readonly number[] = [0, 1, 32_767, 32_768, 32_769, 261_119, 261_120, 261_121, 1_048_576];

interface Owner {
	readonly uid: number;
	readonly gid: number;
}

/**
 * Makes `directory` and fills it: `plain.txt`, `sizes/`, `odd/`, `modes/`,
 * `tree/` and links. The content depends only on the names. Everything
 * belongs to `owner` and has the time PLANTED_SECONDS.
 */
export function plantTree(directory: string, owner: Owner): void {
	for (const name of [
		"",
		"sizes",
		"odd",
		"modes",
		"modes/sticky",
		"modes/setgid",
		"tree",
		"tree/a",
		"tree/a/b",
	])
		mkdirSync(`${directory}/${name}`, { recursive: true, mode: 0o755 });
	writeFileSync(`${directory}/plain.txt`, "plain text\n");
	for (const size of SIZES) writeFileSync(`${directory}/sizes/${size}`, patternBytes(size));
	for (const name of ODD_NAMES)
		writeFileSync(Buffer.concat([Buffer.from(`${directory}/odd/`), name]), `in ${name.toString("hex")}`);
	for (const mode of [0o600, 0o644, 0o755, 0o4755, 0o2755, 0o444]) {
		writeFileSync(`${directory}/modes/${mode.toString(8)}`, "mode\n");
		chmodSync(`${directory}/modes/${mode.toString(8)}`, mode);
	}
	for (const name of ["tree/one", "tree/a/two", "tree/a/b/three"])
		writeFileSync(`${directory}/${name}`, `${name}\n`);
	symlinkSync("plain.txt", `${directory}/link`);
	symlinkSync("nowhere", `${directory}/dangling`);
	symlinkSync("tree", `${directory}/dirlink`);
	linkSync(`${directory}/tree/one`, `${directory}/hardlink`);
	giveTo(Buffer.from(directory), owner);
	// Distinct times, so that sorting by time is well defined.
	SIZES.forEach((size, index) => {
		const seconds = PLANTED_SECONDS + index * 60;
		lutimesSync(`${directory}/sizes/${size}`, seconds, seconds);
	});
	// A change of owner clears the special bits, so they come last.
	chmodSync(`${directory}/modes/4755`, 0o4755);
	chmodSync(`${directory}/modes/2755`, 0o2755);
	chmodSync(`${directory}/modes/sticky`, 0o1777);
	chmodSync(`${directory}/modes/setgid`, 0o2775);
}

/** Fills the new directory with `count` small files, `f00000` and on. */
export function plantMany(directory: string, count: number): void {
	mkdirSync(directory, { mode: 0o755 });
	for (let index = 0; index < count; index += 1)
		writeFileSync(`${directory}/f${String(index).padStart(5, "0")}`, `${index}\n`);
	giveTo(Buffer.from(directory), { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
}

/** Writes `length` random bytes to a new file that everybody may read, and returns them. */
export function plantRandom(file: string, length: number): Buffer {
	const bytes = randomBytes(length);
	writeFileSync(file, bytes, { mode: 0o644 });
	lutimesSync(file, PLANTED_SECONDS, PLANTED_SECONDS);
	return bytes;
}

function patternBytes(length: number): Buffer {
	const bytes = Buffer.alloc(length);
	for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 255;
	return bytes;
}

function giveTo(path: Buffer, owner: Owner): void {
	lchownSync(path, owner.uid, owner.gid);
	if (lstatSync(path).isDirectory())
		for (const name of readdirSync(path, { encoding: "buffer" }))
			giveTo(Buffer.concat([path, Buffer.from("/"), name]), owner);
	lutimesSync(path, PLANTED_SECONDS, PLANTED_SECONDS);
}
