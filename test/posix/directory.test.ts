/*
 * A directory's entries as the addon delivers them, for names of every length,
 * and what it does with a block that contains anything but entries.
 */
import assert from "node:assert/strict";
import { constants, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import {
	DirectoryRecords,
	ENTRIES_PER_CALL,
	NAME_LENGTH_WORD,
	nameStart,
	nextRecord,
	readDirectory,
	Unread,
} from "../../src/posix/directory.ts";
import { StatWord } from "../../src/posix/stat.ts";

const BLOCK_BYTES = 8 + 1024;
const RECORD_BYTES = 4 * 14 + 256;

function openDirectory(path: Buffer): number {
	return addon.openAt(AT_FDCWD, path, 0, path.length, constants.O_RDONLY, 0);
}

describe("a directory", () => {
	const directory = mkdtempSync(join(tmpdir(), "directory-"));
	const path = Buffer.from(directory);
	let fd = -1;
	before(() => {
		for (let length = 1; length <= 255; length++)
			writeFileSync(join(directory, String(length).padEnd(length, "n").slice(-length)), "x".repeat(length));
		fd = openDirectory(path);
	});
	after(() => {
		addon.close(fd);
		rmSync(directory, { recursive: true });
	});

	it("is read completely, each name with its own stat", () => {
		const records = new DirectoryRecords();
		const unread = new Unread();
		/* Another directory is read between the calls. */
		const other = openDirectory(path);
		const otherUnread = new Unread();
		const read = (): number => {
			readDirectory(other, other, Buffer.alloc(0), otherUnread, records);
			return readDirectory(fd, fd, Buffer.alloc(0), unread, records);
		};
		const found = new Map<string, readonly [bigint, number]>();
		for (let count = read(); count > 0; count = read()) {
			assert.ok(count <= ENTRIES_PER_CALL);
			const { bytes, words } = records;
			for (let i = 0, at = 0; i < count; i++) {
				const length = words[at + NAME_LENGTH_WORD] ?? 0;
				const name = bytes.toString("latin1", nameStart(at), nameStart(at) + length);
				const inode = [StatWord.INO_HIGH, StatWord.INO_LOW].map((word) => BigInt(words[at + word] ?? 0));
				found.set(name, [((inode[0] ?? 0n) << 32n) | (inode[1] ?? 0n), words[at + StatWord.SIZE_LOW] ?? 0]);
				at = nextRecord(at, length);
			}
		}
		addon.close(other);
		const names = [".", "..", ...readdirSync(directory)];
		assert.deepEqual([...found.keys()].sort(), names.sort());
		for (const [name, [inode, size]] of found) {
			const stat = lstatSync(join(directory, name), { bigint: true });
			assert.deepEqual([inode, BigInt(size)], [stat.ino, stat.size], name);
		}
	});

	/** The entries that one call finds when it reads the directory with a block of these words and bytes. */
	function entriesAfter(position: number, end: number, bytes: Buffer): number {
		const opened = openDirectory(path);
		const block = Buffer.alloc(BLOCK_BYTES);
		new Uint32Array(block.buffer, block.byteOffset, 2).set([position, end]);
		bytes.copy(block, 8);
		const out = Buffer.alloc(4 * RECORD_BYTES);
		const count = addon.readDirectory(opened, opened, Buffer.alloc(0), 0, 0, block, out, 4);
		addon.close(opened);
		return count;
	}

	/** An entry of that length whose name is not terminated. */
	const endless = (length: number): Buffer => {
		const entry = Buffer.alloc(1024, "n");
		new Uint16Array(entry.buffer, entry.byteOffset + 16, 1).set([length]);
		return entry;
	};
	const damaged: readonly [criterion: string, position: number, end: number, bytes: Buffer][] = [
		["ends beyond its size", 0, 1025, endless(24)],
		["has its position in its last bytes", 1016, 1024, endless(24)],
		["has its position between two entries", 4, 1024, endless(24)],
		["has an entry of length 0", 0, 1024, endless(0)],
		["has an entry longer than itself", 0, 1024, endless(65_528)],
		["has an unterminated name", 0, 1024, endless(1024)],
		["has its position and end far beyond its size", 2 ** 32 - 8, 2 ** 32 - 1, endless(24)],
	];
	for (const [criterion, position, end, bytes] of damaged) {
		it(`is read from the system when its block ${criterion}`, () => {
			assert.equal(entriesAfter(position, end, bytes), 4);
		});
	}

	it("refuses a block that overlaps the records", () => {
		const whole = Buffer.alloc(BLOCK_BYTES + RECORD_BYTES);
		const block = whole.subarray(0, BLOCK_BYTES);
		const read = (out: Buffer): number => addon.readDirectory(fd, fd, Buffer.alloc(0), 0, 0, block, out, 1);
		assert.throws(() => read(whole), RangeError);
		assert.throws(() => read(whole.subarray(BLOCK_BYTES - 4)), RangeError);
		assert.equal(read(whole.subarray(BLOCK_BYTES)), 0);
	});
});
