/*
 * DefaultFileMode, DefaultDirectoryMode, ModeMask, IgnoreAttributes and
 * HideOwners: modes that clients do not give, bits and changes that are
 * suppressed, and the owners that are shown.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { scratch } from "../failing/world.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, type Question, ServerSession } from "../helpers/server-session.ts";

const OK = status(0);
const CREATE = FXF.WRITE | FXF.CREAT;
const OLD_SECONDS = 1_000_000_000;

interface World {
	readonly cwd: string;
	readonly session: ServerSession;
	mode(name: string): string;
}

/** A session with umask 022 in a directory that has a file of mode 0604 with old times. */
async function start(test: TestContext, ...args: string[]): Promise<World> {
	const cwd = scratch(test);
	writeFileSync(join(cwd, "old"), "content");
	mkdirSync(join(cwd, "directory"));
	chmodSync(join(cwd, "old"), 0o604);
	utimesSync(join(cwd, "old"), OLD_SECONDS, OLD_SECONDS);
	const program: Program = ["sh", "-c", 'umask 022; exec "$@"', "sh", ...OURS];
	const session = await ServerSession.start(program, { cwd, args });
	test.after(() => session.kill("SIGKILL"));
	return { cwd, session, mode: (name) => (statSync(join(cwd, name)).mode & 0o7777).toString(8) };
}

/** Creates a file and a directory, with permissions or without, and returns their modes. */
async function created({ session, mode }: World, permissions?: number): Promise<readonly string[]> {
	const asked = attrs(permissions === undefined ? {} : { mode: permissions });
	const name = `new-${permissions}`;
	await session.open(FXP.OPEN, name, CREATE, asked);
	assert.deepEqual(await session.ask(FXP.MKDIR, `${name}.d`, asked), OK);
	return [mode(name), mode(`${name}.d`)];
}

describe("the default modes", () => {
	it("are used when the client gives none, less the umask", async (test) => {
		const world = await start(test, "--default-file-mode=666", "--default-directory-mode=770");
		assert.deepEqual(await created(world), ["644", "750"]);
		assert.deepEqual(await created(world, 0o755), ["755", "755"]);
		assert.deepEqual(await world.session.ask(FXP.SETSTAT, "old", attrs({ mode: 0o777 })), OK);
		assert.equal(world.mode("old"), "777");
	});

	it("can be set for one kind alone", async (test) => {
		const world = await start(test, "-o", "DefaultFileMode=600");
		assert.deepEqual(await created(world), ["600", "755"]);
	});
});

describe("a mask of modes", () => {
	it("is applied to new files and to every later change", async (test) => {
		const world = await start(test, "--mode-mask=6027");
		const { session, mode } = world;
		assert.deepEqual(await created(world), ["640", "750"]);
		assert.deepEqual(await created(world, 0o777), ["750", "750"]);
		const handle = await session.open(FXP.OPEN, "old", FXF.READ | FXF.WRITE, attrs());
		const asked = attrs({ mode: 0o6777 });
		const questions: readonly Question[] = [
			[FXP.SETSTAT, "old", asked],
			[FXP.FSETSTAT, handle, asked],
			["lsetstat@openssh.com", "old", asked],
		];
		for (const question of questions) {
			chmodSync(join(world.cwd, "old"), 0o600);
			assert.deepEqual(await session.ask(...question), OK);
			assert.equal(mode("old"), "750");
		}
	});

	it("leaves forced modes as they are", async (test) => {
		const world = await start(test, "--mode-mask=077", "-m", "664");
		assert.deepEqual(await created(world, 0o777), ["664", "700"]);
	});
});

describe("ignored attributes", () => {
	const asked = attrs({ size: 3n, owner: [12345, 12345], mode: 0o777, times: [5, 7] });
	const rows: readonly [list: string, mode: string, mtime: number][] = [
		["mode,owner,times", "604", 0],
		["owner,mode", "604", 7],
		["owner,times", "777", 0],
	];
	for (const [list, mode, mtime] of rows) {
		it(`${list} stay unchanged by every request, and the other changes are made`, async (test) => {
			const world = await start(test, `--ignore-attributes=${list}`);
			const { session } = world;
			const handle = await session.open(FXP.OPEN, "old", FXF.READ | FXF.WRITE, attrs());
			const questions: readonly Question[] = [
				[FXP.SETSTAT, "old", asked],
				[FXP.FSETSTAT, handle, asked],
			];
			for (const question of questions) assert.deepEqual(await session.ask(...question), OK);
			const stats = statSync(join(world.cwd, "old"));
			assert.deepEqual([stats.size, stats.uid, world.mode("old")], [3, process.getuid?.(), mode]);
			/* Setting the size also sets the modification time. */
			assert.equal(mtime === 7, stats.mtimeMs === 7000);
		});
	}

	it("are logged as kept at VERBOSE, and are an error when the file is missing", async (test) => {
		const { session } = await start(test, "--ignore-attributes=times", "-e", "-l", "VERBOSE");
		assert.deepEqual(await session.ask(FXP.SETSTAT, "old", attrs({ times: [5, 7] })), OK);
		assert.deepEqual(await session.ask(FXP.SETSTAT, "missing", attrs({ times: [5, 7] })), status(2));
		const { stderr } = await session.stop();
		assert.match(stderr, /keep times of "old"\r\n/);
		assert.doesNotMatch(stderr, /modtime/);
	});
});

describe("hidden owners", () => {
	it("are shown as the session's user and group everywhere", { skip: unlessRoot() }, async (test) => {
		const world = await start(test, "--hide-owners");
		const { session } = world;
		chownSync(join(world.cwd, "old"), 12345, 54321);
		const handle = await session.open(FXP.OPEN, "old", FXF.READ, attrs());
		const questions: readonly Question[] = [
			[FXP.STAT, "old"],
			[FXP.LSTAT, "old"],
			[FXP.FSTAT, handle],
		];
		for (const question of questions) {
			const reply = await session.ask(...question);
			assert.ok(reply.kind === "attrs" && reply.attrs !== undefined);
			assert.deepEqual([reply.attrs.uid, reply.attrs.gid], [0, 0]);
		}
		const listing = await session.open(FXP.OPENDIR, ".");
		const reply = await session.ask(FXP.READDIR, listing);
		assert.ok(reply.kind === "names");
		for (const { longname } of reply.names) assert.match(longname, / root {5}root /);
		assert.ok(reply.names.some(({ name }) => name === "old"));
	});

	it("are shown without the option", { skip: unlessRoot() }, async (test) => {
		const { cwd, session } = await start(test);
		chownSync(join(cwd, "old"), 12345, 54321);
		const reply = await session.ask(FXP.STAT, "old");
		assert.ok(reply.kind === "attrs" && reply.attrs !== undefined);
		assert.deepEqual([reply.attrs.uid, reply.attrs.gid], [12345, 54321]);
	});
});
