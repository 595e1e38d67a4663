/*
 * ForceGroup: the group and the modes of new files, in every namespace, as root and as a
 * plain user.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { scratch } from "../failing/world.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, type Question, ServerSession } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { inNamespace, SyslogSocket, withLogAt } from "../helpers/syslog-socket.ts";

const OK = status(0);
const CREATE = FXF.WRITE | FXF.CREAT;
/* Users and groups that every Debian has. */
const DAEMON = { uid: 1, gid: 1 };
const BIN = 2;
const TTY = 5;
const OLD_GROUP = 12345;
const DEFAULT_CONFIG = "/etc/ssh/sftp_server_config";

/** daemon, who is in bin too. */
const AS_DAEMON = ["setpriv", "--reuid=1", "--regid=1", "--groups=1,2"] as const;

type User = "root" | "daemon";

interface World {
	readonly cwd: string;
	readonly session: ServerSession;
	/** Mode and group of a file, or of a link itself. */
	look(name: string): readonly [mode: string, gid: number];
}

/** A session's directory, which belongs to the user and has a file with another group. */
function place(test: TestContext, user: User): string {
	const cwd = mkdtempSync(join(scratch(test), "work-"));
	const { uid, gid } = user === "root" ? { uid: 0, gid: 0 } : DAEMON;
	chmodSync(cwd, 0o755);
	writeFileSync(join(cwd, "old"), "content");
	chmodSync(join(cwd, "old"), 0o604);
	chownSync(join(cwd, "old"), uid, OLD_GROUP);
	mkdirSync(join(cwd, "set-gid"));
	chownSync(join(cwd, "set-gid"), uid, OLD_GROUP);
	chmodSync(join(cwd, "set-gid"), 0o2775);
	symlinkSync("made-by-link", join(cwd, "dangling"));
	chownSync(cwd, uid, gid);
	return cwd;
}

/** Our server as the user, with that umask. */
function programOf(test: TestContext, user: User, umask = "022"): Program {
	const server: Program = user === "root" ? OURS : [stageServer(scratch(test)).executable];
	const masked: Program = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
	return user === "root" ? [...masked, ...server] : [...AS_DAEMON, ...masked, ...server];
}

async function startIn(
	test: TestContext,
	cwd: string,
	user: User,
	args: readonly string[],
	umask?: string,
): Promise<World> {
	const session = await ServerSession.start(programOf(test, user, umask), { cwd, args });
	test.after(() => session.kill("SIGKILL"));
	const look: World["look"] = (name) => {
		const { mode, gid } = lstatSync(join(cwd, name));
		return [(mode & 0o7777).toString(8), gid];
	};
	return { cwd, session, look };
}

const start = (test: TestContext, user: User, args: readonly string[], umask?: string): Promise<World> =>
	startIn(test, place(test, user), user, args, umask);

async function create({ session }: World, name: string, mode?: number, flags = CREATE): Promise<Buffer> {
	return session.open(FXP.OPEN, name, flags, attrs(mode === undefined ? {} : { mode }));
}

/** Creates files, directories and a link in a directory; returns their modes and groups. */
async function makeAll(world: World, directory: string): Promise<Record<string, readonly [string, number]>> {
	const { session, look } = world;
	const at = (name: string) => (directory === "" ? name : `${directory}/${name}`);
	await create(world, at("plain"));
	await create(world, at("wide"), 0o777);
	await create(world, at("narrow"), 0o600);
	await create(world, at("exclusive"), 0o640, CREATE | FXF.EXCL);
	await create(world, at("special"), 0o4755);
	const questions: readonly Question[] = [
		[FXP.MKDIR, at("plain.d"), attrs()],
		[FXP.MKDIR, at("sticky.d"), attrs({ mode: 0o1777 })],
		[FXP.MKDIR, at("slash.d/"), attrs({ mode: 0o700 })],
		[FXP.SYMLINK, "target", at("link")],
	];
	for (const reply of await session.askAll(questions)) assert.deepEqual(reply, OK);
	const names = ["plain", "wide", "narrow", "exclusive", "special", "plain.d", "sticky.d", "slash.d", "link"];
	return Object.fromEntries(names.map((name) => [name, look(at(name))]));
}

const MADE = {
	plain: ["644", BIN],
	wide: ["755", BIN],
	narrow: ["600", BIN],
	exclusive: ["640", BIN],
	special: ["4755", BIN],
	"plain.d": ["755", BIN],
	"sticky.d": ["1755", BIN],
	"slash.d": ["700", BIN],
	link: ["777", BIN],
};
/** In a directory with the set-gid bit, directories have it too. */
const MADE_IN_SET_GID = {
	...MADE,
	"plain.d": ["2755", BIN],
	"sticky.d": ["3755", BIN],
	"slash.d": ["2700", BIN],
};

