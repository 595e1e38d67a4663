/*
 * The entries of a READDIR reply. Long names are compared with OpenSSH's for all
 * modes, file types, owners without names, sizes and dates, and checked where a
 * column has no room.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	chmodSync,
	lchownSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Longnames } from "../../src/files/longname.ts";
import { writeListing } from "../../src/ops/listing.ts";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import type { DirectoryRecords } from "../../src/posix/directory.ts";
import { STAT_WORDS, StatBuffer, StatWord } from "../../src/posix/stat.ts";
import { PacketWriter } from "../../src/wire/writer.ts";
import { FXP } from "../helpers/packets.ts";
import { needsOpenssh, OPENSSH, ServerSession } from "../helpers/server-session.ts";

const HALF_YEAR = (365 * 86_400) / 2;
const SPECIAL_BITS = [0, 0o1000, 0o2000, 0o4000, 0o7000];
/** Every combination of permissions, once for owner, group and others. */
const MODES = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bits) => [bits * 0o100, bits * 0o10, bits]);

interface Entry {
	readonly words: Uint32Array;
	/** One character per byte. */
	readonly name: string;
}

/** Records as the addon writes them. */
function recordsOf(entries: readonly Entry[]): DirectoryRecords {
	const bytes = Buffer.concat(
		entries.map(({ words, name }) => {
			const padded = Buffer.alloc((name.length + 3) & ~3, "-");
			padded.write(name, "latin1");
			const header = Uint32Array.of(...words.subarray(0, STAT_WORDS), name.length);
			return Buffer.concat([Buffer.from(header.buffer), padded]);
		}),
	);
	/* Not from the pool: the words must be at its start. */
	const words = new Uint32Array(bytes.length / 4);
	const copy = Buffer.from(words.buffer);
	bytes.copy(copy);
	return { bytes: copy, words };
}

/** The long names in a reply; asserts that names and attributes are those of the entries. */
function linesOf(entries: readonly Entry[], nowSeconds: number, longnames = new Longnames()): string[] {
	const writer = new PacketWriter(1);
	writer.byte(0);
	writeListing(writer, recordsOf(entries), entries.length, longnames, nowSeconds);
	const { bytes } = writer;
	let at = 1;
	const string = (): string => {
		const length = bytes.readUInt32BE(at);
		const text = bytes.toString("latin1", at + 4, at + 4 + length);
		at += 4 + length;
		return text;
	};
	const lines = entries.map(({ words, name }) => {
		assert.equal(string(), name);
		const line = string();
		const attrs = Array.from({ length: 8 }, (_, i) => bytes.readUInt32BE(at + 4 * i));
		at += 32;
		assert.deepEqual(attrs, [0xf, ...words.subarray(0, 7)]);
		return line;
	});
	assert.equal(at, writer.position);
	return lines;
}

