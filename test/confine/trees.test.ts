/*
 * What a confined client may do: several directories, read-only ones, links
 * between them, and the directories themselves.
 */
import assert from "node:assert/strict";
import { chmodSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, type Field, FXF, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { oneName, type ServerReply, status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { FEW_DESCRIPTORS, Jail, openUntilFull, USERS } from "./jail.ts";

const [OK, NO_SUCH_FILE, DENIED] = [status(0), status(2), status(3)];
const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

type Question = readonly [what: number | string, ...fields: readonly Field[]];

async function content(session: ServerSession, path: string): Promise<string> {
	const handle = await session.open(FXP.OPEN, path, FXF.READ, attrs());
	const reply = await session.ask(FXP.READ, handle, 0n, 1000);
	assert.deepEqual(await session.ask(FXP.CLOSE, handle), OK);
	return reply.kind === "data" ? reply.data.toString() : JSON.stringify(reply);
}

async function size(session: ServerSession, path: string): Promise<bigint | ServerReply> {
	const reply = await session.ask(FXP.STAT, path);
	return reply.kind === "attrs" ? (reply.attrs?.size ?? -1n) : reply;
}

for (const user of USERS)
	describe(`a confined session of ${user.name}`, { skip: user.skip }, () => {
		it("follows links that stay inside, whatever their form", async (test) => {
			const jail = await Jail.make(test, user);
			jail.link("absolute", join(jail.inside, "d"));
			jail.link("around", "../in/d/../d");
			jail.link("loop", "loop");
			jail.link("by-proc", `/proc/self/root${jail.inside}/file`);
			jail.link("d/up", "..");
			const session = await jail.start();
			for (const way of [
				"d",
				"absolute",
				"around",
				"d/up/absolute",
				`${jail.base}/in/d`,
				"../in/d",
				"d/../d/.",
			]) {
				assert.equal(await content(session, `${way}/file`), "content", way);
				assert.equal(await size(session, `${way}/file`), 7n, way);
				assert.deepEqual(await session.ask(FXP.MKDIR, `${way}/new`, attrs()), OK, way);
				assert.deepEqual(await session.ask(FXP.RMDIR, `${way}/new/`), OK, way);
				assert.deepEqual(
					await session.ask(FXP.REALPATH, `${way}/file`),
					oneName(join(jail.inside, "d/file")),
				);
				assert.deepEqual(await session.ask(FXP.LSTAT, `${way}/none`), NO_SUCH_FILE, way);
			}
			assert.deepEqual(await session.ask(FXP.STAT, "loop"), NO_SUCH_FILE);
			/* Its text leads through the outside. */
			assert.deepEqual(await session.ask(FXP.STAT, "by-proc"), DENIED);
			assert.equal((await session.stop()).status, 0);
		});

		it("creates through a dangling link that stays inside", async (test) => {
			const jail = await Jail.make(test, user);
			jail.link("relative", "d/made");
			jail.link("absolute", join(jail.inside, "made"));
			const session = await jail.start();
			const create = (path: string, more = 0) =>
				session.ask(FXP.OPEN, path, FXF.WRITE | FXF.CREAT | more, attrs());
			for (const path of ["relative", "absolute"]) {
				assert.deepEqual(await create(path, FXF.EXCL), status(4, "File exists"), path);
				assert.equal((await create(path)).kind, "handle", path);
			}
			assert.ok(
				statSync(join(jail.inside, "d/made")).isFile() && statSync(join(jail.inside, "made")).isFile(),
			);
			assert.equal((await session.stop()).status, 0);
		});

		it("can use its directory, but not move or remove it", async (test) => {
			const jail = await Jail.make(test, user);
			rmSync(join(jail.inside, "file"));
			rmSync(join(jail.inside, "d"), { recursive: true });
			const session = await jail.start();
			for (const path of [".", "", jail.inside, `${jail.inside}/`, `//${jail.inside}/.`]) {
				assert.deepEqual(await session.ask(FXP.REALPATH, path), oneName(jail.inside), path);
				if (path !== "") assert.equal((await session.ask(FXP.STAT, path)).kind, "attrs", path);
			}
			const busy = status(4, "Device or resource busy");
			for (const path of [jail.inside, `${jail.inside}/`]) {
				assert.deepEqual(await session.ask(FXP.RMDIR, path), busy);
				assert.deepEqual(await session.ask("posix-rename@openssh.com", path, `${jail.inside}/x`), busy);
				assert.deepEqual(await session.ask(FXP.MKDIR, path, attrs()), status(4, "File exists"));
				assert.deepEqual(await session.ask(FXP.REMOVE, path), status(4, "Is a directory"));
				assert.deepEqual(await session.ask(FXP.SETSTAT, path, attrs({ mode: 0o750 })), OK);
			}
			assert.equal(statSync(jail.inside).mode & 0o777, 0o750);
			assert.equal((await session.stop()).status, 0);
		});

		it("moves, links and copies from one of its directories to another", async (test) => {
			const jail = await Jail.make(test, user);
			const other = join(jail.base, "other");
			jail.directory(other);
			jail.link("to-other", other);
			const session = await jail.start(["--confine", jail.inside, "--confine", other]);
			const moves: Question[] = [
				["posix-rename@openssh.com", "file", `${other}/moved`],
				["hardlink@openssh.com", "to-other/moved", "d/linked"],
				[FXP.RENAME, "d", `${other}/d`],
				[FXP.RENAME, `${other}/moved`, "file"],
			];
			for (const move of moves) assert.deepEqual(await session.ask(...move), OK, JSON.stringify(move));
			const source = await session.open(FXP.OPEN, "file", FXF.READ, attrs());
			const target = await session.open(FXP.OPEN, "to-other/copy", FXF.WRITE | FXF.CREAT, attrs());
			assert.deepEqual(await session.ask("copy-data", source, 0n, 0n, target, 0n), OK);
			assert.equal(await content(session, `${other}/copy`), "content");
			assert.equal(await content(session, "to-other/d/linked"), "content");
			assert.equal((await session.stop()).status, 0);
		});

		it("can list a directory that has been moved, but only by its handle", async (test) => {
			const jail = await Jail.make(test, user);
			jail.file(join(jail.outside, "file"), "a longer content");
			const session = await jail.start();
			const handle = await session.open(FXP.OPENDIR, "d");
			assert.deepEqual(await session.ask("posix-rename@openssh.com", "d", "moved"), OK);
			assert.deepEqual(await session.ask(FXP.SYMLINK, jail.outside, "d"), OK);
			const reply = await session.ask(FXP.READDIR, handle);
			const found = reply.kind === "names" ? reply.names.find(({ name }) => name === "file") : undefined;
			assert.equal(found?.attrs?.size, 7n);
			assert.equal((await session.stop()).status, 0);
		});

		it("can read in a read-only directory and change nothing", async (test) => {
			const jail = await Jail.make(test, user);
			const { base, inside } = jail;
			const other = join(base, "other");
			jail.directory(join(other, "d"));
			jail.file(join(other, "file"), "content");
			jail.file(join(other, "d/file"), "content");
			jail.link("to-other", other);
			jail.link("to-file", join(other, "file"));
			const before = snapshotTree(other, NO_TIME_IS_RECENT);
			const session = await jail.start(["--confine", inside, "--confine", `${other}:ro`]);
			assert.equal(await content(session, `${other}/file`), "content");
			assert.equal(await content(session, "to-file"), "content");
			const opened = await session.open(FXP.OPENDIR, "to-other/d");
			assert.equal((await session.ask(FXP.READDIR, opened)).kind, "names");
			for (const question of changes(other))
				assert.deepEqual(await session.ask(...question), DENIED, `${question}`);
			const handle = await session.open(FXP.OPEN, `${other}/file`, FXF.READ, attrs());
			for (const groups of [{ mode: 0o777 }, { times: [1, 2] }, { owner: [1, 1] }] as const)
				assert.deepEqual(await session.ask(FXP.FSETSTAT, handle, attrs(groups)), DENIED);
			assert.deepEqual(await session.ask(FXP.CLOSE, handle), OK);
			/* The same descriptor number, for a file that may be changed. */
			const own = await session.open(FXP.OPEN, "file", FXF.READ, attrs());
			assert.deepEqual(await session.ask(FXP.FSETSTAT, own, attrs({ mode: 0o600 })), OK);
			assert.deepEqual(snapshotTree(other, NO_TIME_IS_RECENT), before);
			assert.equal((await session.stop()).status, 0);
		});

		it("can change a directory inside a read-only one, by all its names", async (test) => {
			const jail = await Jail.make(test, user);
			jail.link("to-d", join(jail.inside, "d"));
			jail.link("relative", "d");
			const args = ["--confine", `${jail.inside}:ro`, "--confine", join(jail.inside, "d")];
			const session = await jail.start(args);
			const create = (path: string) => session.ask(FXP.OPEN, path, FXF.WRITE | FXF.CREAT, attrs());
			for (const way of ["d", "to-d", "relative", "d/../relative", join(jail.inside, "relative")]) {
				const made = await create(`${way}/new`);
				assert.equal(made.kind, "handle", way);
				assert.deepEqual(await session.ask(FXP.REMOVE, `${way}/new`), OK, way);
				assert.deepEqual(await create(`${way}/../new`), DENIED, way);
			}
			assert.deepEqual(await session.ask(FXP.RMDIR, "d"), status(4, "Device or resource busy"));
			assert.deepEqual(await session.ask(FXP.REMOVE, "relative"), DENIED);
			assert.deepEqual(await session.ask("posix-rename@openssh.com", "d/file", "file"), DENIED);
			assert.deepEqual(await session.ask("hardlink@openssh.com", "file", "d/linked"), DENIED);
			assert.ok(lstatSync(join(jail.inside, "relative")).isSymbolicLink());
			assert.equal(readFileSync(join(jail.inside, "file"), "utf8"), "content");
			assert.equal((await session.stop()).status, 0);
		});

		it("can't move one of its directories inside another, or those between them, by any name", async (test) => {
			const jail = await Jail.make(test, user);
			jail.directory("e");
			jail.directory("e/tree");
			jail.link("here", ".");
			const session = await jail.start(["--confine", jail.inside, "--confine", join(jail.inside, "e/tree")]);
			const busy = status(4, "Device or resource busy");
			const ways = [
				"e/tree",
				"e/tree/../tree",
				"here/e/tree",
				"e/./tree/",
				"d/../e/tree",
				`${jail.inside}/here/e/tree`,
			];
			for (const way of [...ways, "e", "here/e", "e/../e", "e/tree/../../e/"]) {
				assert.deepEqual(await session.ask(FXP.RMDIR, way), busy, way);
				for (const name of ["posix-rename@openssh.com", FXP.RENAME]) {
					assert.notDeepEqual(await session.ask(name, way, "moved"), OK);
					assert.ok(statSync(join(jail.inside, "e/tree")).isDirectory(), way);
				}
				assert.notDeepEqual(await session.ask("posix-rename@openssh.com", "d", way), OK, way);
				assert.ok(statSync(join(jail.inside, "d/file")).isFile(), way);
			}
			/* Other entries of the same directories can be moved and removed. */
			for (const path of ["other", "e/other", "e/tree/other"]) {
				assert.deepEqual(await session.ask(FXP.MKDIR, path, attrs()), OK);
				assert.deepEqual(await session.ask("posix-rename@openssh.com", path, `${path}2`), OK);
				assert.deepEqual(await session.ask(FXP.RMDIR, `${path}2`), OK);
			}
			assert.equal((await session.stop()).status, 0);
		});

		it("can't remove one of its directories inside another when no descriptor is left to recognize it", async (test) => {
			const jail = await Jail.make(test, user, FEW_DESCRIPTORS);
			jail.directory("tree");
			jail.link("here", ".");
			const session = await jail.start(["--confine", jail.inside, "--confine", join(jail.inside, "tree")]);
			const open = await openUntilFull(session, "file");
			/* The first of them with no descriptor left, then with one more each time. */
			for (const handle of open.slice(-4)) {
				assert.notDeepEqual(await session.ask(FXP.RMDIR, "here/tree"), OK);
				assert.ok(statSync(join(jail.inside, "tree")).isDirectory());
				assert.deepEqual(await session.ask(FXP.CLOSE, handle), OK);
			}
			const busy = status(4, "Device or resource busy");
			assert.deepEqual(await session.ask(FXP.RMDIR, "here/tree"), busy);
			assert.equal((await session.stop()).status, 0);
		});

		it("sees the directory itself as its parent, not the one above", async (test) => {
			const jail = await Jail.make(test, user);
			chmodSync(jail.base, 0o751);
			chmodSync(jail.inside, 0o777);
			const session = await jail.start();
			for (const path of [jail.inside, ".", "d/..", "d"]) {
				const handle = await session.open(FXP.OPENDIR, path);
				const reply = await session.ask(FXP.READDIR, handle);
				assert.ok(reply.kind === "names");
				const parent = reply.names.find(({ name }) => name === "..");
				assert.equal((parent?.attrs?.mode ?? 0) & 0o7777, 0o777, path);
			}
			assert.equal((await session.stop()).status, 0);
		});

		it("can use the name given for its directory, even with a link of root's in it", {
			skip: unlessRoot(),
		}, async (test) => {
			const jail = await Jail.make(test, user);
			const given = join(jail.base, "given");
			symlinkSync("in", given);
			chmodSync(jail.base, 0o755);
			const session = await jail.start(["--confine", given]);
			assert.equal(await size(session, `${given}/file`), 7n);
			assert.equal(await size(session, `${jail.inside}/file`), 7n);
			assert.deepEqual(await session.ask(FXP.REALPATH, `${given}/d/../file`), oneName(`${given}/file`));
			assert.deepEqual(await session.ask(FXP.REALPATH, "."), oneName(jail.inside));
			for (const path of [jail.base, `${given}/..`, `${given}/../out/secret`])
				assert.deepEqual(await session.ask(FXP.REALPATH, path), DENIED, path);
			assert.equal((await session.stop()).status, 0);
		});
	});

/** Every request that would change something in a directory. */
function changes(directory: string): Question[] {
	const [file, made] = [`${directory}/file`, `${directory}/made`];
	return [
		...[FXF.WRITE, FXF.READ | FXF.WRITE, FXF.READ | FXF.TRUNC, FXF.READ | FXF.CREAT].map(
			(flags): Question => [FXP.OPEN, file, flags, attrs()],
		),
		[FXP.OPEN, "to-file", FXF.WRITE | FXF.APPEND, attrs()],
		[FXP.OPEN, made, FXF.WRITE | FXF.CREAT | FXF.EXCL, attrs()],
		[FXP.SETSTAT, file, attrs({ size: 1n })],
		[FXP.SETSTAT, file, attrs({ mode: 0o777 })],
		[FXP.SETSTAT, "to-file", attrs({ times: [1, 2] })],
		[FXP.SETSTAT, file, attrs({ owner: [1, 1] })],
		["lsetstat@openssh.com", file, attrs({ mode: 0o777 })],
		["lsetstat@openssh.com", file, attrs({ times: [1, 2] })],
		["lsetstat@openssh.com", file, attrs({ owner: [1, 1] })],
		[FXP.MKDIR, made, attrs()],
		[FXP.RMDIR, `${directory}/d`],
		[FXP.REMOVE, file],
		[FXP.REMOVE, "to-other/d/file"],
		[FXP.SYMLINK, "target", made],
		[FXP.RENAME, file, made],
		["posix-rename@openssh.com", file, made],
		["posix-rename@openssh.com", file, "made"],
		["posix-rename@openssh.com", "file", made],
		["hardlink@openssh.com", file, "made"],
		["hardlink@openssh.com", file, made],
		["hardlink@openssh.com", "file", made],
	];
}
