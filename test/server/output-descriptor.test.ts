/*
 * A full pipe on standard output: when its reader is left alone for a moment,
 * and when the server polls at once. The pipe is real; the test supplies the
 * clock.
 */
import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { addon } from "../../src/posix/addon.ts";
import { processHost } from "../../src/server/host.ts";
import { OutputDescriptor } from "../../src/server/output-descriptor.ts";

const { EINTR } = constants.errno;
const bytes = Buffer.alloc(1024 * 1024);

interface Pipe {
	readonly descriptor: OutputDescriptor;
	/** Makes a signal end each sleep from now on. */
	interrupt(): void;
	/** Fills the pipe and backs off. Returns the length of each sleep (us). */
	fillAndWait(): number[];
	/** Empties the pipe, which takes this many microseconds of the test's clock. */
	takeAll(microseconds: number): void;
}

function pipe(test: TestContext): Pipe {
	const ends = new Uint32Array(2);
	assert.equal(addon.pipe(ends), 0);
	const [readEnd = -1, writeEnd = -1] = ends;
	test.after(() => {
		for (const end of [readEnd, writeEnd]) addon.close(end);
	});
	let now = 7e6;
	const sleeps: number[] = [];
	let interrupted = false;
	const descriptor = new OutputDescriptor({
		...processHost,
		output: writeEnd,
		nowMicroseconds: () => now,
		sleep(microseconds) {
			sleeps.push(microseconds);
			return interrupted ? -EINTR : 0;
		},
	});
	return {
		descriptor,
		interrupt() {
			interrupted = true;
		},
		fillAndWait() {
			while (descriptor.write(bytes, 0, bytes.length) > 0);
			sleeps.length = 0;
			assert.equal(descriptor.backOff(), true);
			return [...sleeps];
		},
		takeAll(microseconds) {
			while (addon.bytesReadable(readEnd) > 0) assert.ok(addon.read(readEnd, bytes, 0, bytes.length) > 0);
			now += microseconds;
		},
	};
}

describe("the reader of a pipe that is full", () => {
	it("is left alone when it is known to be busy for a while", (test) => {
		const { descriptor, fillAndWait, takeAll } = pipe(test);
		descriptor.prepareForPages();
		assert.deepEqual(fillAndWait(), []);
		takeAll(1500);
		assert.deepEqual(fillAndWait(), [400]);
		takeAll(1500);
		assert.deepEqual(fillAndWait(), [400]);
	});

	it("is not left alone when it is faster than a sleep", (test) => {
		const { descriptor, fillAndWait, takeAll } = pipe(test);
		descriptor.prepareForPages();
		for (let i = 0; i < 3; i++) {
			assert.deepEqual(fillAndWait(), []);
			takeAll(100);
		}
	});

	it("is not left alone when the network makes it slow", (test) => {
		const { descriptor, fillAndWait, takeAll } = pipe(test);
		descriptor.prepareForPages();
		for (let i = 0; i < 3; i++) {
			assert.deepEqual(fillAndWait(), []);
			takeAll(100_000);
		}
	});

	it("is not left alone with a pipe of the usual size, which it empties quickly", (test) => {
		const { fillAndWait, takeAll } = pipe(test);
		for (let i = 0; i < 3; i++) {
			assert.deepEqual(fillAndWait(), []);
			takeAll(100);
		}
	});

	it("is no longer waited for when a signal ends the sleep", (test) => {
		const { descriptor, fillAndWait, interrupt, takeAll } = pipe(test);
		descriptor.prepareForPages();
		fillAndWait();
		takeAll(1500);
		while (descriptor.write(bytes, 0, bytes.length) > 0);
		interrupt();
		assert.equal(descriptor.backOff(), false);
	});
});
