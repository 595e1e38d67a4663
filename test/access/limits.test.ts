/*
 * The limit on the created files that a session remembers, and own files on a file
 * system without birth times.
 */
import assert from "node:assert/strict";
import { constants, existsSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { AccessJudge } from "../../src/files/access-judge.ts";
import { Locator } from "../../src/files/access-location.ts";
import { AccessNamespace } from "../../src/files/access-namespace.ts";
import { parseAccessPattern } from "../../src/files/access-pattern.ts";
import type { Right } from "../../src/files/access-rights.ts";
import { type AccessRule, AccessRules } from "../../src/files/access-rules.ts";
import { CreatedFiles } from "../../src/files/created-files.ts";
import { DescriptorNamespace } from "../../src/files/descriptors.ts";
import { UNFORCED } from "../../src/files/new-files.ts";
import { SystemResolver } from "../../src/files/system-resolver.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { addon } from "../../src/posix/addon.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { errno } from "../../src/posix/errno.ts";
import { FEW_DESCRIPTORS, Jail, openUntilFull } from "../confine/jail.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import type { Question } from "../helpers/server-session.ts";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** The directories `add`, `drop` and `full`, and the namespace of a session that remembers `limit` files. */
class Fixture {
	readonly logged: string[] = [];
	readonly #top: string;
	readonly #namespace: AccessNamespace;

	constructor(test: TestContext, limit: number) {
		this.#top = mkdtempSync(join(tmpdir(), "access-limit-"));
		test.after(() => rmSync(this.#top, { recursive: true, force: true }));
		for (const name of ["add", "drop", "full"]) mkdirSync(this.place(name));
		const rules = (["add", "drop"] as const).map((right) => this.#rule(right, `${this.place(right)}/**`));
		const locator = Locator.open((path) => path);
		assert.ok(typeof locator !== "number");
		const log = new Logger(Level.INFO, {
			write: (_level, _name, { text }) => this.logged.push(text.replaceAll(this.#top, "")),
		});
		const judge = new AccessJudge(new AccessRules(rules), locator, log, new CreatedFiles(limit));
		this.#namespace = new AccessNamespace(new DescriptorNamespace(new SystemResolver()), judge, UNFORCED);
	}

	place(name: string): string {
		return join(this.#top, name);
	}

	open(name: string, flags = CREATE): number {
		const path = this.#path(name);
		const fd = this.#namespace.open(path, 0, path.length, flags, 0o600, { changeable: false });
		return fd < 0 ? fd : addon.close(fd);
	}

	mkdir(name: string): number {
		return this.#namespace.changes.mkdir(this.#path(name), 0o700);
	}

	symlink(name: string): number {
		return this.#namespace.changes.symlink(Buffer.from("target"), this.#path(name));
	}

	unlink(name: string): number {
		return this.#namespace.changes.unlink(this.#path(name));
	}

	rename(from: string, to: string): number {
		return this.#namespace.changes.rename(this.#path(from), this.#path(to));
	}

	#path(name: string): Buffer {
		return Buffer.from(this.place(name));
	}

	#rule(right: Right, text: string): AccessRule {
		const pattern = parseAccessPattern(asByteString(text));
		assert.ok(typeof pattern !== "string");
		return { right, text: asByteString(text), pattern, origin: { kind: "option", option: "--access" } };
	}
}

describe("a session that has created as many files as it can remember", () => {
	it("creates no more in add and drop, and logs the refusal", (test) => {
		const fixture = new Fixture(test, 3);
		assert.deepEqual([fixture.open("add/1"), fixture.mkdir("drop/2"), fixture.symlink("full/3")], [0, 0, 0]);
		for (const attempt of [
			() => fixture.open("add/4"),
			() => fixture.open("drop/4"),
			() => fixture.open("add/4", constants.O_WRONLY | constants.O_CREAT),
			() => fixture.mkdir("add/4"),
			() => fixture.symlink("drop/4"),
			() => fixture.rename("full/3", "add/4"),
		])
			assert.equal(attempt(), -errno.EDQUOT);
		assert.deepEqual(
			fixture.logged,
			["add", "drop", "add", "add", "drop", "add"].map(
				(directory) =>
					`refusing to create "/${directory}/4": the session has created 3 files and can't remember more`,
			),
		);
		for (const name of ["add/4", "drop/4"]) assert.equal(existsSync(fixture.place(name)), false);
		/* Remembered files are still own files, and full does not depend on them. */
		assert.equal(fixture.open("add/1", constants.O_WRONLY | constants.O_TRUNC), 0);
		assert.deepEqual([fixture.open("full/4"), fixture.mkdir("full/5")], [0, 0]);
	});

	it("does not own a created file that it does not remember", (test) => {
		const fixture = new Fixture(test, 1);
		assert.deepEqual([fixture.open("full/1"), fixture.open("full/2")], [0, 0]);
		assert.equal(fixture.unlink("full/1"), 0);
		assert.equal(fixture.rename("full/2", "add/2"), 0);
		assert.equal(fixture.unlink("add/2"), -errno.EACCES);
		assert.equal(fixture.open("add/2", constants.O_WRONLY | constants.O_TRUNC), -errno.EACCES);
	});

	it("creates again after it has removed a file itself, but not after another process has", (test) => {
		const fixture = new Fixture(test, 2);
		assert.deepEqual([fixture.open("add/1"), fixture.open("add/2")], [0, 0]);
		unlinkSync(fixture.place("add/1"));
		assert.equal(fixture.open("add/3"), -errno.EDQUOT);
		assert.equal(fixture.unlink("add/2"), 0);
		assert.equal(fixture.open("add/3"), 0);
		writeFileSync(fixture.place("add/1"), "");
		assert.equal(fixture.unlink("add/1"), -errno.EACCES);
	});
});

describe("on a file system without birth times", { skip: unlessRoot() }, () => {
	it("no file is an own file, and the log says so", async (test) => {
		const inNamespace = ["unshare", "--mount", "--propagation", "private", "sh", "-c"];
		const script = 'mount -t ramfs none d && mkdir d/add d/drop && exec "$@"';
		const jail = await Jail.make(test, { name: "root" }, [...inNamespace, script, "sh"]);
		const rules = ["add", "drop"].flatMap((right) => ["--access", `${right} ${jail.inside}/d/${right}/**`]);
		const session = await jail.start(rules);
		const expect = async (code: number, ...question: Question): Promise<void> => {
			const reply = await session.ask(...question);
			assert.equal(reply.kind === "status" ? reply.code : reply.kind, code, question.map(String).join(" "));
		};
		const exclusive = FXF.WRITE | FXF.CREAT | FXF.EXCL;
		/* The handle that created the file may still change it. */
		const handle = await session.open(FXP.OPEN, "d/add/file", exclusive, attrs());
		await expect(0, FXP.WRITE, handle, 0n, "content");
		await expect(0, FXP.FSETSTAT, handle, attrs({ mode: 0o600 }));
		await expect(0, FXP.CLOSE, handle);
		for (const flags of [FXF.WRITE, FXF.WRITE | FXF.TRUNC, FXF.WRITE | FXF.CREAT | FXF.APPEND])
			await expect(3, FXP.OPEN, "d/add/file", flags, attrs());
		await expect(3, FXP.SETSTAT, "d/add/file", attrs({ size: 0n }));
		await expect(3, FXP.REMOVE, "d/add/file");
		await expect(3, FXP.RENAME, "d/add/file", "d/file");
		await expect(3, "hardlink@openssh.com", "d/add/file", "d/add/link");
		await expect(0, FXP.MKDIR, "d/add/directory", attrs());
		await expect(3, FXP.RMDIR, "d/add/directory");
		await session.ask(FXP.CLOSE, await session.open(FXP.OPEN, "d/drop/file", exclusive, attrs()));
		for (const what of [FXP.STAT, FXP.REMOVE]) await expect(2, what, "d/drop/file");
		/* full does not depend on own files. */
		await session.ask(FXP.CLOSE, await session.open(FXP.OPEN, "d/file", exclusive, attrs()));
		await expect(0, FXP.REMOVE, "d/file");
		const { stderr, status } = await session.stop();
		assert.equal(status, 0);
		for (const name of ["add/file", "add/directory", "drop/file"])
			assert.ok(stderr.includes(`/d/${name}" will not be recognized as created by the session`), stderr);
		assert.ok(!stderr.includes('/d/file" will not be recognized'), stderr);
	});
});

describe("a session that has used up its descriptors", () => {
	it("does not learn that something exists which it may not see", async (test) => {
		const jail = await Jail.make(test, { name: "who runs the tests" }, FEW_DESCRIPTORS);
		mkdirSync(join(jail.inside, "drop"));
		for (const name of ["secret", "secret (deleted)"]) writeFileSync(join(jail.inside, "drop", name), "");
		const session = await jail.start(["--access", `drop ${jail.inside}/drop/**`]);
		const open = await openUntilFull(session, "file");
		let made = 0;
		for (const handle of open.slice(-4)) {
			for (const name of ["drop/secret", "drop/secret (deleted)"])
				for (const [what, ...fields] of [
					[FXP.MKDIR, name, attrs()],
					[FXP.SYMLINK, "target", name],
					[FXP.RENAME, "file", name],
				] as const) {
					const reply = await session.ask(what, ...fields);
					assert.ok(reply.kind === "status" && [3, 4].includes(reply.code), name);
					assert.notEqual(reply.text, "File exists", name);
				}
			const free = await session.ask(FXP.MKDIR, `drop/free${made}`, attrs());
			if (free.kind === "status" && free.code === 0) made++;
			assert.deepEqual((await session.ask(FXP.CLOSE, handle)).kind, "status");
		}
		assert.ok(made > 0);
		assert.equal((await session.stop()).status, 0);
	});
});
