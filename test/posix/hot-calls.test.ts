// The calls through registers: each does what the addon's of the same name does,
// whatever Buffer it is given, and reaches nothing outside of it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { addon, registers } from "../../src/posix/addon.ts";
import { hot, PATH_HAS_NUL } from "../../src/posix/hot-calls.ts";
import { STAT_WORDS } from "../../src/posix/stat.ts";

const { EBADF, ELOOP, ENAMETOOLONG, ENOENT, ENOTSOCK, EAGAIN } = constants.errno;
const NO_FD = -1;
const TEXT = "some bytes of a file";

function pipe(test: TestContext): [readEnd: number, writeEnd: number] {
	assert.equal(addon.pipe(), 0);
	const [readEnd = NO_FD, writeEnd = NO_FD] = registers;
	test.after(() => {
		for (const end of [readEnd, writeEnd]) addon.close(end);
	});
	return [readEnd, writeEnd];
}

describe("calls through registers", () => {
	let directory: string;
	before(() => {
		directory = mkdtempSync(join(tmpdir(), "hot-"));
		writeFileSync(at("file"), TEXT, { mode: 0o640 });
		symlinkSync("file", at("link"));
		symlinkSync("loop", at("loop"));
	});
	after(() => rmSync(directory, { recursive: true }));

	const at = (name: string): string => join(directory, name);
	/** A path that stands somewhere in a Buffer. */
	const placed = (path: string): [Buffer, number, number] => {
		const bytes = Buffer.from(`before${path}behind`, "latin1");
		return [bytes, 6, path.length];
	};

	it("move bytes from and to any place of any Buffer", (test) => {
		const [readEnd, writeEnd] = pipe(test);
		const others = [
			Buffer.from("0123456789"),
			Buffer.from("abcdefghij"),
			Buffer.from("....0123456789").subarray(4),
		];
		for (const from of [...others, ...others]) {
			const to = Buffer.alloc(10, "-");
			assert.equal(hot.write(writeEnd, from, 2, 5), 5);
			assert.equal(hot.read(readEnd, to, 4, 6), 5);
			assert.equal(to.toString(), `----${from.toString("latin1", 2, 7)}-`);
		}
		assert.equal(hot.read(readEnd, Buffer.alloc(1), 0, 1), -EAGAIN);
		assert.equal(hot.write(writeEnd, Buffer.alloc(0), 0, 0), 0);
	});

	it("read a file at a place beyond 2^32, as well as at its start", (test) => {
		const fd = hot.openWithoutWaiting(...placed(at("file")), 0, 0);
		test.after(() => addon.close(fd));
		const to = Buffer.alloc(8, "-");
		assert.equal(hot.pread(fd, to, 1, 4, 0, 5), 4);
		assert.equal(to.toString(), `-${TEXT.slice(5, 9)}---`);
		assert.equal(hot.pread(fd, to, 0, 8, 1, 0), 0);
		/* 2^63 is no position, but what the original asks for then is a read where the file stands. */
		assert.equal(hot.pread(fd, to, 0, 8, 2 ** 31, 0), addon.pread(fd, to, 0, 8, 2 ** 31, 0));
	});

	it("send to nothing but a socket", (test) => {
		const [, writeEnd] = pipe(test);
		assert.equal(hot.send(writeEnd, Buffer.alloc(1), 0, 1), -ENOTSOCK);
	});

	const paths: readonly [name: string, path: () => string, stat: number, lstat: number][] = [
		["a file", () => at("file"), 0, 0],
		["a link", () => at("link"), 0, 0],
		["a link to itself", () => at("loop"), -ELOOP, 0],
		["nothing", () => at("missing"), -ENOENT, -ENOENT],
		["an empty path", () => "", -ENOENT, -ENOENT],
		["4095 bytes", () => "n".repeat(4095), -ENAMETOOLONG, -ENAMETOOLONG],
		["4096 bytes", () => "./".repeat(2048), -ENAMETOOLONG, -ENAMETOOLONG],
		["200000 bytes", () => "n".repeat(200_000), -ENAMETOOLONG, -ENAMETOOLONG],
	];
	for (const [name, path, stat, lstat] of paths) {
		it(`look up ${name} as the addon does`, () => {
			for (const [call, usual, expected] of [
				[hot.stat, addon.stat, stat],
				[hot.lstat, addon.lstat, lstat],
			] as const) {
				registers.fill(1, 0, STAT_WORDS);
				assert.equal(call(...placed(path())), expected);
				const words = [...registers.subarray(0, STAT_WORDS)];
				registers.fill(1, 0, STAT_WORDS);
				assert.equal(usual(...placed(path())), expected);
				assert.deepEqual(words, [...registers.subarray(0, STAT_WORDS)]);
			}
		});
	}

	for (const path of ["\0", "\0file", "fi\0le", "file\0"]) {
		it(`tell of the NUL in ${JSON.stringify(path)}`, () => {
			assert.equal(hot.stat(...placed(path)), PATH_HAS_NUL);
			assert.equal(hot.lstat(...placed(path)), PATH_HAS_NUL);
		});
	}

	it("open, in the input and elsewhere, and close", (test) => {
		const [readEnd, writeEnd] = pipe(test);
		const { O_WRONLY, O_CREAT } = { O_WRONLY: 1, O_CREAT: 0o100 };
		const [input, start, length] = placed(at("made"));
		hot.write(writeEnd, Buffer.alloc(1), 0, 1);
		/* Now it is the input. */
		assert.equal(hot.read(readEnd, input, 0, 1), 1);
		for (const bytes of [input, Buffer.from(input)]) {
			const fd = hot.openWithoutWaiting(bytes, start, length, O_WRONLY | O_CREAT, 0o600);
			assert.ok(fd >= 0);
			assert.equal(addon.write(fd, Buffer.from("made"), 0, 4), 4);
			assert.equal(readFileSync(at("made"), "utf8"), "made");
			assert.equal(hot.close(fd), 0);
			assert.equal(hot.close(fd), -EBADF);
			rmSync(at("made"));
		}
		assert.equal(hot.openWithoutWaiting(input, start, length, 0, 0), -ENOENT);
	});

	it("fail as the system does where there is no such descriptor", () => {
		const bytes = Buffer.alloc(4);
		const answers = [
			hot.read(NO_FD, bytes, 0, 4),
			hot.write(NO_FD, bytes, 0, 4),
			hot.send(NO_FD, bytes, 0, 4),
			hot.pread(NO_FD, bytes, 0, 4, 0, 0),
			hot.close(NO_FD),
		];
		assert.deepEqual(answers, new Array(5).fill(-EBADF));
	});

	const outside: readonly [start: number, length: number][] = [
		[0, 11],
		[10, 1],
		[11, 0],
		[5, 2 ** 32 - 5],
		[2 ** 32 - 1, 1],
		[-1, 1],
	];
	for (const [start, length] of outside) {
		it(`refuse ${length} bytes at ${start} of 10`, () => {
			const bytes = Buffer.alloc(10, "x");
			const calls = [
				() => hot.read(NO_FD, bytes, start, length),
				() => hot.write(NO_FD, bytes, start, length),
				() => hot.send(NO_FD, bytes, start, length),
				() => hot.pread(NO_FD, bytes, start, length, 0, 0),
				() => hot.stat(bytes, start, length),
				() => hot.lstat(bytes, start, length),
				() => hot.openWithoutWaiting(bytes, start, length, 0, 0),
			];
			for (const call of calls) assert.throws(call, RangeError);
		});
	}
});
