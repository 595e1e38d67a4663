// Long names against those of OpenSSH's server: all modes, kinds of files, owners
// without names, sizes and dates; and where a column has no room.
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
import { registers } from "../../src/posix/addon.ts";
import { lstat } from "../../src/posix/files.ts";
import { LongnameFormatter } from "../../src/posix/longname.ts";
import { STAT_WORDS, StatWord } from "../../src/posix/stat.ts";
import { LINE_ROOM_BYTES } from "../../src/wire/replies.ts";
import { PacketWriter } from "../../src/wire/writer.ts";
import { FXP } from "../helpers/packets.ts";
import { needsOpenssh, OPENSSH, ServerSession } from "../helpers/server-session.ts";

const HALF_YEAR = (365 * 86_400) / 2;
const SPECIAL_BITS = [0, 0o1000, 0o2000, 0o4000, 0o7000];
/** Every set of rights once in each place. */
const MODES = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bits) => [bits * 0o100, bits * 0o10, bits]);

/** The formatter's next line, for a name that stands behind other bytes; one character a byte. */
function nextLine(
	formatter: LongnameFormatter,
	writer: PacketWriter,
	words: Uint32Array,
	at: number,
	name: string,
): string {
	writer.reserve(name.length + LINE_ROOM_BYTES);
	writer.raw(Buffer.from(name, "latin1"), 0, name.length);
	const start = writer.position;
	formatter.write(writer, words, at, start - name.length, name.length);
	return writer.bytes.toString("latin1", start, writer.position);
}

/** The only line of a reply. */
function made(
	formatter: LongnameFormatter,
	words: Uint32Array,
	at: number,
	name: string,
	nowSeconds: number,
): string {
	formatter.begin(nowSeconds);
	return nextLine(formatter, new PacketWriter(1), words, at, name);
}

describe("a long name", () => {
	const directory = mkdtempSync(join(tmpdir(), "longname-"));
	after(() => rmSync(directory, { recursive: true }));
	const nowSeconds = Math.floor(Date.now() / 1000);

	function file(name: string): string {
		const path = join(directory, name);
		writeFileSync(path, name);
		return path;
	}

	function makeFiles(): void {
		/* Once each: who is not root can't write to a file without rights again. */
		for (const mode of new Set(SPECIAL_BITS.flatMap((special) => MODES.map((bits) => special | bits))))
			chmodSync(file(`mode-${mode}`), mode);
		for (const [i, size] of [0, 9_999_999, 99_999_999, 2 ** 31, 2 ** 32, 2 ** 40 + 1].entries())
			truncateSync(file(`size-${i}`), size);
		/* A minute to each side, since the server looks at the clock a little later. */
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

	it("is that of OpenSSH's server, for every kind of entry", needsOpenssh, async () => {
		makeFiles();
		const session = await ServerSession.start(OPENSSH);
		const handle = await session.open(FXP.OPENDIR, directory);
		const formatter = new LongnameFormatter();
		const compared = new Set<string>();
		for (;;) {
			const reply = await session.ask(FXP.READDIR, handle);
			if (reply.kind !== "names") break;
			for (const { name, longname } of reply.names) {
				const path = Buffer.from(`${directory}/${name}`);
				assert.equal(lstat(path, 0, path.length), 0);
				assert.equal(made(formatter, registers.slice(), 0, name, Math.floor(Date.now() / 1000)), longname);
				compared.add(longname.slice(0, 1));
			}
		}
		await session.stop();
		assert.deepEqual([...compared].sort(), ["-", "d", "l", "p"]);
	});

	/** The line of a regular file of root's, changed as `fields` say, a record behind another. */
	function line(fields: Readonly<Partial<Record<keyof typeof StatWord, number>>>, name = "name"): string {
		const words = new Uint32Array(2 * STAT_WORDS).fill(7);
		const all = { MODE: 0o100644, NLINK: 1, SIZE_HIGH: 0, UID: 0, GID: 0, MTIME_HIGH: 0, ...fields };
		words.set([0, 5, 0, 0, 0, 0, 1e9, 0, 0], STAT_WORDS);
		for (const [field, word] of Object.entries(StatWord))
			for (const [key, value] of Object.entries(all)) if (key === field) words[STAT_WORDS + word] = value;
		return made(new LongnameFormatter(), words, STAT_WORDS, name, nowSeconds);
	}

	it("has the columns that C's buffers have room for", () => {
		assert.match(line({}), /^-rw-r--r-- {4}1 root {5}root {12}5 Sep .. {2}2001 name$/);
		assert.match(line({ NLINK: 123_456_789 }), /^-rw-r--r-- {2}1234567 root/);
		assert.match(
			line({ SIZE_HIGH: 0xffff_ffff, SIZE_LOW: 0xffff_ffff }),
			/ root {5}18446744073709551615 Sep/,
		);
		assert.match(line({ MODE: 0o170000 }), /^\?--------- {2}/);
		/* A year of five digits has one more than the date. */
		assert.match(line({ MTIME_HIGH: 100 }), / 5 {2}name$/);
		assert.match(line({ MTIME_HIGH: 0x7fff_ffff }), / 5 {2}name$/);
		assert.equal(line({}, "n".repeat(2000)).length, 1023);
	});

	it("is the same behind every other line as alone", () => {
		const values = {
			MODE: [0o100644, 0o40755],
			NLINK: [1, 12],
			SIZE_HIGH: [0, 1],
			SIZE_LOW: [5, 123_456_789, 99_999_999],
			UID: [0, 4_000_000_000],
			MTIME_HIGH: [0, 100],
			MTIME_LOW: [1e9, nowSeconds - 60],
		};
		let stats: Partial<Record<keyof typeof StatWord, number>>[] = [{}];
		for (const [field, all] of Object.entries(values))
			stats = stats.flatMap((stat) => all.map((value) => ({ ...stat, [field]: value })));
		const words = stats.map((stat) => {
			const all = new Uint32Array(STAT_WORDS);
			for (const [field, word] of Object.entries(StatWord))
				for (const [key, value] of Object.entries(stat)) if (key === field) all[word] = value;
			return all;
		});
		const formatter = new LongnameFormatter();
		const writer = new PacketWriter(1);
		formatter.begin(nowSeconds);
		/* Each stat comes behind one that differs in its last field, and behind one far from it. */
		for (const step of [1, 37]) {
			for (const [i] of words.entries()) {
				const name = "n".repeat(i % 50 === 0 ? 1000 : i % 7);
				const stat = words[(i * step) % words.length] ?? assert.fail();
				assert.equal(
					nextLine(formatter, writer, stat, 0, name),
					made(new LongnameFormatter(), stat, 0, name, nowSeconds),
				);
			}
		}
	});
});
