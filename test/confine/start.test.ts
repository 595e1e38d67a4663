/*
 * The start of a confined session: its working directory, its log, what the server
 * itself needs, and when it must not start.
 */
import assert from "node:assert/strict";
import {
	chmodSync,
	lchownSync,
	mkdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { someOf } from "../helpers/fast.ts";
import { attrs, FXF, FXP, INIT, uint32 } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { oneName, status } from "../helpers/server-replies.ts";
import { OURS, type Program, ServerSession } from "../helpers/server-session.ts";
import { Jail, USERS } from "./jail.ts";

const DENIED = status(3);
/** Its number on every architecture. */
const FCHMODAT2 = "452";
const isRoot = process.getuid?.() === 0;
const ownUser = { name: "the tests' own" };

describe("the working directory of a confined session", () => {
	/** The reply to REALPATH of ".", and the log. */
	async function startsAt(jail: Jail, args: readonly string[], cwd: string): Promise<readonly unknown[]> {
		const session = await jail.start(args, { cwd });
		const reply = await session.ask(FXP.REALPATH, ".");
		const { stderr } = await session.stop();
		return [reply, stderr];
	}

	it("is the one that the process was started in, when that is inside", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const d = join(jail.inside, "d");
		assert.deepEqual(await startsAt(jail, ["--confine", jail.inside], d), [oneName(d), ""]);
	});

	it("is the first directory otherwise", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const [first, second] = [join(jail.inside, "d"), jail.outside];
		const args = ["--confine", `${first}:ro`, "--confine", second];
		assert.deepEqual(await startsAt(jail, args, jail.base), [oneName(first), ""]);
		assert.deepEqual(await startsAt(jail, args, second), [oneName(second), ""]);
	});

	it("is that of -d when it is inside, and does not change when it is not", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const confined = ["--confine", jail.inside];
		const d = join(jail.inside, "d");
		assert.deepEqual(await startsAt(jail, [...confined, "-d", d], jail.base), [oneName(d), ""]);
		assert.deepEqual(await startsAt(jail, [...confined, "-d", "d"], jail.base), [oneName(d), ""]);
		const refused = (path: string): string => `chdir to "${path}" failed: Permission denied\r\n`;
		for (const path of someOf(test, [jail.outside, jail.base, "/", "../..", "/nonexistent"], 0))
			assert.deepEqual(await startsAt(jail, [...confined, "-d", path], d), [oneName(d), refused(path)]);
	});
});