const NAMESPACES: readonly (readonly [name: string, args: (cwd: string) => readonly string[]])[] = [
	["a session", () => []],
	["a confined session", (cwd) => ["--confine", cwd]],
	["a rooted session", (cwd) => ["--root", cwd]],
	["a session with rules", () => ["--access", "add *"]],
	["a confined session with rules", (cwd) => ["--confine", cwd, "--access", "add *"]],
	["a rooted session with rules", (cwd) => ["--root", cwd, "--access", "add *"]],
];

describe("a forced group", { skip: unlessRoot() }, () => {
	for (const user of ["root", "daemon"] as const)
		for (const [name, args] of NAMESPACES)
			it(`is given to all new files in ${name} of ${user}, with the usual modes`, async (test) => {
				const cwd = place(test, user);
				const world = await startIn(test, cwd, user, [...args(cwd), "--force-group", "bin"]);
				assert.deepEqual(await makeAll(world, ""), MADE);
				assert.deepEqual(await makeAll(world, "set-gid"), MADE_IN_SET_GID);
				await create(world, "dangling");
				assert.deepEqual(world.look("made-by-link"), ["644", BIN]);
				assert.equal((await world.session.stop()).status, 0);
			});

	it("can be a number, and can be the user's own group", async (test) => {
		for (const [gid, expected] of [
			["2", BIN],
			["1", DAEMON.gid],
		] as const) {
			const world = await start(test, "daemon", ["--force-group", gid]);
			await create(world, "new");
			assert.deepEqual(world.look("new"), ["644", expected]);
		}
	});

	it("does not change an existing file's group, mode or contents", async (test) => {
		const world = await start(test, "daemon", ["-o", "ForceGroup=bin", "-m", "640"]);
		const { session, look, cwd } = world;
		await create(world, "old", 0o777, CREATE | FXF.APPEND);
		const handle = await create(world, "old", 0o777, CREATE | FXF.READ);
		assert.deepEqual(look("old"), ["604", OLD_GROUP]);
		assert.equal(readFileSync(join(cwd, "old"), "utf8"), "content");
		assert.deepEqual(await session.ask(FXP.WRITE, handle, 0n, "C"), OK);
		assert.equal(readFileSync(join(cwd, "old"), "utf8"), "Content");
		await create(world, "old", 0o777, CREATE | FXF.TRUNC);
		assert.deepEqual(look("old"), ["604", OLD_GROUP]);
		assert.equal(readFileSync(join(cwd, "old"), "utf8"), "");
	});

	it("does not change replies to OPEN of existing files, or of files that can't be created", async (test) => {
		const args = ["--force-group", "bin"];
		const [plain, forced] = [await start(test, "daemon", []), await start(test, "daemon", args)];
		const questions: readonly Question[] = [
			[FXP.OPEN, "old", CREATE | FXF.EXCL, attrs()],
			[FXP.OPEN, "set-gid", CREATE, attrs()],
			[FXP.OPEN, "set-gid", FXF.READ | FXF.CREAT, attrs()],
			[FXP.OPEN, ".", FXF.READ | FXF.CREAT, attrs()],
			[FXP.OPEN, "new/", CREATE, attrs()],
			[FXP.OPEN, "old/x", CREATE, attrs()],
			[FXP.OPEN, "missing/x", CREATE, attrs()],
			[FXP.OPEN, "", CREATE, attrs()],
			[FXP.OPEN, "n".repeat(256), CREATE, attrs()],
			[FXP.OPEN, "/etc/passwd", CREATE, attrs()],
			[FXP.OPEN, "/etc/new", CREATE, attrs()],
			[FXP.OPEN, "dangling", CREATE | FXF.EXCL, attrs()],
			[FXP.MKDIR, "old", attrs()],
			[FXP.MKDIR, "missing/x", attrs()],
			[FXP.MKDIR, "/etc/new", attrs()],
			[FXP.SYMLINK, "target", "old"],
			[FXP.SYMLINK, "", "new"],
		];
		assert.deepEqual(await forced.session.askAll(questions), await plain.session.askAll(questions));
	});

	it("stays when a client changes owner and group: only the owner is changed, and success is reported", async (test) => {
		const world = await start(test, "root", ["--force-group", "bin", "-e", "-l", "DEBUG1"]);
		const { session, look, cwd } = world;
		const handle = await create(world, "new", 0o640);
		assert.deepEqual(await session.ask(FXP.SYMLINK, "target", "link"), OK);
		const asked = attrs({ owner: [7, TTY] });
		for (const reply of await session.askAll([
			[FXP.SETSTAT, "old", asked],
			[FXP.FSETSTAT, handle, asked],
			["lsetstat@openssh.com", "link", asked],
		]))
			assert.deepEqual(reply, OK);
		assert.deepEqual([look("old")[1], look("new")[1], look("link")[1]], [OLD_GROUP, BIN, BIN]);
		for (const name of ["old", "new", "link"]) assert.equal(lstatSync(join(cwd, name)).uid, 7);
		assert.match((await session.stop()).stderr, /keep group of "link"/);
	});

	it("makes a plain user's change of the group succeed without permission and without effect", async (test) => {
		const { session, look } = await start(test, "daemon", ["--force-group", "bin"]);
		assert.deepEqual(await session.ask(FXP.SETSTAT, "old", attrs({ owner: [1, TTY] })), OK);
		assert.deepEqual(look("old"), ["604", OLD_GROUP]);
		assert.deepEqual(await session.ask(FXP.SETSTAT, "old", attrs({ owner: [0, 2] })), status(3));
	});

	it("combines with the umask, default modes and a mask of modes", async (test) => {
		const args = ["--force-group=bin", "-o", "DefaultFileMode=660", "--mode-mask=6005"];
		const world = await start(test, "daemon", args, "002");
		await create(world, "plain");
		await create(world, "wide", 0o6777);
		assert.deepEqual(await world.session.ask(FXP.MKDIR, "made", attrs()), OK);
		assert.deepEqual(["plain", "wide", "made"].map(world.look), [
			["660", BIN],
			["770", BIN],
			["770", BIN],
		]);
	});

	it("combines with forced modes", async (test) => {
		const world = await start(test, "daemon", ["--force-group=bin", "-m", "664", "-M", "770"], "077");
		await create(world, "file", 0o600);
		await create(world, "set-gid/file", 0o4755);
		for (const name of ["made", "set-gid/made"])
			assert.deepEqual(await world.session.ask(FXP.MKDIR, name, attrs({ mode: 0o700 })), OK);
		assert.deepEqual(["file", "set-gid/file", "made", "set-gid/made"].map(world.look), [
			["664", BIN],
			["664", BIN],
			["770", BIN],
			["2770", BIN],
		]);
	});

	it("is given to the target of a copy", async (test) => {
		const world = await start(test, "daemon", ["--force-group=bin"]);
		const from = await world.session.open(FXP.OPEN, "old", FXF.READ, attrs());
		const to = await create(world, "copy", 0o640, CREATE | FXF.EXCL);
		assert.deepEqual(await world.session.ask("copy-data", from, 0n, 0n, to, 0n), OK);
		assert.equal(readFileSync(join(world.cwd, "copy"), "utf8"), "content");
		assert.deepEqual(world.look("copy"), ["640", BIN]);
	});

	it("that can't be set fails the creation, and others can't use the new file", {
		skip: unlessInstalled("strace"),
	}, async (test) => {
		const cwd = place(test, "daemon");
		const failing = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null"];
		const program: Program = [
			...AS_DAEMON,
			...[...failing, "-e", "trace=fchownat", "-e", "inject=fchownat:error=EDQUOT"],
			stageServer(scratch(test)).executable,
		];
		const session = await ServerSession.start(program, { cwd, args: ["--force-group", "bin"] });
		test.after(() => session.kill("SIGKILL"));
		for (const reply of await session.askAll([
			[FXP.OPEN, "file", CREATE, attrs({ mode: 0o666 })],
			[FXP.MKDIR, "directory", attrs({ mode: 0o777 })],
			[FXP.SYMLINK, "target", "link"],
		]))
			assert.deepEqual(reply, status(4, "Disk quota exceeded"));
		assert.equal((await session.ask(FXP.OPEN, "old", CREATE, attrs())).kind, "handle");
		await session.stop();
		for (const name of ["file", "directory"]) assert.equal(lstatSync(join(cwd, name)).mode & 0o777, 0, name);
	});
});

