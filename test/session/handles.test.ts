// The table of handles by itself: numbers, and the order in which they come back.
// How many there may be is tested in test/failing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DirectoryReader } from "../../src/posix/directory.ts";
import { type DirHandle, type FileHandle, HandleTable } from "../../src/session/handles.ts";

const path = Buffer.from("/path");

function file(writable = false): FileHandle {
	const counts = { bytesRead: 0, bytesWritten: 0, openedAtMs: 0 };
	return {
		kind: "file",
		path,
		fd: -1,
		writable,
		appends: false,
		spliceable: true,
		readInFull: false,
		...counts,
	};
}

function directory(): DirHandle {
	return { kind: "directory", path, fd: -1, openedAtMs: 0, reader: new DirectoryReader(-1, path) };
}

/** A table that holds so many files. */
function tableOf(count: number): HandleTable {
	const table = new HandleTable();
	for (let i = 0; i < count; i++) assert.equal(table.add(file()), i);
	return table;
}

describe("a handle table", () => {
	it("gives the number that was freed last, then the ones before it, then a new one", () => {
		const table = tableOf(5);
		for (const number of [1, 4, 0]) table.remove(number);
		assert.deepEqual(
			[0, 1, 2, 3].map(() => table.add(file())),
			[0, 4, 1, 5],
		);
	});

	it("gives a handle until it is removed, once", () => {
		const table = tableOf(2);
		const one = file();
		const number = table.add(one);
		assert.equal(table.get(number), one);
		table.remove(number);
		table.remove(number);
		assert.equal(table.get(number), undefined);
		/* Freed twice, it would be given to two. */
		assert.deepEqual([table.add(file()), table.add(file())], [2, 3]);
	});

	it("has nothing under numbers that are not in use", () => {
		const table = tableOf(3);
		table.remove(1);
		for (const number of [-1, 1, 3, 4, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1, 0.5, Number.NaN]) {
			assert.equal(table.get(number), undefined, String(number));
			table.remove(number);
		}
		assert.equal([...table.all()].length, 2);
		assert.equal(table.add(file()), 1);
		assert.equal(table.add(file()), 3);
	});

	it("tells files from directories", () => {
		const table = new HandleTable();
		const [one, other] = [file(), directory()];
		const [first, second] = [table.add(one), table.add(other)];
		assert.deepEqual([table.file(first), table.directory(first)], [one, undefined]);
		assert.deepEqual([table.file(second), table.directory(second)], [undefined, other]);
	});

	it("knows whether any handle can write", () => {
		const table = new HandleTable();
		const numbers = [file(true), file(false), file(true), directory()].map((handle) => table.add(handle));
		const after = numbers.map((number) => {
			table.remove(number);
			return table.anyWritable;
		});
		assert.deepEqual(after, [true, true, false, false]);
		table.add(file(true));
		assert.equal(table.anyWritable, true);
	});

	it("lists its handles in the order of their numbers", () => {
		const table = tableOf(3);
		table.remove(0);
		table.remove(1);
		const [first, second] = [file(), file()];
		assert.deepEqual([table.add(first), table.add(second)], [1, 0]);
		assert.deepEqual([...table.all()].slice(0, 2), [second, first]);
	});
});
