/* The start of a rooted session: its working directory, and when it must not start. */
import assert from "node:assert/strict";
import { lchownSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Jail } from "../confine/jail.ts";
import { someOf } from "../helpers/fast.ts";
import { attrs, FXF, FXP, INIT } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { oneName, status } from "../helpers/server-replies.ts";
import { OURS, type Program, ServerSession } from "../helpers/server-session.ts";

const ownUser = { name: "the tests' own" };

describe("the working directory of a rooted session", () => {
	/** Returns REALPATH's reply for "." and the log. */
	async function startsAt(jail: Jail, args: readonly string[], cwd: string): Promise<readonly unknown[]> {
		const session = await jail.start(["--root", jail.inside, ...args], { cwd });
		const reply = await session.ask(FXP.REALPATH, ".");
		return [reply, (await session.stop()).stderr];
	}

	it("is the process's own if that is inside, otherwise `/`", async (test) => {
		const jail = await Jail.make(test, ownUser);
		assert.deepEqual(await startsAt(jail, [], join(jail.inside, "d")), [oneName("/d"), ""]);
		assert.deepEqual(await startsAt(jail, [], jail.inside), [oneName("/"), ""]);
		for (const cwd of someOf(test, [jail.base, jail.outside, "/"], 0))
			assert.deepEqual(await startsAt(jail, [], cwd), [oneName("/"), ""], cwd);
	});

	it("is the one of -d in the root, and stays `/` if that does not exist", async (test) => {
		const jail = await Jail.make(test, ownUser);
		for (const path of someOf(test, ["/d", "d", "/../d/.", "../../d"], 0))
			assert.deepEqual(await startsAt(jail, ["-d", path], jail.base), [oneName("/d"), ""], path);
		const refused = (path: string): string => `chdir to "${path}" failed: No such file or directory\r\n`;
		for (const path of someOf(test, [jail.outside, jail.inside, "../out", "/etc"], 0))
			assert.deepEqual(await startsAt(jail, ["-d", path], jail.base), [oneName("/"), refused(path)], path);
	});
});

describe("a rooted session", () => {
	it("logs its root first", async (test) => {
		const jail = await Jail.make(test, ownUser);
		for (const [suffix, access] of [
			["", "read-write"],
			[":ro", "read-only"],
		] as const) {
			const session = await jail.start(["-l", "verbose", "--root", `${jail.inside}${suffix}`]);
			const [first, second] = (await session.stop()).stderr.split("\r\n");
			assert.equal(first, `rooted in "${jail.inside}" ${access}`);
			assert.match(second ?? "", /^session opened/);
		}
	});

	it("keeps its directory when a link takes the directory's name", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const session = await jail.start(["--root", jail.inside, "-d", "/d"]);
		const moved = join(jail.base, "moved");
		renameSync(jail.inside, moved);
		symlinkSync(jail.outside, jail.inside);
		for (const path of ["/secret", "secret", "../secret"])
			assert.deepEqual(await session.ask(FXP.STAT, path), status(2), path);
		for (const path of ["/file", "file", "../d/file", "."])
			assert.equal((await session.ask(FXP.STAT, path)).kind, "attrs", path);
		assert.deepEqual(await session.ask(FXP.REALPATH, "."), oneName("/d"));
		const made = await session.ask(FXP.OPEN, "made", FXF.WRITE | FXF.CREAT, attrs());
		assert.equal(made.kind, "handle");
		assert.equal((await session.stop()).status, 0);
	});
});

describe("a session does not start", () => {
	/** Asserts that the session ends with status 255 and one line on stderr, without a reply. */
	async function assertEnds(session: ServerSession, directory: string, reason: string): Promise<void> {
		await session.send(INIT);
		assert.equal(await session.next(), undefined);
		const ended = await session.stop();
		assert.deepEqual(
			[ended.status, ended.stderr],
			[255, `unable to root the session in "${directory}": ${reason}\r\n`],
		);
	}

	it("if the root is missing or not a directory", async (test) => {
		const jail = await Jail.make(test, ownUser);
		for (const [name, reason] of [
			["missing", "No such file or directory"],
			["file", "Not a directory"],
		] as const) {
			const directory = join(jail.inside, name);
			await assertEnds(jail.launch(["--root", directory]), directory, reason);
		}
	});

	it("if the root is a link that a user may have made", { skip: unlessRoot() }, async (test) => {
		const jail = await Jail.make(test, ownUser);
		const trap = join(jail.base, "trap");
		symlinkSync("/etc", trap);
		lchownSync(trap, 1, 1);
		const session = jail.launch(["--root", trap]);
		await assertEnds(session, trap, "a symbolic link in its path does not belong to root");
	});

	function onKernel(test: TestContext, injection: string, directory: string): ServerSession {
		const strace: Program = ["strace", "-f", "-o", "/dev/null", "-e", `inject=${injection}`, ...OURS];
		const session = new ServerSession(strace, { args: ["-e", "--root", directory] });
		test.after(() => session.kill("SIGKILL"));
		return session;
	}

	it("if the kernel can't confine it", {
		skip: unlessInstalled("strace"),
	}, async (test) => {
		const { inside } = await Jail.make(test, ownUser);
		for (const [injection, reason] of [
			["landlock_create_ruleset:error=ENOSYS", "the kernel has no Landlock"],
			["landlock_restrict_self:error=E2BIG", "Argument list too long"],
		] as const)
			await assertEnds(onKernel(test, injection, inside), inside, reason);
	});

	it("with both --root and --confine", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const session = jail.launch(["--root", jail.inside, "--confine", jail.inside]);
		await session.send(INIT);
		assert.equal(await session.next(), undefined);
		const { status: exit, stderr } = await session.stop();
		assert.deepEqual([exit, stderr], [1, "sftp-server: --root: can't be combined with Confine\n"]);
	});
});
