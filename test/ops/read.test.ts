/*
 * READ: a file's content at an offset, less at its end, and every offset that a
 * u64 can express. Lengths lie below and above the one from which pages are
 * spliced.
 */
import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const MAX_READ = 261_120;
const EOF = status(1);
const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

/** A file with a letter at each of these offsets and a hole before it. */
const MARKS = [2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 33n + 5n];
function markedFile(path: string): void {
	const fd = openSync(path, "w");
	for (const [i, offset] of MARKS.entries()) writeSync(fd, String.fromCharCode(65 + i), Number(offset));
	closeSync(fd);
}

describe("READ", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				oldFile(join(directory, "file"), content);
				oldFile(join(directory, "empty"));
				oldFile(join(directory, "letters"), "0123456789");
				markedFile(join(directory, "marked"));
				mkdirSync(join(directory, "folder"));
			},
		});
	});
	after(async () => {
		/* The trees are compared completely, so files that are too large for that are removed. */
		twins.make((directory) => {
			const fd = openSync(join(directory, "marked"), "r+");
			ftruncateSync(fd);
			closeSync(fd);
		});
		await twins.stop();
	});

	/**
	 * The replies to READs of one file, which is then closed. They must be the same
	 * when each follows a READ of length 0, since pages are spliced only after a READ
	 * that got all that it asked for.
	 */
	async function read(path: string, ...reads: readonly [bigint, number][]): Promise<ServerReply[]> {
		const file = await twins.open(FXP.OPEN, path, FXF.READ, attrs());
		const copied: ServerReply[] = [];
		const spliced: ServerReply[] = [];
		for (const [offset, length] of reads) copied.push(await twins.ask(FXP.READ, file, offset, length));
		for (const [offset, length] of reads) {
			await twins.ask(FXP.READ, file, 0n, 0);
			spliced.push(await twins.ask(FXP.READ, file, offset, length));
		}
		assert.deepEqual(spliced, copied);
		assert.deepEqual(await twins.ask(FXP.CLOSE, file), status(0));
		return copied;
	}
	const data = (start: number, end: number): ServerReply => ({
		kind: "data",
		data: content.subarray(start, end),
	});
	const nothing: ServerReply = { kind: "data", data: Buffer.alloc(0) };

	const rows: readonly [criterion: string, offset: number, length: number, expected: ServerReply][] = [
		["gives one byte", 5, 1, data(5, 6)],
		["gives the start", 0, 4096, data(0, 4096)],
		["gives bytes across a page boundary", 4095, 2, data(4095, 4097)],
		["gives 16 KiB less one byte", 1, 16_383, data(1, 16_384)],
		["gives 16 KiB", 3, 16_384, data(3, 16_387)],
		["gives 32 KiB", 32_768, 32_768, data(32_768, 65_536)],
		["gives 255 KiB, the maximum", 1, MAX_READ, data(1, 1 + MAX_READ)],
		["limits a length above 255 KiB", 0, MAX_READ + 1, data(0, MAX_READ)],
		["limits the largest length", 0, 0xffffffff, data(0, MAX_READ)],
		["gives fewer bytes at the end of the file", 299_999, 100, data(299_999, 300_000)],
		[
			"gives fewer bytes at the end of the file when asked for 32 KiB",
			290_001,
			32_768,
			data(290_001, 300_000),
		],
		["reports the end of the file", 300_000, 1, EOF],
		["reports the end of the file when asked for 32 KiB", 300_000, 32_768, EOF],
		["reports the end of the file beyond it", 400_000, 1, EOF],
		["gives nothing for a length of 0", 0, 0, nothing],
		["gives nothing beyond the end for a length of 0", 400_000, 0, nothing],
	];
	for (const [criterion, offset, length, expected] of rows) {
		it(criterion, async () => assert.deepEqual(await read("file", [BigInt(offset), length]), [expected]));
	}

	it("reports the end of an empty file at once", async () => {
		assert.deepEqual(await read("empty", [0n, 1], [0n, 32_768]), [EOF, EOF]);
	});

	it("gives bytes at and around 2^31 and 2^32", async () => {
		for (const length of [1, 20_000]) {
			const replies = await read("marked", ...MARKS.map((offset): [bigint, number] => [offset, length]));
			const first = replies.map((reply) =>
				reply.kind === "data" ? reply.data.subarray(0, 1).toString() : "",
			);
			assert.deepEqual(first, ["A", "B", "C", "D", "E"]);
		}
	});

	const far: readonly [offset: bigint, expected: ServerReply][] = [
		[2n ** 31n, EOF],
		[2n ** 32n, EOF],
		[2n ** 32n + 3n, EOF],
		[2n ** 53n - 1n, EOF],
		[2n ** 53n, EOF],
		[2n ** 53n + 1n, EOF],
		[2n ** 62n + 1n, EOF],
		[2n ** 63n - 1n, EOF],
		[2n ** 63n, status(5)],
		[2n ** 63n + 1n, status(5)],
		[2n ** 64n - 2n, status(5)],
		[2n ** 64n - 1n, status(5)],
	];
	for (const [offset, expected] of far) {
		it(`of ten bytes at 0x${offset.toString(16)} is ${expected.kind === "status" ? expected.text : "data"}`, async () => {
			/* Most file systems can't seek so far and say so; OpenSSH's reply decides. */
			const replies = await read("letters", [offset, 4], [offset, 32_768], [offset, 0], [3n, 4]);
			const [small, large, none, after] = replies;
			assert.deepEqual(small, large);
			const unseekable = status(5);
			if (offset < 2n ** 43n || offset >= 2n ** 63n) {
				assert.deepEqual(small, expected);
				assert.deepEqual(none, offset < 2n ** 63n ? nothing : unseekable);
			} else if (none?.kind === "status") assert.deepEqual([small, none], [unseekable, unseekable]);
			else assert.deepEqual([small, none], [EOF, nothing]);
			assert.deepEqual(after, { kind: "data", data: Buffer.from("3456") });
		});
	}

	it("is refused when the handle is open only for writing", async () => {
		const file = await twins.open(FXP.OPEN, "new", FXF.WRITE | FXF.CREAT, attrs());
		for (const length of [1, 32_768])
			assert.deepEqual(await twins.ask(FXP.READ, file, 0n, length), status(2));
		await twins.ask(FXP.CLOSE, file);
	});

	it("is refused when OPEN opened a directory", async () => {
		for (const length of [1, 32_768])
			assert.deepEqual(await read("folder", [0n, length]), [status(4, "Is a directory")]);
	});

	it("gives the content of files in /proc, whose size is 0", async () => {
		for (const length of [16, 40_000]) {
			const [version, end] = await read("/proc/version", [0n, length], [5000n, length]);
			assert.match(version?.kind === "data" ? version.data.toString() : "", /^Linux version/);
			assert.deepEqual(end, EOF);
		}
	});

	it("gives the bytes of a device", async () => {
		for (const length of [10, 40_000])
			assert.deepEqual(await read("/dev/zero", [7n, length]), [{ kind: "data", data: Buffer.alloc(length) }]);
		assert.deepEqual(await read("/dev/null", [0n, 10], [0n, 40_000]), [EOF, EOF]);
	});

	it("gives bytes that were written through another handle", async () => {
		twins.file("shared", "before");
		const reader = await twins.open(FXP.OPEN, "shared", FXF.READ, attrs());
		const writer = await twins.open(FXP.OPEN, "shared", FXF.WRITE, attrs());
		assert.deepEqual(await twins.ask(FXP.WRITE, writer, 0n, "after!"), status(0));
		assert.deepEqual(await twins.ask(FXP.READ, reader, 0n, 99), {
			kind: "data",
			data: Buffer.from("after!"),
		});
		await twins.ask(FXP.CLOSE, writer);
		await twins.ask(FXP.CLOSE, reader);
	});
});