describe("a confined session", () => {
	it("logs its directories", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const args = ["-l", "verbose", "--confine", jail.inside, "--confine", `${jail.outside}:ro`];
		const session = await jail.start(args);
		const [first, second, third] = (await session.stop()).stderr.split("\r\n");
		assert.deepEqual(
			[first, second],
			[`confined to "${jail.inside}" read-write`, `confined to "${jail.outside}" read-only`],
		);
		assert.match(third ?? "", /^session opened/);
	});

	for (const user of USERS)
		it(`has users, groups and the time zone, as ${user.name}`, { skip: user.skip }, async (test) => {
			const jail = await Jail.make(test, user);
			const file = join(jail.inside, "file");
			utimesSync(file, 1_000_000_000, 1_000_000_000);
			if (isRoot) lchownSync(file, 1, 1);
			const session = await jail.start(undefined, { env: { TZ: "Pacific/Kiritimati" } });
			const directory = await session.open(FXP.OPENDIR, ".");
			const listing = await session.ask(FXP.READDIR, directory);
			const entry = listing.kind === "names" && listing.names.find(({ name }) => name === "file");
			const owner = isRoot ? "daemon   daemon  " : "";
			/* 2001-09-09 01:46:40 UTC is afternoon there. */
			assert.match(entry ? entry.longname : "", new RegExp(`${owner} .* Sep  9  2001 file$`));
			const ids = Buffer.concat([uint32(0), uint32(1), uint32(0xfffffffd)]);
			const names = (...list: string[]) =>
				Buffer.concat(list.flatMap((name) => [uint32(name.length), Buffer.from(name)]));
			const [users, groups] = [names("root", "daemon", ""), names("root", "daemon", "")];
			const payload = Buffer.concat([uint32(users.length), users, uint32(groups.length), groups]);
			assert.deepEqual(await session.ask("users-groups-by-id@openssh.com", ids, ids), {
				kind: "extended",
				payload,
			});
			assert.deepEqual(await session.ask("home-directory", "daemon"), oneName("/usr/sbin"));
			assert.equal((await session.stop()).status, 0);
		});

	it("has patterns, a JSON log and as many handles as any other", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const logs = join(jail.base, "logs");
		mkdirSync(logs, { mode: 0o700 });
		const log = join(logs, "log.json");
		const args = ["--log-format", "json", "--log-file", log, "-l", "info", "-P", "re*link"];
		const plain = await jail.start(args);
		const limits = await plain.ask("limits@openssh.com");
		await plain.stop();
		const session = await jail.start([...args, "--confine", jail.inside]);
		assert.deepEqual(await session.ask(FXP.READLINK, "file"), DENIED);
		assert.deepEqual(await session.ask("limits@openssh.com"), limits);
		for (let i = 0; i < 200; i++) await session.open(FXP.OPEN, "file", FXF.READ, attrs());
		assert.equal((await session.stop()).status, 0);
		const lines = readFileSync(log, "utf8").trimEnd().split("\n");
		assert.equal(JSON.parse(lines.at(-1) ?? "").event, "session-closed");
		assert.equal(lines.filter((line) => line.includes('"event":"forced-close"')).length, 200);
	});
});

