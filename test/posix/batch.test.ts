/*
 * A batch gives the results of its single calls, and its table is checked before
 * any of them is made.
 */
import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import { BATCH_DATA_BYTES, BATCH_MAX, Batch } from "../../src/posix/batch.ts";
import { StatBuffer } from "../../src/posix/stat.ts";

const { EBADF, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR } = constants.errno;
const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251));

describe("a batch", () => {
	const directory = mkdtempSync(join(tmpdir(), "batch-"));
	const file = join(directory, "file");
	const descriptors: number[] = [];
	before(() => {
		writeFileSync(file, content);
		mkdirSync(join(directory, "folder"));
		symlinkSync("file", join(directory, "link"));
		symlinkSync("missing", join(directory, "dangling"));
		descriptors.push(openSync(file, "r"), openSync(directory, "r"));
	});
	after(() => {
		for (const fd of descriptors) closeSync(fd);
		rmSync(directory, { recursive: true });
	});

	it("of paths gives the same stats as single calls", () => {
		const names = ["file", "folder", "link", "dangling", "missing", "file/x", "", "n".repeat(256)];
		const paths = [...names.map((name) => `${directory}/${name}`), "", "x/".repeat(2047), "x/".repeat(2500)];
		const input = Buffer.from(paths.join(""));
		const batch = new Batch();
		const rows: (readonly [follow: boolean, start: number, length: number])[] = [];
		let start = 0;
		for (const { length } of paths) {
			rows.push([true, start, length], [false, start, length]);
			start += length;
		}
		for (const row of rows) assert.equal(batch.addStat(...row), true);
		batch.run(input);
		const results = rows.map((row, i) => statOf(batch, i, input, row));
		assert.deepEqual([...new Set(results)].sort(), [0, -ENOENT, -ENOTDIR, -ENAMETOOLONG].sort());
	});

	it("of reads gives the same bytes as single calls", () => {
		const [open = -1, folder = -1] = descriptors;
		const reads: readonly (readonly [
			fd: number,
			high: number,
			low: number,
			length: number,
			result: number,
		])[] = [
			[open, 0, 0, 1000, 1000],
			[open, 0, 99_000, 5000, 1000],
			[open, 0, 100_000, 1, 0],
			[open, 1, 0, 10, 0],
			[open, 0x8000_0000, 0, 10, -EINVAL],
			[folder, 0, 0, 10, -EISDIR],
			[0x7fff_ffff, 0, 0, 10, -EBADF],
			[open, 0, 12_345, 70_000, 70_000],
		];
		const batch = new Batch();
		for (const [fd, high, low, length] of reads) assert.equal(batch.addRead(fd, { high, low }, length), true);
		batch.run(Buffer.alloc(0));
		for (const [i, [, , low, , result]] of reads.entries()) {
			assert.equal(batch.result(i), result, `read ${i}`);
			const start = batch.dataStart(i);
			const bytes = batch.data.subarray(start, start + Math.max(result, 0));
			assert.deepEqual(bytes, content.subarray(low, low + Math.max(result, 0)), `read ${i}`);
		}
	});

	it("limits its calls and its bytes, and is empty again when cleared", () => {
		const [open = -1] = descriptors;
		const batch = new Batch();
		for (let i = 0; i < BATCH_MAX; i++) assert.equal(batch.addRead(open, { high: 0, low: i }, 10), true);
		assert.equal(batch.addRead(open, { high: 0, low: 0 }, 10), false);
		assert.equal(batch.addStat(true, 0, 0), false);
		batch.run(Buffer.alloc(0));
		assert.equal(batch.data.readUInt8(batch.dataStart(BATCH_MAX - 1)), content[BATCH_MAX - 1]);
		batch.clear();
		assert.equal(batch.addRead(open, { high: 0, low: 0 }, BATCH_DATA_BYTES - 10), true);
		assert.equal(batch.addRead(open, { high: 0, low: 0 }, 11), false);
		assert.equal(batch.addRead(open, { high: 0, low: 5 }, 10), true);
		batch.run(Buffer.alloc(0));
		assert.deepEqual([batch.result(0), batch.result(1)], [content.length, 10]);
		assert.equal(batch.data.readUInt8(batch.dataStart(1)), content[5]);
	});
});

/** The result of a row; asserts that the single call leaves the same bytes. */
function statOf(
	batch: Batch,
	index: number,
	input: Buffer,
	[follow, start, length]: readonly [boolean, number, number],
): number {
	const result = batch.result(index);
	const loaded = new StatBuffer();
	const single = new StatBuffer();
	batch.loadStat(index, loaded.words);
	const expected = addon.statAt(AT_FDCWD, input, start, length, follow ? 1 : 0, single.words);
	assert.equal(result, expected, input.toString("latin1", start, start + length));
	if (result === 0) assert.deepEqual(loaded, single);
	return result;
}

describe("the table of a batch", () => {
	const READ = 0;
	const STAT = 1;
	const space = Buffer.alloc(1024);
	const table = (kind: number, fd: number, start: number, length: number): Buffer =>
		Buffer.from(Uint32Array.of(kind, fd, start, length, ...new Array(17).fill(0)).buffer);
	const outside: readonly [criterion: string, rows: Buffer][] = [
		["of an unknown kind", table(3, 0, 0, 0)],
		["with an impossible descriptor", table(READ, 2 ** 31, 0, 0)],
		["with a path beyond the input", table(STAT, 0, 17, 0)],
		["with a path longer than the input", table(STAT, 0, 1, 16)],
		["with a path of nearly 4 GiB", table(STAT, 0, 8, 2 ** 32 - 8)],
		["that reads to beyond the data", table(READ, 0, 1025, 0)],
		["that reads more than the data can hold", table(READ, 0, 1000, 25)],
	];
	for (const [criterion, rows] of outside) {
		it(`is refused for a row ${criterion}`, () => {
			assert.throws(() => addon.runBatch(rows, 1, Buffer.alloc(16), space), RangeError);
		});
	}

	it("is refused when reads would overwrite it", () => {
		const rows = Buffer.concat([space, table(READ, 0, 0, 8)]).subarray(1024);
		const whole = Buffer.from(rows.buffer, rows.byteOffset - 8, 16);
		assert.throws(() => addon.runBatch(rows, 1, Buffer.alloc(0), whole), RangeError);
		assert.throws(() => addon.runBatch(rows, 1, Buffer.alloc(0), rows.subarray(80)), RangeError);
	});
});