describe("an entry's long name", () => {
	const base = mkdtempSync(join(tmpdir(), "longname-"));
	after(() => rmSync(base, { recursive: true }));
	/* With a parent of its own, since the link count of .. is compared. */
	const directory = join(base, "listed");
	mkdirSync(directory);
	const nowSeconds = Math.floor(Date.now() / 1000);

	function file(name: string): string {
		const path = join(directory, name);
		writeFileSync(path, name);
		return path;
	}

	function makeFiles(): void {
		/* Each is written once: only root can write again to a file without permissions. */
		for (const mode of new Set(SPECIAL_BITS.flatMap((special) => MODES.map((bits) => special | bits))))
			chmodSync(file(`mode-${mode}`), mode);
		for (const [i, size] of [0, 9_999_999, 99_999_999, 2 ** 31, 2 ** 32, 2 ** 40 + 1].entries())
			truncateSync(file(`size-${i}`), size);
		/* A minute on each side, since the server reads the clock a little later. */
		const borders = [nowSeconds - HALF_YEAR, nowSeconds].flatMap((time) => [time - 60, time + 60]);
		for (const time of [-(2 ** 31), -1, 0, 1e9, 2 ** 31, 2 ** 32 + 5, ...borders].map(Math.floor))
			utimesSync(file(`time-${time}`), time, time);
		for (let i = 0; i < 120; i++) linkSync(join(directory, "mode-0"), join(directory, `hard-${i}`));
		symlinkSync("mode-0", join(directory, "symlink"));
		mkdirSync(join(directory, "folder"));
		execFileSync("mkfifo", [join(directory, "fifo")]);
		if (process.getuid?.() !== 0) return;
		lchownSync(file("unknown-owner"), 4_000_000_000, 4_000_000_001);
		lchownSync(file("long-name"), 65_534, 65_534);
	}

	it("matches that of OpenSSH's server for every kind of entry", needsOpenssh, async () => {
		makeFiles();
		const session = await ServerSession.start(OPENSSH);
		const handle = await session.open(FXP.OPENDIR, directory);
		const longnames = new Longnames();
		const compared = new Set<string>();
		for (;;) {
			const reply = await session.ask(FXP.READDIR, handle);
			if (reply.kind !== "names") break;
			for (const { name, longname } of reply.names) {
				const path = Buffer.from(`${directory}/${name}`);
				const { words } = new StatBuffer();
				assert.equal(addon.statAt(AT_FDCWD, path, 0, path.length, 0, words), 0);
				const entry = { words, name };
				assert.deepEqual(linesOf([entry], Math.floor(Date.now() / 1000), longnames), [longname]);
				compared.add(longname.slice(0, 1));
			}
		}
		await session.stop();
		assert.deepEqual([...compared].sort(), ["-", "d", "l", "p"]);
	});

	/** The stat of a regular file owned by root, with `fields` replaced. */
	function stat(fields: Readonly<Partial<Record<keyof typeof StatWord, number>>>): Uint32Array {
		const words = new Uint32Array(STAT_WORDS);
		const all = { MODE: 0o100644, NLINK: 1, SIZE_LOW: 5, MTIME_LOW: 1e9, ...fields };
		for (const [field, word] of Object.entries(StatWord))
			for (const [key, value] of Object.entries(all)) if (key === field) words[word] = value;
		return words;
	}

	/** The long name of such a file. */
	function line(fields: Parameters<typeof stat>[0], name = "name"): string {
		return linesOf([{ words: stat(fields), name }], nowSeconds).join();
	}

	it("truncates columns as C's buffers do", () => {
		assert.match(line({}), /^-rw-r--r-- {4}1 root {5}root {12}5 Sep .. {2}2001 name$/);
		assert.match(line({ NLINK: 123_456_789 }), /^-rw-r--r-- {2}1234567 root/);
		assert.match(
			line({ SIZE_HIGH: 0xffff_ffff, SIZE_LOW: 0xffff_ffff }),
			/ root {5}18446744073709551615 Sep/,
		);
		assert.match(line({ MODE: 0o170000 }), /^\?--------- {2}/);
		/* A year of five digits exceeds the date by one. */
		assert.match(line({ MTIME_HIGH: 100 }), / 5 {2}name$/);
		assert.match(line({ MTIME_HIGH: 0x7fff_ffff }), / 5 {2}name$/);
	});

	it("is truncated after 1023 bytes", () => {
		for (const [headLength, sizes] of [
			[740, [5, 6]],
			[1010, [5, 99_999_999]],
			[1023, [5, 5]],
		] as const) {
			const head = Buffer.alloc(headLength, "h");
			const longnames = Object.assign(new Longnames(), { head: () => head });
			const entries = sizes.map((SIZE_LOW) => ({ words: stat({ SIZE_LOW }), name: "n".repeat(255) }));
			const whole = entries.map(({ words, name }) => {
				const columns = linesOf([{ words, name: "" }], nowSeconds)
					.join()
					.slice(-22);
				return `${head.toString()}${columns}${name}`.slice(0, 1023);
			});
			assert.deepEqual(linesOf(entries, nowSeconds, longnames), whole);
		}
	});

	it("is the same after any other line as alone", () => {
		const values = {
			MODE: [0o100644, 0o40755],
			NLINK: [1, 12],
			SIZE_HIGH: [0, 1],
			SIZE_LOW: [5, 123_456_789, 99_999_999],
			UID: [0, 4_000_000_000],
			GID: [0, 4_000_000_001],
			MTIME_HIGH: [0, 100],
			MTIME_LOW: [1e9, nowSeconds - 60],
		};
		let stats: Partial<Record<keyof typeof StatWord, number>>[] = [{}];
		for (const [field, all] of Object.entries(values))
			stats = stats.flatMap((fields) => all.map((value) => ({ ...fields, [field]: value })));
		const longnames = new Longnames();
		/* Each stat follows one that differs in its last field, and one that differs in many. */
		for (const step of [1, 37, 101]) {
			const entries = stats.map((_, i) => {
				const fields = stats[(i * step) % stats.length] ?? assert.fail();
				return { words: stat(fields), name: "n".repeat(i % 50 === 0 ? 255 : i % 7) };
			});
			const alone = entries.flatMap((entry) => linesOf([entry], nowSeconds));
			assert.deepEqual(linesOf(entries, nowSeconds, longnames), alone);
		}
	});
});
