/*
 * WRITEs that arrive in one piece: each gets its own answer, even when the
 * system accepts only some of them.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
	inOnePiece,
	limited,
	needsRoot,
	type Question,
	replies,
	scratch,
	smallFileSystem,
	start,
} from "../failing/world.ts";
import { attrs, FXF, FXP, handle } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { needsOpenssh, OURS } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const { READ, WRITE, CREAT, APPEND } = FXF;
const PIECE = 1000;
const COUNT = 60;

/** Bytes that identify their WRITE. */
const piece = (i: number): Buffer => Buffer.alloc(PIECE, i + 1);
const pieces = (count = COUNT): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => piece(i)));
const write = (open: number, at: number | bigint, data: Buffer): Question => [
	FXP.WRITE,
	handle(open),
	BigInt(at),
	data,
];
/** WRITEs, each of which starts where the one before ended. */
const upload = (open = 0, count = COUNT, from = 0): Question[] =>
	Array.from({ length: count }, (_, i) => write(open, from + i * PIECE, piece(i)));
const open = (name: string, pflags: number): Question => [FXP.OPEN, name, pflags, attrs()];

describe("WRITEs in one piece", needsOpenssh, () => {
	const zero = Buffer.alloc(0);
	const rows: readonly [criterion: string, questions: Question[]][] = [
		["fill a file", [open("a", WRITE | CREAT), ...upload()]],
		["append whatever their offsets", [open("a", WRITE | APPEND), ...upload()]],
		["are refused when the handle is open only for reading", [open("a", READ), ...upload(0, 3)]],
		["are refused beyond the largest offset", [open("a", WRITE), ...upload(0, 3, 2 ** 53)]],
		[
			"fill a file up to the largest offset and no further",
			[
				open("a", WRITE),
				...[2n, 1n, 0n, -1n].map((left) => write(0, 2n ** 63n - left * 1000n - 1n, piece(1))),
			],
		],
		[
			"may overlap, leave holes, and be empty",
			[
				open("a", WRITE),
				write(0, 10, piece(1)),
				write(0, 1010, piece(2)),
				write(0, 1500, piece(3)),
				write(0, 2500, zero),
				write(0, 2500, piece(4)),
				write(0, 9000, piece(5)),
				write(0, 10_000, piece(6)),
			],
		],
		[
			"do not change what READs between them return",
			[
				open("a", READ | WRITE),
				...upload(0, 3),
				[FXP.READ, handle(0), 0n, 5000],
				...upload(0, 3, 1500),
				[FXP.READ, handle(0), 0n, 5000],
			],
		],
		[
			"fail from the point where their handle is closed among them",
			[open("a", WRITE), ...upload(0, 3), [FXP.CLOSE, handle(0)], ...upload(0, 3, 3000)],
		],
	];
	for (const [criterion, questions] of rows) {
		it(criterion, async () => {
			const twins = await Twins.start({
				build: (directory) => oldFile(join(directory, "a"), Buffer.alloc(1234, "a")),
			});
			await twins.askInOnePiece(questions);
			await twins.stop();
		});
	}

	it("write nothing when the policy denies them", async () => {
		const twins = await Twins.start({
			args: ["-P", "write"],
			build: (directory) => oldFile(join(directory, "a"), Buffer.alloc(1234, "a")),
		});
		await twins.askInOnePiece([open("a", WRITE), ...upload(0, 5)]);
		await twins.stop();
	});
});

describe("a WRITE among others that the system cuts short", () => {
	it("fails at a limit on the size, and so do those after it", async (test) => {
		const cwd = scratch(test);
		const session = await start(test, limited(`--fsize=${5 * PIECE + 300}`), { cwd });
		await session.ask(...open("a", WRITE | CREAT));
		await session.send(inOnePiece(upload(0, 8)));
		const answers = await replies(session, 8);
		const tooLarge = status(4, "File too large");
		assert.deepEqual(
			answers,
			Array.from({ length: 8 }, (_, i) => (i < 5 ? status(0) : tooLarge)),
		);
		await session.stop();
		assert.ok(readFileSync(join(cwd, "a")).equals(pieces(6).subarray(0, 5 * PIECE + 300)));
	});

	it("fails on a full disk, and every WRITE before it is in the file", needsRoot, async (test) => {
		const cwd = smallFileSystem(test, 32 * 1024);
		const session = await start(test, OURS, { cwd });
		await session.ask(...open("a", WRITE | CREAT));
		await session.send(inOnePiece(upload()));
		const answers = await replies(session, COUNT);
		const written = answers.findIndex((reply) => reply.kind !== "status" || reply.code !== 0);
		assert.ok(written > 20 && written < COUNT, `${written} written`);
		for (const reply of answers.slice(written)) assert.deepEqual(reply, status(4, "No space left on device"));
		await session.stop();
		assert.ok(
			readFileSync(join(cwd, "a"))
				.subarray(0, written * PIECE)
				.equals(pieces(written)),
		);
	});

	it("does not reach any file but the one that was opened", async (test) => {
		const cwd = scratch(test);
		writeFileSync(join(cwd, "b"), "b");
		const session = await start(test, OURS, { cwd });
		await session.send(
			inOnePiece([
				open("a", WRITE | CREAT),
				...upload(0, 3),
				[FXP.CLOSE, handle(0)],
				open("b", READ),
				...upload(0, 3, 3000),
			]),
		);
		const answers = await replies(session, 9);
		assert.deepEqual(answers.slice(6), Array(3).fill(status(2)));
		await session.stop();
		assert.ok(existsSync(join(cwd, "a")) && readFileSync(join(cwd, "a")).equals(pieces(3)));
		assert.equal(readFileSync(join(cwd, "b"), "latin1"), "b");
	});
});
