/*
 * Calls through pinned memory: each does what the addon's function of the same
 * name does with any Buffer, and touches nothing outside it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import { fast, PATH_HAS_NUL } from "../../src/posix/fast-calls.ts";
import { O_PATH, RESOLVE_BENEATH } from "../../src/posix/openat2.ts";
import { StatBuffer } from "../../src/posix/stat.ts";

const { EBADF, ELOOP, ENAMETOOLONG, ENOENT, EXDEV, ENOTSOCK, EAGAIN } = constants.errno;
const NO_FD = -1;
const TEXT = "some bytes of a file";

function pipe(test: TestContext): [readEnd: number, writeEnd: number] {
	const ends = new Uint32Array(2);
	assert.equal(addon.pipe(ends), 0);
	const [readEnd = NO_FD, writeEnd = NO_FD] = ends;
	test.after(() => {
		for (const end of [readEnd, writeEnd]) addon.close(end);
	});
	return [readEnd, writeEnd];
}

describe("calls through pinned memory", () => {
	let directory: string;
	before(() => {
		directory = mkdtempSync(join(tmpdir(), "fast-"));
		writeFileSync(at("file"), TEXT, { mode: 0o640 });
		symlinkSync("file", at("link"));
		symlinkSync("loop", at("loop"));
	});
	after(() => rmSync(directory, { recursive: true }));

	const at = (name: string): string => join(directory, name);
	/** A path in the middle of a Buffer. */
	const placed = (path: string): [Buffer, number, number] => {
		const bytes = Buffer.from(`before${path}behind`, "latin1");
		return [bytes, 6, path.length];
	};

	it("move bytes from and to any range of any Buffer", (test) => {
		const [readEnd, writeEnd] = pipe(test);
		const others = [
			Buffer.from("0123456789"),
			Buffer.from("abcdefghij"),
			Buffer.from("....0123456789").subarray(4),
		];
		for (const from of [...others, ...others]) {
			const to = Buffer.alloc(10, "-");
			assert.equal(fast.write(writeEnd, from, 2, 5), 5);
			assert.equal(fast.read(readEnd, to, 4, 6), 5);
			assert.equal(to.toString(), `----${from.toString("latin1", 2, 7)}-`);
		}
		assert.equal(fast.read(readEnd, Buffer.alloc(1), 0, 1), -EAGAIN);
		assert.equal(fast.write(writeEnd, Buffer.alloc(0), 0, 0), 0);
	});

	it("read a file at an offset beyond 2^32, as well as at its start", (test) => {
		const fd = fast.openWithoutWaiting(...placed(at("file")), 0, 0);
		test.after(() => addon.close(fd));
		const to = Buffer.alloc(8, "-");
		assert.equal(fast.pread(fd, to, 1, 4, 0, 5), 4);
		assert.equal(to.toString(), `-${TEXT.slice(5, 9)}---`);
		assert.equal(fast.pread(fd, to, 0, 8, 1, 0), 0);
		/* 2^63 is no offset; the addon's function then reads at the file's current one. */
		assert.equal(fast.pread(fd, to, 0, 8, 2 ** 31, 0), addon.pread(fd, to, 0, 8, 2 ** 31, 0));
	});

	it("send only to a socket", (test) => {
		const [, writeEnd] = pipe(test);
		assert.equal(fast.send(writeEnd, Buffer.alloc(1), 0, 1), -ENOTSOCK);
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
			for (const [follow, expected] of [
				[true, stat],
				[false, lstat],
			] as const) {
				const [first, second] = [new StatBuffer(), new StatBuffer()];
				for (const { words } of [first, second]) words.fill(1);
				assert.equal(fast.stat(...placed(path()), follow, first.words), expected);
				const usual = addon.statAt(AT_FDCWD, ...placed(path()), follow ? 1 : 0, second.words);
				assert.equal(usual, expected);
				assert.deepEqual(first, second);
			}
		});
	}

	for (const path of ["\0", "\0file", "fi\0le", "file\0"]) {
		it(`report the NUL in ${JSON.stringify(path)}`, () => {
			const { words } = new StatBuffer();
			assert.equal(fast.stat(...placed(path), true, words), PATH_HAS_NUL);
			assert.equal(fast.stat(...placed(path), false, words), PATH_HAS_NUL);
			assert.equal(fast.statBeneath(0, ...placed(path), false, RESOLVE_BENEATH, words), PATH_HAS_NUL);
		});
	}

	it("open a path in the input or elsewhere, and close it", (test) => {
		const [readEnd, writeEnd] = pipe(test);
		const { O_WRONLY, O_CREAT } = { O_WRONLY: 1, O_CREAT: 0o100 };
		const [input, start, length] = placed(at("made"));
		fast.write(writeEnd, Buffer.alloc(1), 0, 1);
		/* Makes it the input. */
		assert.equal(fast.read(readEnd, input, 0, 1), 1);
		for (const bytes of [input, Buffer.from(input)]) {
			const fd = fast.openWithoutWaiting(bytes, start, length, O_WRONLY | O_CREAT, 0o600);
			assert.ok(fd >= 0);
			assert.equal(addon.write(fd, Buffer.from("made"), 0, 4), 4);
			assert.equal(readFileSync(at("made"), "utf8"), "made");
			assert.equal(fast.close(fd), 0);
			assert.equal(fast.close(fd), -EBADF);
			rmSync(at("made"));
		}
		assert.equal(fast.openWithoutWaiting(input, start, length, 0, 0), -ENOENT);
	});

	it("look up paths beneath a directory as openat2(2) does", (test) => {
		const [, , length] = placed(directory);
		const fd = addon.openAt(AT_FDCWD, Buffer.from(directory), 0, length, O_PATH, 0);
		test.after(() => addon.close(fd));
		const lookUp = (path: string, follow: boolean): number | StatBuffer => {
			const stat = new StatBuffer();
			const result = fast.statBeneath(fd, ...placed(path), follow, RESOLVE_BENEATH, stat.words);
			return result < 0 ? result : stat;
		};
		const usual = (path: string, follow: 0 | 1): StatBuffer => {
			const stat = new StatBuffer();
			assert.equal(addon.statAt(AT_FDCWD, ...placed(path), follow, stat.words), 0);
			return stat;
		};
		assert.deepEqual(lookUp("file", true), usual(at("file"), 1));
		assert.deepEqual(lookUp("link", true), usual(at("file"), 1));
		assert.deepEqual(lookUp("link", false), usual(at("link"), 0));
		assert.deepEqual(lookUp("", true), usual(directory, 1));
		assert.equal(lookUp("missing", true), -ENOENT);
		assert.equal(lookUp("..", true), -EXDEV);
		assert.equal(lookUp("/etc", true), -EXDEV);
	});

	it("stat a name in a directory, and open beneath one with the stat of the opened file", (test) => {
		const path = Buffer.from(directory);
		const fd = addon.openAt(AT_FDCWD, path, 0, path.length, O_PATH, 0);
		test.after(() => addon.close(fd));
		const [stat, usual] = [new StatBuffer(), new StatBuffer()];
		const statOf = (name: string): StatBuffer => {
			assert.equal(addon.statAt(AT_FDCWD, ...placed(at(name)), 0, usual.words), 0);
			return usual;
		};
		for (const name of ["file", "link"]) {
			assert.equal(fast.lstatIn(fd, ...placed(name), stat.words), 0);
			assert.deepEqual(stat, statOf(name));
		}
		assert.equal(fast.lstatIn(fd, ...placed("missing"), stat.words), -ENOENT);
		const opened = fast.openBeneath(fd, ...placed("link"), 0, 0, RESOLVE_BENEATH, stat.words);
		test.after(() => addon.close(opened));
		assert.deepEqual(stat, statOf("file"));
		assert.match(readFileSync(`/proc/self/fdinfo/${opened}`, "utf8"), /^flags:\s+0[12]?100000$/m);
		assert.equal(fast.openBeneath(fd, ...placed(".."), 0, 0, RESOLVE_BENEATH, stat.words), -EXDEV);
		assert.equal(fast.openBeneath(fd, ...placed("a\0b"), 0, 0, RESOLVE_BENEATH, stat.words), PATH_HAS_NUL);
	});

	it("fail as the system call does when the descriptor is not open", () => {
		const bytes = Buffer.alloc(4);
		const answers = [
			fast.read(NO_FD, bytes, 0, 4),
			fast.write(NO_FD, bytes, 0, 4),
			fast.send(NO_FD, bytes, 0, 4),
			fast.pread(NO_FD, bytes, 0, 4, 0, 0),
			fast.close(NO_FD),
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
			const { words } = new StatBuffer();
			const calls = [
				() => fast.read(NO_FD, bytes, start, length),
				() => fast.write(NO_FD, bytes, start, length),
				() => fast.send(NO_FD, bytes, start, length),
				() => fast.pread(NO_FD, bytes, start, length, 0, 0),
				() => fast.stat(bytes, start, length, true, words),
				() => fast.statBeneath(NO_FD, bytes, start, length, true, 0, words),
				() => fast.openWithoutWaiting(bytes, start, length, 0, 0),
				() => fast.lstatIn(NO_FD, bytes, start, length, words),
				() => fast.openBeneath(NO_FD, bytes, start, length, 0, 0, 0, words),
			];
			for (const call of calls) assert.throws(call, RangeError);
		});
	}
});
