/* What a client sees in a root, and the log's paths. */
import assert from "node:assert/strict";
import { lchownSync, mkdirSync, readFileSync, renameSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { FEW_DESCRIPTORS, Jail, openUntilFull, USERS } from "../confine/jail.ts";
import { createAccount } from "../helpers/accounts.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { oneName, status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";

const OK = status(0);
const [ownUser] = USERS;
assert.ok(ownUser !== undefined);

async function start(
	test: TestContext,
	args: (jail: Jail) => readonly string[] = ({ inside }) => ["--root", inside],
): Promise<{ readonly jail: Jail; readonly session: ServerSession }> {
	const jail = await Jail.make(test, ownUser ?? { name: "" });
	return { jail, session: await jail.start(args(jail)) };
}

async function list(session: ServerSession, path: string) {
	const handle = await session.open(FXP.OPENDIR, path);
	const reply = await session.ask(FXP.READDIR, handle);
	await session.ask(FXP.CLOSE, handle);
	return reply.kind === "names" ? reply.names : assert.fail(reply.kind);
}

describe("a root, as the client sees it,", () => {
	it("is the beginning of canonical paths, links and the working directory", async (test) => {
		const { jail, session } = await start(test);
		jail.link("absolute", "/d");
		jail.link("up", "../../../d");
		jail.link("system", jail.inside);
		for (const [path, resolved] of [
			[".", "/"],
			["", "/"],
			["/", "/"],
			["..", "/"],
			["/../../d/./file", "/d/file"],
			["absolute/file", "/d/file"],
			["up/../file", "/file"],
			["missing", "/missing"],
		] as const)
			assert.deepEqual(await session.ask(FXP.REALPATH, path), oneName(resolved), path);
		for (const path of [jail.inside, "system", "missing/x"])
			assert.deepEqual(await session.ask(FXP.REALPATH, path), status(2), path);
		assert.deepEqual(await session.ask(FXP.READLINK, "/system"), oneName(jail.inside));
		assert.equal((await session.ask("statvfs@openssh.com", "/absolute")).kind, "extended");
		assert.equal((await session.stop()).status, 0);
	});

	it("is not listed as empty when no descriptor is left to look into it", async (test) => {
		const jail = await Jail.make(test, ownUser, FEW_DESCRIPTORS);
		const session = await jail.start(["--root", jail.inside]);
		const handle = await session.open(FXP.OPENDIR, "/");
		const [one = handle] = await openUntilFull(session, "/file");
		assert.deepEqual(await session.ask(FXP.READDIR, handle), status(4, "Too many open files"));
		assert.deepEqual(await session.ask(FXP.CLOSE, one), OK);
		const reply = await session.ask(FXP.READDIR, handle);
		const names = reply.kind === "names" ? reply.names.map(({ name }) => name).sort() : reply;
		assert.deepEqual(names, [".", "..", "d", "file"]);
		assert.deepEqual(await session.ask(FXP.READDIR, handle), status(1));
		assert.equal((await session.stop()).status, 0);
	});

	it("keeps its working directory when it moves into a directory with its old name", async (test) => {
		const { jail, session } = await start(test, ({ inside }) => ["--root", inside, "-d", "/d"]);
		jail.directory("moved/d");
		jail.file("moved/d/file", "another file");
		renameSync(jail.inside, join(jail.base, "moved"));
		mkdirSync(jail.inside);
		renameSync(join(jail.base, "moved"), join(jail.inside, "moved"));
		assert.deepEqual(await session.ask(FXP.REALPATH, "."), oneName("/d"));
		const handle = await session.open(FXP.OPEN, "file", FXF.READ, attrs());
		const reply = await session.ask(FXP.READ, handle, 0n, 100);
		assert.equal(reply.kind === "data" && reply.data.toString(), "content");
		assert.equal((await session.stop()).status, 0);
	});

	it("is its own parent, also in listings", async (test) => {
		const { session } = await start(test);
		const entries = await list(session, "/");
		const one = (name: string) => entries.find((entry) => entry.name === name)?.attrs;
		const top = await session.ask(FXP.STAT, "/");
		assert.deepEqual(top, { kind: "attrs", attrs: one(".") });
		assert.deepEqual(one(".."), one("."));
		assert.deepEqual(await session.ask(FXP.STAT, "/../.."), top);
		const below = await list(session, "/d");
		assert.deepEqual(below.find(({ name }) => name === "..")?.attrs, one("."));
		assert.equal((await session.stop()).status, 0);
	});

	it("can't be renamed or removed", async (test) => {
		const { jail, session } = await start(test);
		const busy = status(4, "Device or resource busy");
		for (const path of ["/", "//", "/."]) {
			const rmdir = path === "/." ? status(5) : busy;
			assert.deepEqual(await session.ask(FXP.RMDIR, path), rmdir, path);
			assert.deepEqual(await session.ask("posix-rename@openssh.com", path, "/x"), busy, path);
			assert.deepEqual(await session.ask("posix-rename@openssh.com", "/d", path), busy, path);
			assert.deepEqual(await session.ask(FXP.MKDIR, path, attrs()), status(4, "File exists"), path);
			assert.deepEqual(await session.ask(FXP.REMOVE, path), status(4, "Is a directory"), path);
			assert.deepEqual(await session.ask(FXP.SETSTAT, path, attrs({ mode: 0o750 })), OK, path);
		}
		assert.equal((await session.stop()).status, 0);
		assert.equal(readFileSync(join(jail.inside, "file"), "utf8"), "content");
	});

	it("has the system's user and group names and time zone", async (test) => {
		const jail = await Jail.make(test, ownUser ?? { name: "" });
		utimesSync(join(jail.inside, "file"), 1_000_000_000, 1_000_000_000);
		const isRoot = process.getuid?.() === 0;
		if (isRoot) lchownSync(join(jail.inside, "file"), 1, 1);
		const session = await jail.start(["--root", jail.inside], { env: { TZ: "Pacific/Kiritimati" } });
		const longname = (await list(session, "/")).find(({ name }) => name === "file")?.longname ?? "";
		/* 2001-09-09 01:46:40 UTC is afternoon there. */
		assert.match(longname, new RegExp(`${isRoot ? "daemon   daemon  " : ""} .* Sep  9  2001 file$`));
		assert.equal((await session.stop()).status, 0);
	});

	it("has the homes inside it, and `/` in place of others", { skip: unlessRoot() }, async (test) => {
		const jail = await Jail.make(test, { name: "root" });
		const home = join(jail.inside, "homes/own");
		mkdirSync(home, { recursive: true });
		const account = await createAccount(home);
		test.after(() => account.remove());
		const session = await jail.start(["--root", jail.inside]);
		assert.deepEqual(await session.ask("home-directory", account.name), oneName("/homes/own"));
		assert.deepEqual(await session.ask("home-directory", "daemon"), oneName("/"));
		const expand = (path: string) => session.ask("expand-path@openssh.com", path);
		assert.deepEqual(await expand(`~${account.name}`), oneName("/homes/own"));
		assert.deepEqual(await expand(`~${account.name}/new`), oneName("/homes/own/new"));
		assert.deepEqual(await expand("~daemon/d"), oneName("/d"));
		assert.deepEqual(await expand("~/d"), oneName("/d"));
		assert.equal((await session.stop()).status, 0);
		const there = await jail.start(["--root", jail.inside, "-d", `~${account.name}`]);
		assert.deepEqual(await there.ask(FXP.REALPATH, "."), oneName("/homes/own"));
		assert.equal((await there.stop()).stderr, "");
	});

	it("has devices as without a root, and no procfs", { skip: unlessRoot() }, async (test) => {
		const { session } = await start(test, () => ["--root", "/"]);
		const zero = await session.open(FXP.OPEN, "/dev/zero", FXF.READ, attrs());
		const zeros = await session.ask(FXP.READ, zero, 0n, 5);
		assert.deepEqual(zeros, { kind: "data", data: Buffer.alloc(5) });
		for (const path of ["/proc", "/proc/self", "/proc/self/mem", "/proc/self/root/etc", "/proc/1/environ"]) {
			for (const what of [FXP.STAT, FXP.LSTAT, FXP.OPENDIR, FXP.READLINK, FXP.REALPATH])
				assert.equal((await session.ask(what, path)).kind, "status", `${what} ${path}`);
			const opened = await session.ask(FXP.OPEN, path, FXF.READ, attrs());
			assert.equal(opened.kind, "status", path);
		}
		assert.deepEqual(await session.ask(FXP.STAT, "/proc/self/status"), status(3));
		assert.equal((await session.stop()).status, 0);
	});

	it("is read-only with :ro", async (test) => {
		const { jail, session } = await start(test, ({ inside }) => ["--root", `${inside}:ro`]);
		const file = await session.open(FXP.OPEN, "/file", FXF.READ, attrs());
		const changes = [
			[FXP.OPEN, "/file", FXF.WRITE, attrs()],
			[FXP.OPEN, "/new", FXF.WRITE | FXF.CREAT, attrs()],
			[FXP.MKDIR, "/new", attrs()],
			[FXP.RMDIR, "/d"],
			[FXP.REMOVE, "/file"],
			[FXP.RENAME, "/file", "/new"],
			["posix-rename@openssh.com", "/file", "/new"],
			["hardlink@openssh.com", "/file", "/new"],
			[FXP.SYMLINK, "text", "/new"],
			[FXP.SETSTAT, "/file", attrs({ mode: 0o600 })],
			[FXP.SETSTAT, "/file", attrs({ size: 0n })],
			["lsetstat@openssh.com", "/file", attrs({ times: [1, 1] })],
			[FXP.FSETSTAT, file, attrs({ mode: 0o600 })],
		] as const;
		for (const [what, ...fields] of changes)
			assert.deepEqual(await session.ask(what, ...fields), status(3), `${what}`);
		assert.deepEqual(await session.ask(FXP.REMOVE, "/missing/x"), status(2));
		assert.equal((await session.stop()).status, 0);
		assert.equal(readFileSync(join(jail.inside, "file"), "utf8"), "content");
	});
});

describe("the log of a rooted session", () => {
	const session = async (test: TestContext, args: readonly string[]) => {
		const started = await start(test, ({ inside }) => ["-l", "info", "--root", inside, "-d", "/d", ...args]);
		started.jail.link("to-d", "/d");
		const file = await started.session.open(FXP.OPEN, "/to-d/file", FXF.READ, attrs());
		await started.session.ask(FXP.CLOSE, file);
		for (const [what, ...fields] of [
			["posix-rename@openssh.com", "file", "../moved"],
			[FXP.SYMLINK, "/etc", "/missing/link"],
			[FXP.MKDIR, "..", attrs()],
		] as const)
			await started.session.ask(what, ...fields);
		return { jail: started.jail, ...(await started.session.stop()) };
	};

	it("has the client's paths in text, as OpenSSH's has under ChrootDirectory", async (test) => {
		const { stderr } = await session(test, ["-e"]);
		const lines = stderr.split("\r\n").filter((line) => /"/.test(line));
		assert.deepEqual(lines, [
			'open "/to-d/file" flags READ mode 0666',
			'close "/to-d/file" bytes read 0 written 0',
			'posix-rename old "file" new "../moved"',
			'symlink old "/etc" new "/missing/link"',
			'mkdir name ".." mode 0777',
		]);
	});

	it("has the client's and the system's paths in JSON", async (test) => {
		const { jail, stderr } = await session(test, ["--log-format", "json"]);
		const shown = stderr
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line))
			.map((event) => Object.entries(event).filter(([name]) => /path$/i.test(name)))
			.filter((entries) => entries.length > 0)
			.map((entries) => Object.fromEntries(entries));
		const { inside } = jail;
		assert.deepEqual(shown, [
			{ path: "/to-d/file", systemPath: `${inside}/d/file` },
			{ path: "/to-d/file", systemPath: `${inside}/d/file` },
			{
				oldPath: "file",
				oldSystemPath: `${inside}/d/file`,
				newPath: "../moved",
				newSystemPath: `${inside}/moved`,
			},
			/* The link's directory does not exist, and its target is text, not a path of the client's. */
			{ oldPath: "/etc", newPath: "/missing/link" },
			{ path: "..", systemPath: inside },
		]);
	});
});