describe("a session", { skip: unlessRoot() || unlessInstalled("python3") }, () => {
	const asDaemon = (test: TestContext, ...args: readonly string[]) => {
		const [file, ...first] = programOf(test, "daemon");
		return runCommand(file, [...first, ...args]);
	};

	it("does not start with a group that its user is not in, or that does not exist", async (test) => {
		for (const [group, reason] of [
			["tty", 'user daemon is not in group "tty"'],
			["5", 'user daemon is not in group "5"'],
			["no-such-group", 'there is no group "no-such-group"'],
		]) {
			const { status: code, stdout, stderr } = await asDaemon(test, `--force-group=${group}`);
			assert.deepEqual([code, `${stdout}`], [1, ""]);
			assert.equal(
				`${stderr}`,
				`run-server: --force-group: ${reason}\n`.replace("run-server", "sftp-server"),
			);
			const tested = await asDaemon(test, "-t", "-o", `ForceGroup=${group}`);
			assert.deepEqual([tested.status, `${tested.stderr}`.endsWith(`ForceGroup: ${reason}\n`)], [255, true]);
		}
	});

	it("does not start with such a group in a configuration file, and the log has the reason", async (test) => {
		const directory = scratch(test);
		const socket = new SyslogSocket(test, join(directory, "log"));
		await socket.bind();
		chmodSync(join(directory, "log"), 0o666);
		const logged = withLogAt(join(directory, "log"), programOf(test, "daemon"));
		const lines = ["Match User daemon", "    ForceGroup tty"];
		const configured = inNamespace(
			[
				"mount -n -t tmpfs -o mode=755 none /etc/ssh",
				...lines.map((line) => `echo '${line}' >> ${DEFAULT_CONFIG}`),
			],
			logged,
		);
		const byFile = await runCommand(configured[0], configured.slice(1));
		assert.equal(byFile.status, 255);
		assert.match(`${byFile.stderr}`, /^sftp-server: the server is not configured correctly/);
		const byOption = await runCommand(logged[0], [...logged.slice(1), "--force-group=tty"]);
		assert.equal(byOption.status, 1);
		assert.deepEqual(await socket.read(), [
			`fatal: ${DEFAULT_CONFIG} line 2 column 16: ForceGroup: user daemon is not in group "tty"`,
			'fatal: --force-group: user daemon is not in group "tty"',
		]);
	});

	it("of root starts with any group that exists", async (test) => {
		const world = await start(test, "root", ["--force-group", "tty"]);
		await create(world, "new");
		assert.deepEqual(world.look("new"), ["644", TTY]);
		const byNumber = await start(test, "root", ["--force-group", "4000000000"]);
		await create(byNumber, "new");
		assert.deepEqual(byNumber.look("new"), ["644", 4_000_000_000]);
		const { status: code, stderr } = await runCommand(OURS[0], [...OURS.slice(1), "--force-group=no-such"]);
		assert.deepEqual([code, `${stderr}`], [1, 'sftp-server: --force-group: there is no group "no-such"\n']);
	});
});

