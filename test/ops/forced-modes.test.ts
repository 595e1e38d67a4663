/*
 * ForceFileMode and ForceDirectoryMode: the modes of new files and directories,
 * whatever a client asks for.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { scratch } from "../failing/world.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, ServerSession } from "../helpers/server-session.ts";

const OK = status(0);
const CREATE = FXF.WRITE | FXF.CREAT;

/** Our server with a umask that masks nearly everything. */
const MASKED: Program = ["sh", "-c", 'umask 077; exec "$@"', "sh", ...OURS];

interface World {
	readonly session: ServerSession;
	mode(name: string): string;
}

/** A session in a directory with a file of mode 0604 and a directory of mode 0705. */
async function start(test: TestContext, args: readonly string[], program: Program = MASKED): Promise<World> {
	const cwd = scratch(test);
	writeFileSync(join(cwd, "old"), "content");
	mkdirSync(join(cwd, "oldDirectory"));
	chmodSync(join(cwd, "old"), 0o604);
	chmodSync(join(cwd, "oldDirectory"), 0o705);
	symlinkSync("old", join(cwd, "link"));
	const session = await ServerSession.start(program, { cwd, args });
	test.after(() => session.kill("SIGKILL"));
	return { session, mode: (name) => (statSync(join(cwd, name)).mode & 0o7777).toString(8) };
}

async function create({ session }: World, name: string, permissions?: number): Promise<Buffer> {
	return session.open(FXP.OPEN, name, CREATE, attrs(permissions === undefined ? {} : { mode: permissions }));
}

describe("a session with -m and -M", () => {
	const both = ["-m", "0640", "-M", "750"];

	it("creates files and directories with these modes, whatever the client and the umask say", async (test) => {
		const world = await start(test, both);
		for (const [name, permissions] of [
			["none", undefined],
			["wide", 0o777],
			["narrow", 0],
			["special", 0o4755],
		] as const) {
			await create(world, name, permissions);
			assert.equal(world.mode(name), "640", name);
			const asked = attrs(permissions === undefined ? {} : { mode: permissions });
			assert.deepEqual(await world.session.ask(FXP.MKDIR, `${name}.d`, asked), OK);
			assert.equal(world.mode(`${name}.d`), "750", name);
		}
	});

	it("reports success for a change of mode without making it", async (test) => {
		const world = await start(test, both);
		const { session, mode } = world;
		const handle = await create(world, "new");
		const asked = attrs({ mode: 0o777 });
		const old = await session.open(FXP.OPEN, "old", FXF.READ, attrs());
		for (const reply of await session.askAll([
			[FXP.FSETSTAT, handle, asked],
			[FXP.FSETSTAT, old, asked],
			[FXP.SETSTAT, "new", asked],
			[FXP.SETSTAT, "old", asked],
			[FXP.SETSTAT, "link", asked],
			[FXP.SETSTAT, "oldDirectory", asked],
			["lsetstat@openssh.com", "new", asked],
			["lsetstat@openssh.com", "oldDirectory", asked],
		]))
			assert.deepEqual(reply, OK);
		assert.deepEqual([mode("new"), mode("old"), mode("oldDirectory")], ["640", "604", "705"]);
	});

	it("makes the other changes of such a request", async (test) => {
		const { session, mode } = await start(test, both);
		const asked = attrs({ size: 3n, mode: 0o777, times: [5, 7] });
		assert.deepEqual(await session.ask(FXP.SETSTAT, "old", asked), OK);
		const reply = await session.ask(FXP.STAT, "old");
		assert.ok(reply.kind === "attrs" && reply.attrs !== undefined);
		assert.deepEqual([reply.attrs.size, reply.attrs.mtime, mode("old")], [3n, 7, "604"]);
	});

	it("reports a missing file", async (test) => {
		const { session } = await start(test, both);
		assert.deepEqual(await session.ask(FXP.SETSTAT, "missing", attrs({ mode: 0o777 })), status(2));
	});

	it("keeps the mode of a file that it opens and truncates", async (test) => {
		const { session, mode } = await start(test, both);
		await session.open(FXP.OPEN, "old", CREATE | FXF.TRUNC, attrs({ mode: 0o777 }));
		assert.equal(mode("old"), "604");
	});
});

describe("a session with only one of the two", () => {
	it("gives the other kind the client's mode, less the umask", async (test) => {
		const files = await start(test, ["-m", "666"]);
		await create(files, "new", 0o600);
		await files.session.ask(FXP.MKDIR, "made", attrs({ mode: 0o775 }));
		assert.deepEqual([files.mode("new"), files.mode("made")], ["666", "700"]);
		const directories = await start(test, ["-M", "777", "-u", "027"]);
		await create(directories, "new");
		await directories.session.ask(FXP.MKDIR, "made", attrs({ mode: 0o700 }));
		assert.deepEqual([directories.mode("new"), directories.mode("made")], ["640", "777"]);
	});

	it("changes the mode of the other kind when asked", async (test) => {
		const files = await start(test, ["-m", "640"]);
		const asked = attrs({ mode: 0o711 });
		for (const name of ["old", "oldDirectory"])
			assert.deepEqual(await files.session.ask(FXP.SETSTAT, name, asked), OK);
		assert.deepEqual([files.mode("old"), files.mode("oldDirectory")], ["604", "711"]);
		const directories = await start(test, ["-o", "ForceDirectoryMode=750"]);
		const handle = await directories.session.open(FXP.OPEN, "old", FXF.READ, attrs());
		assert.deepEqual(await directories.session.ask(FXP.FSETSTAT, handle, asked), OK);
		assert.deepEqual(await directories.session.ask(FXP.SETSTAT, "oldDirectory", asked), OK);
		assert.deepEqual([directories.mode("old"), directories.mode("oldDirectory")], ["711", "705"]);
	});
});

it("a session confined to a directory forces modes too", async (test) => {
	const cwd = scratch(test);
	const session = await ServerSession.start(OURS, {
		cwd,
		args: ["--confine", cwd, "-m", "604", "-M", "705"],
	});
	await session.open(FXP.OPEN, "new", CREATE, attrs({ mode: 0o777 }));
	assert.deepEqual(await session.ask(FXP.MKDIR, "made", attrs({ mode: 0o777 })), OK);
	const asked = attrs({ mode: 0o777 });
	for (const name of ["new", "made"]) {
		assert.deepEqual(await session.ask(FXP.SETSTAT, name, asked), OK);
		assert.deepEqual(await session.ask("lsetstat@openssh.com", name, asked), OK);
	}
	await session.stop();
	const modes = ["new", "made"].map((name) => (statSync(join(cwd, name)).mode & 0o7777).toString(8));
	assert.deepEqual(modes, ["604", "705"]);
});
