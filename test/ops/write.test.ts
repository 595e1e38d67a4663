/*
 * WRITE: bytes at an offset and nowhere else, and the reply when the file system
 * can't store them.
 */
import assert from "node:assert/strict";
import { readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { Twins } from "../helpers/twins.ts";

const OK = status(0);
/** The most data that fits in a packet with a handle of 4 bytes. */
const MAX_WRITE = 262_144 - (1 + 4 + 8 + 8 + 4);

describe("WRITE", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start();
	});
	after(() => twins.stop());

	async function write(
		path: string,
		pflags: number,
		...writes: readonly [bigint, string | Buffer][]
	): Promise<ServerReply[]> {
		const file = await twins.open(FXP.OPEN, path, pflags, attrs());
		const replies: ServerReply[] = [];
		for (const [offset, bytes] of writes) replies.push(await twins.ask(FXP.WRITE, file, offset, bytes));
		assert.deepEqual(await twins.ask(FXP.CLOSE, file), OK);
		return replies;
	}
	const create = FXF.WRITE | FXF.CREAT;

	it("puts bytes at their offsets, in any order", async () => {
		const replies = await write("scattered", create, [6n, "world"], [0n, "hello "], [11n, "!"]);
		assert.deepEqual(replies, [OK, OK, OK]);
		twins.make((directory) => {
			assert.equal(readFileSync(join(directory, "scattered"), "utf8"), "hello world!");
		});
	});

	it("leaves a hole before an offset beyond the end", async () => {
		assert.deepEqual(await write("hole", create, [5n, "x"]), [OK]);
		twins.make((directory) => assert.equal(readFileSync(join(directory, "hole"), "latin1"), "\0\0\0\0\0x"));
	});

	it("changes nothing when it has no bytes", async () => {
		assert.deepEqual(await write("nothing", create, [0n, ""], [99n, ""]), [OK, OK]);
		twins.make((directory) => assert.equal(statSync(join(directory, "nothing")).size, 0));
	});

	it("accepts the most data that fits into a packet", async () => {
		const bytes = Buffer.alloc(MAX_WRITE, "0123456789abcdef!");
		assert.deepEqual(await write("large", create, [1n, bytes]), [OK]);
		twins.make((directory) =>
			assert.deepEqual(readFileSync(join(directory, "large")), Buffer.concat([Buffer.alloc(1), bytes])),
		);
	});

	it("accepts any bytes", async () => {
		const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
		assert.deepEqual(await write("bytes", create, [0n, bytes]), [OK]);
	});

	it("is refused when the handle is open only for reading", async () => {
		twins.file("readable", "kept");
		assert.deepEqual(await write("readable", FXF.READ, [0n, "lost"], [0n, ""]), [status(2), status(2)]);
	});

	it("fails on a full disk", async () => {
		const full = status(4, "No space left on device");
		assert.deepEqual(await write("/dev/full", FXF.WRITE, [0n, "x"], [0n, ""]), [full, full]);
	});

	it("writes at offsets around 2^31 and 2^32", async () => {
		for (const offset of [2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 2n, 2n ** 32n]) {
			assert.deepEqual(await write("sparse", create, [offset, "abcd"]), [OK]);
			const file = await twins.open(FXP.OPEN, "sparse", FXF.READ, attrs());
			const expected = { kind: "data", data: Buffer.from("abcd") };
			assert.deepEqual(await twins.ask(FXP.READ, file, offset, 9), expected);
			await twins.ask(FXP.CLOSE, file);
			twins.make((directory) => truncateSync(join(directory, "sparse")));
		}
	});

	for (const offset of [
		2n ** 53n - 1n,
		2n ** 53n,
		2n ** 53n + 1n,
		2n ** 62n + 1n,
		2n ** 63n - 1n,
		2n ** 63n,
		2n ** 63n + 1n,
		2n ** 64n - 1n,
	]) {
		it(`never writes anywhere but at 0x${offset.toString(16)}`, async () => {
			twins.file("far", "untouched");
			const [reply, nothing] = await write("far", FXF.WRITE, [offset, "abcd"], [offset, ""]);
			if (offset >= 2n ** 63n) assert.deepEqual([reply, nothing], [status(5), status(5)]);
			twins.make((directory) => {
				const path = join(directory, "far");
				/* File systems in memory can store such a file; others refuse and leave it unchanged. */
				const written = reply?.kind === "status" && reply.code === 0;
				assert.equal(statSync(path, { bigint: true }).size, written ? offset + 4n : 9n);
				truncateSync(path, 9);
				assert.equal(readFileSync(path, "utf8"), "untouched");
			});
		});
	}

	it("appends in order to a file opened with APPEND", async () => {
		twins.file("appended", "first\n");
		const pieces = Array.from({ length: 20 }, (_, i): [bigint, string] => [BigInt(i % 3), `line ${i}\n`]);
		const replies = await write("appended", FXF.WRITE | FXF.APPEND, ...pieces);
		assert.deepEqual(
			replies,
			pieces.map(() => OK),
		);
		twins.make((directory) => {
			const expected = `first\n${pieces.map(([, line]) => line).join("")}`;
			assert.equal(readFileSync(join(directory, "appended"), "utf8"), expected);
		});
	});
});
