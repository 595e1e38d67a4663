/*
 * The handle table on its own: numbers, the order in which they are reused, and
 * that each handle is finished once. test/failing tests how many there may be.
 */
import assert from "node:assert/strict";
import { constants } from "node:fs";
import { describe, it } from "node:test";
import { OpenDirectory } from "../../src/files/open-directory.ts";
import { OpenFile, Writers } from "../../src/files/open-file.ts";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import { HandleTable } from "../../src/session/handle-table.ts";

const path = Buffer.from("/dev/null");
const folder = Buffer.from("/");
const writers = new Writers();

function file(flags: number = constants.O_RDONLY): OpenFile {
	const fd = addon.openAt(AT_FDCWD, path, 0, path.length, flags, 0);
	assert.ok(fd >= 0);
	return new OpenFile(path, fd, flags, true, writers);
}

function directory(): OpenDirectory {
	const fd = addon.openAt(AT_FDCWD, folder, 0, folder.length, constants.O_RDONLY, 0);
	assert.ok(fd >= 0);
	return new OpenDirectory(folder, fd, { verbatim: true });
}

/** A table with `count` open files. */
function tableOf(count: number): HandleTable {
	const table = new HandleTable();
	for (let i = 0; i < count; i++) assert.equal(table.add(file()), i);
	return table;
}

function finishAll(table: HandleTable): void {
	for (const [number] of table.entries()) table.finish(number, "lost");
}

describe("a handle table", () => {
	it("reuses numbers, the last freed first, before it assigns a new one", () => {
		const table = tableOf(5);
		for (const number of [1, 4, 0]) assert.equal(table.finish(number, "close"), 0);
		assert.deepEqual(
			[0, 1, 2, 3].map(() => table.add(file())),
			[0, 4, 1, 5],
		);
		finishAll(table);
	});

	it("finds a handle until it is finished, and finishes it once", () => {
		const table = tableOf(2);
		const one = file();
		const number = table.add(one);
		assert.equal(table.get(number), one);
		assert.equal(table.finish(number, "close"), 0);
		assert.equal(addon.descriptorType(one.fd) < 0, true);
		assert.equal(table.get(number), undefined);
		assert.throws(() => table.finish(number, "lost"), RangeError);
		assert.throws(() => one.finish("lost"), Error);
		/* If its number were freed twice, two files would get it. */
		assert.deepEqual([table.add(file()), table.add(file())], [2, 3]);
		finishAll(table);
	});

	it("finds nothing for numbers that are not in use", () => {
		const table = tableOf(3);
		table.finish(1, "close");
		for (const number of [-1, 1, 3, 4, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1, 0.5, Number.NaN]) {
			assert.equal(table.get(number), undefined, String(number));
			assert.throws(() => table.finish(number, "close"), RangeError);
		}
		assert.deepEqual(
			[...table.entries()].map(([number]) => number),
			[0, 2],
		);
		finishAll(table);
		assert.deepEqual([...table.entries()], []);
	});

	it("distinguishes files from directories", () => {
		const table = new HandleTable();
		const [one, other] = [file(), directory()];
		const [first, second] = [table.add(one), table.add(other)];
		assert.deepEqual([table.file(first), table.file(second)], [one, undefined]);
		assert.equal(table.get(second), other);
		finishAll(table);
		assert.throws(() => other.finish("close"), Error);
	});

	it("lists its handles in numerical order", () => {
		const table = tableOf(3);
		table.finish(0, "close");
		table.finish(1, "close");
		const [first, second] = [file(), file()];
		assert.deepEqual([table.add(first), table.add(second)], [1, 0]);
		assert.deepEqual([...table.entries()].slice(0, 2), [
			[0, second],
			[1, first],
		]);
		finishAll(table);
	});
});

describe("open files", () => {
	it("count as writers while they are open for writing", () => {
		const table = new HandleTable();
		const flags = [constants.O_WRONLY, constants.O_RDONLY, constants.O_RDWR];
		const numbers = flags.map((one) => table.add(file(one)));
		const after = numbers.map((number) => {
			table.finish(number, "close");
			return writers.count;
		});
		assert.deepEqual(after, [1, 1, 0]);
	});
});
