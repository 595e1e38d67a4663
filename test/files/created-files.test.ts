/* How a session's created files are recognized, with real files. */
import assert from "node:assert/strict";
import {
	closeSync,
	linkSync,
	mkdtempSync,
	openSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CreatedFiles } from "../../src/files/created-files.ts";
import { addon } from "../../src/posix/addon.ts";
import { IDENTITY_WORDS, IdentityWord } from "../../src/posix/identity.ts";

/** A directory and a descriptor of it; both are removed after the test. */
function makeDirectory(test: TestContext): { path: string; fd: number } {
	const path = mkdtempSync(join(tmpdir(), "created-"));
	const fd = openSync(path, "r");
	test.after(() => {
		closeSync(fd);
		rmSync(path, { recursive: true, force: true });
	});
	return { path, fd };
}

const NAME = Buffer.from("file");
const OTHER = Buffer.from("other");

/** The result of identityAt as text, "" if there is no file. It does not read ctime, which would make the clock of newer kernels tick. */
function identity(directory: number, name: Buffer): string {
	const words = new Uint32Array(IDENTITY_WORDS);
	return addon.identityAt(directory, name, 0, name.length, words) < 0 ? "" : words.join(" ");
}

describe("the files that a session has created", () => {
	it("are recognized under every name, and by a descriptor", (test) => {
		const { path, fd } = makeDirectory(test);
		const created = new CreatedFiles();
		writeFileSync(join(path, "file"), "");
		assert.equal(created.has(fd, NAME), false);
		assert.equal(created.add(fd, NAME), true);
		renameSync(join(path, "file"), join(path, "other"));
		assert.equal(created.has(fd, OTHER), true);
		assert.equal(created.has(fd, NAME), false);
		linkSync(join(path, "other"), join(path, "file"));
		const file = openSync(join(path, "file"), "r");
		assert.equal(created.has(file), true);
		created.delete(file);
		assert.equal(created.has(file), false);
		closeSync(file);
	});

	it("are not the files that took their names, nor links to them", (test) => {
		const { path, fd } = makeDirectory(test);
		const created = new CreatedFiles();
		writeFileSync(join(path, "file"), "");
		created.add(fd, NAME);
		symlinkSync("file", join(path, "other"));
		assert.equal(created.has(fd, OTHER), false);
		renameSync(join(path, "file"), join(path, "kept"));
		writeFileSync(join(path, "file"), "");
		assert.equal(created.has(fd, NAME), false);
	});

	it("are not the files that got their inodes within the same tick of the clock", (test) => {
		const { path, fd } = makeDirectory(test);
		const handle = Buffer.alloc(128);
		if (addon.handleAt(fd, NAME, 0, 0, handle, 0, handle.length) < 0)
			return test.skip("the file system has no file handles");
		for (let attempt = 0; attempt < 20_000; attempt++) {
			const created = new CreatedFiles();
			writeFileSync(join(path, "file"), "");
			created.add(fd, NAME);
			const own = identity(fd, NAME);
			unlinkSync(join(path, "file"));
			writeFileSync(join(path, "file"), "");
			assert.equal(created.has(fd, NAME), false);
			if (identity(fd, NAME) === own) return undefined;
			unlinkSync(join(path, "file"));
		}
		return test.skip("the file system uses no inode again within a tick");
	});

	it("are at most as many as the limit, and forgotten ones make room", (test) => {
		const { path, fd } = makeDirectory(test);
		const created = new CreatedFiles(2);
		const names = ["a", "b", "c"].map((name) => Buffer.from(name));
		for (const name of names) writeFileSync(join(path, name.toString()), "");
		for (const name of names) created.add(fd, name);
		assert.equal(created.isFull, true);
		assert.deepEqual(
			names.map((name) => created.has(fd, name)),
			[true, true, false],
		);
		const first = openSync(join(path, "a"), "r");
		created.delete(first);
		closeSync(first);
		assert.equal(created.isFull, false);
		created.add(fd, Buffer.from("c"));
		assert.deepEqual(
			names.map((name) => created.has(fd, name)),
			[false, true, true],
		);
	});

	it("are none on a file system without birth times", (test) => {
		const { path, fd } = makeDirectory(test);
		/* A procfs has none. */
		const words = new Uint32Array(IDENTITY_WORDS);
		const procfs = openSync("/proc/self/status", "r");
		test.after(() => closeSync(procfs));
		assert.equal(addon.identityAt(procfs, NAME, 0, 0, words), 0);
		assert.equal(words[IdentityWord.HAS_BIRTH], 0);
		const created = new CreatedFiles();
		assert.equal(created.add(procfs), false);
		assert.equal(created.has(procfs), false);
		writeFileSync(join(path, "file"), "");
		assert.equal(created.add(fd, NAME), true);
		assert.equal(created.has(procfs), false);
	});
});
