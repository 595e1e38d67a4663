/*
 * When a configuration file is trusted: anything that lets the session's user
 * change its content ends the session. Sessions run as the user daemon, in
 * directories outside /tmp, which everyone may write.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { scratch } from "../failing/world.ts";
import { INIT } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { type Program, ServerSession } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { SyslogSocket, withLogAt } from "../helpers/syslog-socket.ts";

const DAEMON = 1;
/** A group that daemon gets besides its own. */
const GROUP = 4321;

/** A directory of root's inside one of root's, removed after the test. */
function trustedDirectory(test: TestContext): string {
	const directory = mkdtempSync("/run/sftp-settings-");
	chmodSync(directory, 0o755);
	test.after(() => rmSync(directory, { recursive: true, force: true }));
	return directory;
}

function asDaemon(test: TestContext): Program {
	const { executable } = stageServer(scratch(test));
	return ["setpriv", `--reuid=${DAEMON}`, `--regid=${DAEMON}`, `--groups=${DAEMON},${GROUP}`, executable];
}

interface World {
	readonly directory: string;
	/** A file of root's, mode 0644, that sets nothing. */
	readonly config: string;
}

/** What makes a trusted file untrusted, and the file that the error names. */
type Change = (world: World) => string | undefined;

/** An access control list that lets daemon write, as setfacl -m u:daemon:rw would make it. */
function allowByList(path: string): void {
	const script = `
import os, struct, sys
entries = [(1, 6, 0xffffffff), (2, 7, ${DAEMON}), (4, 5, 0xffffffff), (16, 7, 0xffffffff), (32, 5, 0xffffffff)]
os.setxattr(sys.argv[1], "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries))`;
	execFileSync("python3", ["-c", script, path]);
}

const MAY_CHANGE = /the session's user could change it\n$/;
const MAY_CHANGE_DIRECTORY = /the session's user could change the directory \/\S+\n$/;

const refused: readonly (readonly [what: string, reason: RegExp, change: Change])[] = [
	["belongs to the user, even if read-only", MAY_CHANGE, ({ config }) => own(config, 0o400)],
	["may be written by everyone", MAY_CHANGE, ({ config }) => mode(config, 0o666)],
	["may be written by a group of the user's", MAY_CHANGE, ({ config }) => group(config, GROUP, 0o664)],
	["may be written by the user's first group", MAY_CHANGE, ({ config }) => group(config, DAEMON, 0o660)],
	["may be written by an access control list", MAY_CHANGE, ({ config }) => void allowByList(config)],
	["lies in a directory of the user's", MAY_CHANGE_DIRECTORY, ({ directory }) => own(directory, 0o555)],
	[
		"lies in a directory that everyone may write",
		MAY_CHANGE_DIRECTORY,
		({ directory }) => mode(directory, 0o777),
	],
	["lies in a sticky directory", MAY_CHANGE_DIRECTORY, ({ directory }) => mode(directory, 0o1777)],
	[
		"lies in a directory of the user's group",
		MAY_CHANGE_DIRECTORY,
		({ directory }) => group(directory, GROUP, 0o775),
	],
	[
		"lies in a directory with an access control list",
		MAY_CHANGE_DIRECTORY,
		({ directory }) => void allowByList(directory),
	],
	[
		"lies below a directory that the user may write",
		MAY_CHANGE_DIRECTORY,
		({ directory }) => {
			mkdirSync(join(directory, "a/b"), { recursive: true });
			writeFileSync(join(directory, "a/b/config"), "");
			mode(join(directory, "a"), 0o777);
			return join(directory, "a/b/config");
		},
	],
	[
		"is reached through a link that the user may replace",
		MAY_CHANGE_DIRECTORY,
		({ directory, config }) => {
			mkdirSync(join(directory, "open"));
			mode(join(directory, "open"), 0o777);
			symlinkSync(config, join(directory, "open/link"));
			return join(directory, "open/link");
		},
	],
	[
		"is reached through a link of root's to a link that the user may replace",
		MAY_CHANGE_DIRECTORY,
		({ directory }) => {
			mkdirSync(join(directory, "open"));
			mode(join(directory, "open"), 0o777);
			symlinkSync("..", join(directory, "open/up"));
			symlinkSync("open/up/config", join(directory, "link"));
			return join(directory, "link");
		},
	],
	["is a directory", /is not a regular file\n$/, ({ directory }) => directory],
	[
		"is a FIFO",
		/is not a regular file\n$/,
		({ directory }) => {
			execFileSync("mkfifo", [join(directory, "fifo")]);
			return join(directory, "fifo");
		},
	],
	["is a device", /is not a regular file\n$/, () => "/dev/null"],
	[
		"can't be read by the user",
		/config can't be read: Permission denied\n$/,
		({ config }) => mode(config, 0o600),
	],
	[
		"is missing",
		/missing can't be read: No such file or directory\n$/,
		({ directory }) => join(directory, "missing"),
	],
	[
		"includes a file that the user may write",
		/config line 1 column 9: .*part: the session's user could change it\n$/,
		({ directory, config }) => {
			writeFileSync(join(directory, "part"), "");
			mode(join(directory, "part"), 0o666);
			writeFileSync(config, "Include part");
			return undefined;
		},
	],
	[
		"includes by a pattern, which matches nothing, from a directory that the user may write",
		/config line 1 column 9: .*part.d: the session's user could change the directory/,
		({ directory, config }) => {
			mkdirSync(join(directory, "part.d"));
			mode(join(directory, "part.d"), 0o777);
			writeFileSync(config, "Include part.d/*.conf");
			return undefined;
		},
	],
];