describe("a session that can't be confined as asked", () => {
	/** Asserts that the session ends with 255 and one line, and answers nothing. */
	async function assertEnds(
		session: ServerSession,
		directory: string,
		reason: string | RegExp,
	): Promise<void> {
		await session.send(INIT);
		assert.equal(await session.next(), undefined);
		const { status: exit, stderr } = await session.stop();
		const [, told, why] = /^unable to confine the session to "(.*)": (.*)\r\n$/.exec(stderr) ?? [];
		assert.deepEqual([exit, told], [255, directory], stderr);
		assert.equal(why, reason);
	}

	it("does not start when a directory is missing, is not one, or can't be reached", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const { inside } = jail;
		for (const [directory, reason] of [
			[join(inside, "missing"), "No such file or directory"],
			[join(inside, "file"), "Not a directory"],
			[join(inside, "file/x"), "Not a directory"],
		] as const)
			await assertEnds(jail.launch(["--confine", inside, "--confine", directory]), directory, reason);
	});

	it("does not start when a read-only directory lies in a writable one, by whatever name", async (test) => {
		const jail = await Jail.make(test, ownUser);
		const { inside } = jail;
		const contradicts = `it can't be read-only inside "${inside}", which is writable`;
		for (const directory of [join(inside, "d"), inside, `${inside}/../in/d`])
			await assertEnds(
				jail.launch(["--confine", `${directory}:ro`, "--confine", inside]),
				directory,
				contradicts,
			);
	});

	it("does not start when a user may have put a link in the path", { skip: unlessRoot() }, async (test) => {
		const jail = await Jail.make(test, ownUser);
		for (const name of ["trap", "way"]) symlinkSync("/etc", join(jail.base, name));
		lchownSync(join(jail.base, "trap"), 1, 1);
		const distrusted = "a symbolic link in its path does not belong to root";
		const trap = join(jail.base, "trap");
		await assertEnds(jail.launch(["--confine", trap]), trap, distrusted);
		await assertEnds(jail.launch(["--confine", `${trap}/ssh`]), `${trap}/ssh`, distrusted);
		/* The link is root's, but others may replace it. */
		const way = join(jail.base, "way");
		const exchangeable = "users other than root can replace a symbolic link in its path";
		await assertEnds(jail.launch(["--confine", way]), way, exchangeable);
		chmodSync(jail.base, 0o755);
		assert.equal((await (await jail.start(["--confine", way])).stop()).status, 0);
		/* A directory above it can be replaced. */
		mkdirSync(join(jail.base, "open/closed"), { recursive: true });
		chmodSync(join(jail.base, "open"), 0o777);
		const behind = join(jail.base, "open/closed/way");
		symlinkSync("/etc", behind);
		await assertEnds(jail.launch(["--confine", behind]), behind, exchangeable);
		chmodSync(join(jail.base, "open"), 0o1777);
		assert.equal((await (await jail.start(["--confine", behind])).stop()).status, 0);
		/* Root could do so itself, as a client of the directory that contains it. */
		const holding = `a symbolic link in its path lies in "${jail.base}"`;
		await assertEnds(jail.launch(["--confine", way, "--confine", jail.base]), way, holding);
	});

	/** The server, run by a program that changes what the kernel shows it. */
	function onKernel(test: TestContext, by: Program, directory: string): ServerSession {
		const [first, ...rest] = by;
		const program: Program = [first, ...rest, ...OURS];
		const session = new ServerSession(program, { args: ["-e", "--confine", directory] });
		test.after(() => session.kill("SIGKILL"));
		return session;
	}

	const onOtherKernels = { skip: unlessInstalled("strace", "python3") };

	it(
		"does not start when the kernel has no Landlock, or one that is too old, or refuses it",
		onOtherKernels,
		async (test) => {
			const { inside } = await Jail.make(test, ownUser);
			for (const [injection, reason] of [
				["landlock_create_ruleset:error=ENOSYS", "the kernel has no Landlock"],
				[
					"landlock_create_ruleset:error=EOPNOTSUPP",
					"Landlock is not among the kernel's active security modules",
				],
				[
					"landlock_create_ruleset:retval=2:when=1",
					"the kernel's Landlock has ABI 2, but 3 is required (Linux 6.2)",
				],
				["landlock_create_ruleset:error=EPERM", "Landlock: Operation not permitted"],
				["landlock_create_ruleset:error=ENOMEM:when=2", "Cannot allocate memory"],
				["fchdir:error=EACCES", "Permission denied"],
				["landlock_add_rule:error=EBADFD", "File descriptor in bad state"],
				["landlock_restrict_self:error=E2BIG", "Argument list too long"],
				/* Fails in one thread only, which is not the calling one. */
				["landlock_restrict_self:error=E2BIG:when=1", "Argument list too long"],
			] as const) {
				const strace: Program = ["strace", "-f", "-o", "/dev/null", "-e", `inject=${injection}`];
				await assertEnds(onKernel(test, strace, inside), inside, reason);
			}
		},
	);

	it("starts when the kernel's Landlock has no rights for devices", onOtherKernels, async (test) => {
		const { inside } = await Jail.make(test, ownUser);
		const injection = "inject=landlock_create_ruleset:retval=4:when=1";
		const session = onKernel(test, ["strace", "-f", "-o", "/dev/null", "-e", injection], inside);
		await session.send(INIT);
		assert.ok((await session.next()) !== undefined);
		assert.deepEqual(await session.ask(FXP.STAT, "/etc/passwd"), status(3));
		assert.equal((await session.stop()).status, 0);
	});

	it(
		"starts when the kernel has no chmod by descriptor, and can still change modes",
		onOtherKernels,
		async (test) => {
			const { inside } = await Jail.make(test, ownUser);
			const session = onKernel(test, ["python3", "test/confine/without.py", FCHMODAT2], inside);
			await session.send(INIT);
			assert.ok((await session.next()) !== undefined);
			writeFileSync(join(inside, "locked"), "", { mode: 0 });
			mkdirSync(join(inside, "closed"), { mode: 0 });
			for (const name of ["locked", "closed"]) {
				assert.deepEqual(await session.ask(FXP.SETSTAT, name, attrs({ mode: 0o640 })), status(0));
				assert.equal(statSync(join(inside, name)).mode & 0o777, 0o640);
			}
			assert.equal((await session.stop()).status, 0);
		},
	);
});
