// A full pipe on standard output: when its reader is left alone for a moment, and
// when it is asked for room at once. The pipe is real; the clock is the test's.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { addon, registers } from "../../src/posix/addon.ts";
import { OutputDescriptor } from "../../src/server/output-descriptor.ts";

const bytes = Buffer.alloc(1024 * 1024);

interface Pipe {
	readonly descriptor: OutputDescriptor;
	/** Fills the pipe, lets the reader work, and tells how long was slept: microseconds for each sleep. */
	fillAndWait(): number[];
	/** Takes all that is in the pipe, within so many microseconds. */
	takeAll(microseconds: number): void;
}

function pipe(test: TestContext): Pipe {
	assert.equal(addon.pipe(), 0);
	const [readEnd = -1, writeEnd = -1] = registers;
	test.after(() => {
		for (const end of [readEnd, writeEnd]) addon.close(end);
	});
	let now = 7e6;
	test.mock.method(process, "hrtime", () => [Math.floor(now / 1e6), (now % 1e6) * 1e3]);
	const sleep = test.mock.method(addon, "nanosleep", () => 0);
	const descriptor = new OutputDescriptor(writeEnd);
	return {
		descriptor,
		fillAndWait() {
			while (descriptor.write(bytes, 0, bytes.length) > 0);
			sleep.mock.resetCalls();
			assert.equal(descriptor.letReaderWork(), true);
			return sleep.mock.calls.map((call) => Number(call.arguments[0]));
		},
		takeAll(microseconds) {
			while (addon.bytesReadable(readEnd) > 0) assert.ok(addon.read(readEnd, bytes, 0, bytes.length) > 0);
			now += microseconds;
		},
	};
}

describe("the reader of a pipe that is full", () => {
	it("is left alone when it is known to have enough for a while", (test) => {
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

	it("is not left alone with a pipe of the usual size, which it soon has emptied", (test) => {
		const { fillAndWait, takeAll } = pipe(test);
		for (let i = 0; i < 3; i++) {
			assert.deepEqual(fillAndWait(), []);
			takeAll(100);
		}
	});

	it("is told of at once when a signal ended the sleep", (test) => {
		const { descriptor, fillAndWait, takeAll } = pipe(test);
		descriptor.prepareForPages();
		fillAndWait();
		takeAll(1500);
		while (descriptor.write(bytes, 0, bytes.length) > 0);
		test.mock.method(addon, "nanosleep", () => -4);
		assert.equal(descriptor.letReaderWork(), false);
	});
});
