/*
 * --log-file: which files are accepted, and that nothing is written to a file
 * that another user could have put there.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	closeSync,
	constants,
	linkSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openLogFile } from "../../src/log/log-file.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";

const SOMEBODY = 65_534;

describe("a log file", () => {
	let directory = "";
	before(() => {
		directory = mkdtempSync(join(tmpdir(), "log-file-"));
	});
	after(() => rmSync(directory, { recursive: true }));

	/** Opens and closes it. Returns "taken", or why it was refused. */
	function outcome(...path: readonly string[]): string {
		const opened = openLogFile(Buffer.from(join(directory, ...path)));
		if (typeof opened === "string") return opened;
		closeSync(opened);
		return "taken";
	}

	it("is created with mode 0600 and appended to", () => {
		const path = join(directory, "log");
		for (const text of ["a", "b"]) {
			const opened = openLogFile(Buffer.from(path));
			assert.ok(typeof opened === "number", String(opened));
			writeSync(opened, text);
			closeSync(opened);
		}
		assert.equal(readFileSync(path, "latin1"), "ab");
		assert.equal(statSync(path).mode & 0o777, 0o600);
	});

	it("keeps its mode when it exists", () => {
		const path = join(directory, "shared");
		writeFileSync(path, "");
		chmodSync(path, 0o640);
		assert.equal(outcome("shared"), "taken");
		assert.equal(statSync(path).mode & 0o777, 0o640);
	});

	it("may be given relative to the working directory", () => {
		const before = process.cwd();
		process.chdir(directory);
		try {
			for (const name of ["relative", "./relative"]) {
				const opened = openLogFile(Buffer.from(name));
				assert.ok(typeof opened === "number", String(opened));
				closeSync(opened);
			}
		} finally {
			process.chdir(before);
		}
		assert.ok(statSync(join(directory, "relative")).isFile());
	});

	it("is refused with the system's reason when it can't be opened", () => {
		assert.equal(outcome("."), "Is a directory");
		assert.equal(outcome("missing/log"), "its directory: No such file or directory");
	});

	it("is refused when it is a symbolic link or its path contains one", () => {
		const victim = join(directory, "victim");
		writeFileSync(victim, "");
		symlinkSync(victim, join(directory, "link"));
		symlinkSync(join(directory, "nowhere"), join(directory, "dangling"));
		mkdirSync(join(directory, "inner"));
		symlinkSync("inner", join(directory, "outer"));
		assert.equal(outcome("link"), "Too many levels of symbolic links");
		assert.equal(outcome("dangling"), "Too many levels of symbolic links");
		assert.equal(outcome("outer/log"), "its directory: Too many levels of symbolic links");
		assert.throws(() => statSync(join(directory, "nowhere")), { code: "ENOENT" });
	});

	it("is refused when it has another hard link", () => {
		writeFileSync(join(directory, "first"), "");
		linkSync(join(directory, "first"), join(directory, "second"));
		assert.equal(outcome("second"), "it has 2 names");
	});

	it("is refused when it is not a regular file, with or without a reader", () => {
		const fifo = join(directory, "fifo");
		execFileSync("mkfifo", [fifo]);
		assert.equal(outcome("fifo"), "No such device or address");
		const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
		assert.equal(outcome("fifo"), "it is no regular file");
		closeSync(reader);
		assert.equal(openLogFile(Buffer.from("/dev/null")), "it is no regular file");
	});

	it("is refused in a directory where other users can replace it", () => {
		const shared = join(directory, "shared-directory");
		mkdirSync(shared);
		for (const [mode, expected] of [
			[0o777, "its directory can be written by others and is not sticky"],
			[0o757, "its directory can be written by others and is not sticky"],
			[0o1777, "taken"],
			[0o755, "taken"],
			[0o700, "taken"],
		] as const) {
			chmodSync(shared, mode);
			assert.equal(outcome("shared-directory/log"), expected, mode.toString(8));
		}
	});

	describe("of another user's", { skip: unlessRoot() }, () => {
		it("is refused", () => {
			writeFileSync(join(directory, "foreign"), "");
			chownSync(join(directory, "foreign"), SOMEBODY, SOMEBODY);
			assert.equal(outcome("foreign"), `it belongs to user ${SOMEBODY}`);
			assert.equal(readFileSync(join(directory, "foreign"), "latin1"), "");
		});

		it("is refused, and so is one in a directory that belongs to another user or that others can write to by group or access control list", () => {
			const foreign = join(directory, "foreign-directory");
			mkdirSync(foreign);
			chownSync(foreign, SOMEBODY, 0);
			assert.equal(outcome("foreign-directory/log"), `its directory belongs to user ${SOMEBODY}`);
			chownSync(foreign, 0, SOMEBODY);
			chmodSync(foreign, 0o775);
			assert.match(outcome("foreign-directory/log"), /can be written by others/);
			/* The permission of an access control list shows in the group's bits, here those of the group root. */
			chownSync(foreign, 0, 0);
			assert.match(outcome("foreign-directory/log"), /can be written by others/);
			chmodSync(foreign, 0o755);
			assert.equal(outcome("foreign-directory/log"), "taken");
		});
	});
});