describe("under a default ACL", { skip: unlessRoot() || unlessInstalled("acl") }, () => {
	/** Starts in a directory with that default ACL. */
	function startUnder(test: TestContext, acl: string, args: readonly string[]): Promise<World> {
		const cwd = place(test, "daemon");
		execFileSync("setfacl", ["-d", "-m", acl, cwd]);
		return startIn(test, cwd, "daemon", args);
	}

	const acls = ["u::rwx,g::r-x,o::---", "u::rwx,g::---,o::---", "u::rwx,g::rwx,u:bin:r-x,m::r-x,o::-wx"];
	for (const acl of acls) {
		it(`${acl}: forced modes are exact`, async (test) => {
			const world = await startUnder(test, acl, ["-m", "664", "-M", "775"]);
			await create(world, "file", 0o600);
			assert.deepEqual(await world.session.ask(FXP.MKDIR, "made", attrs({ mode: 0o700 })), OK);
			assert.deepEqual(["file", "made"].map(world.look), [
				["664", DAEMON.gid],
				["775", DAEMON.gid],
			]);
		});

		it(`${acl}: modes that are not forced are as in a session without a forced group`, async (test) => {
			const args = ["--force-group=bin"];
			const [plain, forced] = [await startUnder(test, acl, []), await startUnder(test, acl, args)];
			const modes: string[][] = [];
			for (const { session, look } of [plain, forced]) {
				for (const mode of [0o666, 0o777, 0o640, 0o4711, 0]) {
					await session.open(FXP.OPEN, `f${mode}`, CREATE, attrs({ mode }));
					assert.deepEqual(await session.ask(FXP.MKDIR, `d${mode}`, attrs({ mode })), OK);
				}
				modes.push(
					[0o666, 0o777, 0o640, 0o4711, 0].flatMap((mode) => [look(`f${mode}`)[0], look(`d${mode}`)[0]]),
				);
			}
			assert.deepEqual(modes[1], modes[0]);
			assert.equal(forced.look("f438")[1], BIN);
		});
	}
});