const trusted: readonly (readonly [what: string, change: Change])[] = [
	["belongs to root", () => undefined],
	["may be written by a group that the user is not in", ({ config }) => group(config, GROUP + 1, 0o664)],
	[
		"is reached through root's links",
		({ directory }) => {
			mkdirSync(join(directory, "a"));
			symlinkSync("../config", join(directory, "a/link"));
			symlinkSync(join(directory, "a"), join(directory, "b"));
			return join(directory, "b/./../a//link");
		},
	],
	[
		"includes files of root's",
		({ directory, config }) => {
			mkdirSync(join(directory, "part.d"));
			writeFileSync(join(directory, "part.d/x.conf"), "LogLevel INFO");
			writeFileSync(config, "Include part.d/*.conf");
			return undefined;
		},
	],
];

function mode(path: string, bits: number): undefined {
	chmodSync(path, bits);
}

function own(path: string, bits: number): undefined {
	chownSync(path, DAEMON, DAEMON);
	chmodSync(path, bits);
}

function group(path: string, gid: number, bits: number): undefined {
	chownSync(path, 0, gid);
	chmodSync(path, bits);
}

describe("a configuration file", { skip: unlessRoot() || unlessInstalled("python3") }, () => {
	function prepare(test: TestContext, change: Change): string {
		const directory = trustedDirectory(test);
		const config = join(directory, "config");
		writeFileSync(config, "# nothing\n", { mode: 0o644 });
		return change({ directory, config }) ?? config;
	}

	for (const [what, reason, change] of refused)
		it(`that ${what} is refused`, async (test) => {
			const config = prepare(test, change);
			const [program, ...args] = asDaemon(test);
			const { status, stderr } = await runCommand(program, [...args, "--config", config, "-t"]);
			assert.match(stderr.toString(), reason);
			assert.equal(status, 255);
		});

	for (const [what, change] of trusted)
		it(`that ${what} is accepted`, async (test) => {
			const config = prepare(test, change);
			const [program, ...args] = asDaemon(test);
			const { status, stderr } = await runCommand(program, [...args, "--config", config, "-t"]);
			assert.deepEqual([stderr.toString(), status], ["", 0]);
		});

	it("that others may change is accepted by root, who can change everything", async (test) => {
		const config = prepare(test, ({ directory, config }) => {
			own(directory, 0o777);
			return own(config, 0o666);
		});
		const { executable } = stageServer(scratch(test));
		const { status } = await runCommand(executable, ["--config", config, "-t"]);
		assert.equal(status, 0);
		/* -C decides as the user's session would. */
		const asked = await runCommand(executable, ["--config", config, "-t", "-C", "user=daemon"]);
		assert.match(asked.stderr.toString(), MAY_CHANGE_DIRECTORY);
		assert.equal(asked.status, 255);
	});

	it("that is refused ends a session before its first byte: syslog gets the reason, the client sees no path", async (test) => {
		const config = prepare(test, ({ config }) => mode(config, 0o666));
		const logged = join(scratch(test), "log");
		const socket = new SyslogSocket(test, logged);
		await socket.bind();
		const session = new ServerSession(withLogAt(logged, asDaemon(test)), { args: ["--config", config] });
		await session.send(INIT);
		assert.deepEqual(await session.rest(), []);
		const { status, stderr } = await session.ended;
		assert.equal(status, 255);
		assert.equal(
			stderr,
			"sftp-server: the server is not configured correctly; the system log has the reason\n",
		);
		const [line, ...others] = await socket.datagrams();
		assert.match(line ?? "", /^<34>.*: fatal: /);
		assert.ok(line?.endsWith(`]: fatal: ${config}: the session's user could change it`), line);
		assert.deepEqual(others, []);
	});

	it("with an error ends a session in the same way, with line and column", async (test) => {
		const config = prepare(test, ({ config }) => {
			writeFileSync(config, "Umask 22\nMatch User nobody-here\n  ReadOnly maybe\n");
			return undefined;
		});
		const logged = join(scratch(test), "log");
		const socket = new SyslogSocket(test, logged);
		await socket.bind();
		const session = new ServerSession(withLogAt(logged, asDaemon(test)), { args: ["--config", config] });
		await session.send(INIT);
		assert.deepEqual(await session.rest(), []);
		assert.deepEqual(await session.ended, {
			status: 255,
			signal: null,
			stderr: "sftp-server: the server is not configured correctly; the system log has the reason\n",
		});
		const expected = 'line 3 column 12: ReadOnly: expected yes or no, not "maybe"';
		assert.deepEqual(await socket.read(), [`fatal: ${config} ${expected}`]);
	});
});
