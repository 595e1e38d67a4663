// How long a reader of a full pipe is left alone: by its pace, which is what went
// into the pipe from one time that it was full to the next.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReaderPace } from "../../src/server/reader-pace.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The pauses of a pipe that is full again after these times (us) and bytes. */
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
	it("is looked at again at once while its pace is not known", () => {
		assert.deepEqual(pauses(MIB), [0]);
	});

	it("is left alone for as long as it needs for half of the pipe", () => {
		/* 1.5 GiB a second. */
		assert.deepEqual(pauses(MIB, [1000, 1.5 * MIB]), [0, 333]);
	});

	it("is never left alone for more than 400 us", () => {
		assert.deepEqual(pauses(MIB, [1000, MIB]), [0, 400]);
		assert.deepEqual(pauses(MIB, [3000, MIB]), [0, 400]);
	});

	it("is looked at again at once when it takes too little in 400 us", () => {
		assert.deepEqual(pauses(MIB, [1_000_000, 10 * MIB]), [0, 0]);
	});

	it("is looked at again at once when it is faster than a sleep", () => {
		assert.deepEqual(pauses(MIB, [1000, 3 * MIB]), [0, 0]);
	});

	it("is looked at again at once when the pipe is small", () => {
		assert.deepEqual(pauses(64 * KIB, [100, 64 * KIB]), [0, 0]);
	});

	it("has its pace measured over 64 KiB and more", () => {
		const step = 100 / 3;
		assert.deepEqual(pauses(MIB, [step, 32 * KIB], [step, 32 * KIB]), [0, 0, 400]);
	});

	it("has the faster pace of two, since it may have been kept from reading", () => {
		assert.deepEqual(pauses(MIB, [1000, 3 * MIB], [1000, MIB], [1000, MIB]), [0, 0, 0, 400]);
	});
});
