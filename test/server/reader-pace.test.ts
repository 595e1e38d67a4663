/*
 * How long the reader of a full pipe is left alone. It depends on the reader's
 * pace: the bytes written to the pipe between two times when it was full.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReaderPace } from "../../src/server/reader-pace.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The pauses after a pipe was full again, given the times (us) and the bytes. */
function pauses(pipeBytes: number, ...full: readonly [microseconds: number, bytes: number][]): number[] {
	const pace = new ReaderPace(pipeBytes);
	pace.moved(pipeBytes);
	let now = 5e9;
	const first = pace.pauseWhenFull(now);
	return [
		first,
		...full.map(([microseconds, bytes]) => {
			pace.moved(bytes);
			now += microseconds;
			return pace.pauseWhenFull(now);
		}),
	];
}

describe("the reader of a full pipe", () => {
	it("is checked again at once while its pace is unknown", () => {
		assert.deepEqual(pauses(MIB), [0]);
	});

	it("is left alone for the time it needs for half of the pipe", () => {
		/* 1.5 GiB a second. */
		assert.deepEqual(pauses(MIB, [1000, 1.5 * MIB]), [0, 333]);
	});

	it("is never left alone for more than 400 us", () => {
		assert.deepEqual(pauses(MIB, [1000, MIB]), [0, 400]);
		assert.deepEqual(pauses(MIB, [3000, MIB]), [0, 400]);
	});

	it("is checked again at once when it reads too little in 400 us", () => {
		assert.deepEqual(pauses(MIB, [1_000_000, 10 * MIB]), [0, 0]);
	});

	it("is checked again at once when it is faster than a sleep", () => {
		assert.deepEqual(pauses(MIB, [1000, 3 * MIB]), [0, 0]);
	});

	it("is checked again at once when the pipe is small", () => {
		assert.deepEqual(pauses(64 * KIB, [100, 64 * KIB]), [0, 0]);
	});

	it("has its pace measured over at least 64 KiB", () => {
		const step = 100 / 3;
		assert.deepEqual(pauses(MIB, [step, 32 * KIB], [step, 32 * KIB]), [0, 0, 400]);
	});

	it("has the faster of two paces, since it may have been held up once", () => {
		assert.deepEqual(pauses(MIB, [1000, 3 * MIB], [1000, MIB], [1000, MIB]), [0, 0, 0, 400]);
	});
});
