/*
 * What the launcher of an installed server does before node runs: the
 * environment, SIGUSR1, descriptors, limits, and starts that fail.
 */
import assert from "node:assert/strict";
import {
	closeSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Account, canMakeAccounts, createAccount } from "../helpers/accounts.ts";
import { compileLauncher, type InstalledServer, installServer } from "../helpers/installed-server.ts";
import { attrs, FXF, FXP, INIT } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type CommandResult, mustRun, runCommand } from "../helpers/run-command.ts";
import {
	needsOpenssh,
	OPENSSH,
	type Program,
	type Question,
	ServerSession,
} from "../helpers/server-session.ts";
import { SyslogSocket, withLogAt } from "../helpers/syslog-socket.ts";

const MIB = 1024 * 1024;
/** The bit of SIGUSR1 in a mask of /proc/PID/status. */
const SIGUSR1_BIT = 1n << BigInt(constants.signals.SIGUSR1 - 1);
/** Limits that a session needs; the manual page states them. */
const LEAST = { processes: 3, openFiles: 26, addressSpaceMib: 640 } as const;

const directory = mkdtempSync(join(tmpdir(), "sftp-launcher-"));
let server: InstalledServer;
let account: Account;
before(async () => {
	server = await installServer(directory);
	if (canMakeAccounts) account = await createAccount(join(directory, "home"));
});
after(async () => {
	if (canMakeAccounts) await account.remove();
	rmSync(directory, { recursive: true });
});

/** A program under limits, given as options of prlimit(1), run as a user without other processes. */
function asUser(limits: readonly string[], program: Program): Program {
	const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups"];
	return ["setpriv", ...identity, "prlimit", ...limits, ...program];
}

function oneSession([program, ...args]: Program, env: Record<string, string> = {}): Promise<CommandResult> {
	return runCommand(program, args, { input: INIT, env });
}

function assertServed({ status, stdout, stderr }: CommandResult): void {
	assert.equal(stdout[4], FXP.VERSION, `${stderr}`);
	assert.equal(status, 0);
}

/** Asserts that no session starts and one line on standard error says why. */
function assertRefused(result: CommandResult, why: RegExp): void {
	const lines = `${result.stderr}`.split("\n").filter((line) => line.startsWith("sftp-server: "));
	assert.equal(lines.length, 1, `${result.stderr}`);
	assert.match(lines[0] ?? "", why);
	assert.equal(`${result.stdout}`, "");
	assert.notEqual(result.status, 0);
}

/** A mask of signals in /proc/PID/status; undefined when the process is gone. */
function signalMask(pid: number, name: string): bigint | undefined {
	try {
		const [, mask] =
			new RegExp(`^${name}:\\s+(\\w+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
		return BigInt(`0x${mask}`);
	} catch {
		return undefined;
	}
}

describe("the environment of an installed server", { skip: unlessRoot() }, () => {
	it("has the variables that OpenSSH's server reads, and no others from sshd or the client", async (test) => {
		const passed = {
			SSH_CONNECTION: "192.0.2.7 1 192.0.2.8 22",
			TZ: "Asia/Tokyo",
			TZDIR: "/usr/share/zoneinfo",
		};
		const dropped = {
			...{ NODE_OPTIONS: "--no-deprecation", NODE_PATH: directory, NODE_EXTRA_CA_CERTS: "/dev/null" },
			...{
				OPENSSL_CONF: "/dev/null",
				SSL_CERT_FILE: "/dev/null",
				UV_THREADPOOL_SIZE: "64",
				ICU_DATA: "/tmp",
			},
			...{ LD_LIBRARY_PATH: directory, GLIBC_TUNABLES: "", MALLOC_CHECK_: "3", TZ_OTHER: "x", LANG: "de_DE" },
		};
		const session = await ServerSession.start([server.executable], { env: { ...passed, ...dropped } });
		test.after(() => session.kill("SIGKILL"));
		const environment = readFileSync(`/proc/${session.pid}/environ`, "latin1").split("\0").slice(0, -1);
		const expected = Object.entries(passed).map(([name, value]) => `${name}=${value}`);
		assert.deepEqual(environment, [...expected, "MALLOC_ARENA_MAX=1"]);
		assert.equal((await session.stop()).status, 0);
	});
});

it("does not let a variable of node's run code, which it does in a server without a launcher", async () => {
	const required = join(directory, "required.cjs");
	const mark = join(directory, "required");
	writeFileSync(required, `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "")`);
	const env = { NODE_OPTIONS: `--require ${required}` };
	assertServed(await oneSession([server.executable], env));
	assert.equal(readdirSync(directory).includes("required"), false);
	assertServed(await oneSession([process.execPath, "bin/sftp-server"], env));
	assert.equal(readdirSync(directory).includes("required"), true, "the attack works");
});

describe("SIGUSR1", () => {
	it("is never caught by node in an installed server, and ends it", async (test) => {
		const session = new ServerSession([server.executable]);
		test.after(() => session.kill("SIGKILL"));
		const answered = session.send(INIT).then(() => session.next());
		let isAnswered = false;
		answered.then(() => {
			isAnswered = true;
		});
		/* Without the launcher, node catches it for some milliseconds. */
		for (let looks = 0; !isAnswered; looks++) {
			const caught = signalMask(session.pid, "SigCgt");
			assert.equal((caught ?? 0n) & SIGUSR1_BIT, 0n, `after ${looks} looks`);
			if (looks % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
		}
		session.kill("SIGUSR1");
		const { signal, stderr } = await session.ended;
		assert.deepEqual([signal, stderr], ["SIGUSR1", ""]);
	});

	it("is ignored when the parent ignores it, as by OpenSSH's server", needsOpenssh, async (test) => {
		for (const program of [server.executable, ...OPENSSH]) {
			const ignoring = ["sh", "-c", `trap "" USR1; exec "$0"`, program] as const;
			const session = await ServerSession.start(ignoring);
			test.after(() => session.kill("SIGKILL"));
			session.kill("SIGUSR1");
			assert.equal((await session.ask(FXP.STAT, "/")).kind, "attrs");
			assert.equal((await session.stop()).status, 0);
		}
	});

	it("keeps a server without a launcher from serving when it has opened node's debugger", async () => {
		const program: Program = [process.execPath, "--inspect=127.0.0.1:0", "bin/sftp-server", "-e"];
		const { status, stdout, stderr } = await oneSession(program);
		assert.match(`${stderr}`, /^node's debugger is open; refusing to serve\r$/m);
		assert.deepEqual([status, `${stdout}`], [255, ""]);
	});
});

describe("descriptors of an installed server", () => {
	it("do not include a file that the parent had open", { skip: unlessRoot() }, async (test) => {
		const inherited = join(directory, "inherited");
		const session = await ServerSession.start([
			"sh",
			"-c",
			`exec 7<>"$0"; exec "$1"`,
			inherited,
			server.executable,
		]);
		test.after(() => session.kill("SIGKILL"));
		const open = readdirSync(`/proc/${session.pid}/fd`).map((fd) =>
			readlinkSync(`/proc/${session.pid}/fd/${fd}`),
		);
		assert.equal(open.includes(inherited), false, String(open));
		assert.equal((await session.stop()).status, 0);
	});

	it("0 to 2 are open even when the parent had closed them", async () => {
		for (const closed of ["0<&-", "2>&-", "0<&- 2>&-"])
			assert.equal(
				(await runCommand("sh", ["-c", `exec "$0" ${closed}`, server.executable])).status,
				0,
				closed,
			);
		const { stdout } = await oneSession(["sh", "-c", `exec "$0" 2>&-`, server.executable]);
		assert.equal(stdout[4], FXP.VERSION);
	});

	it(
		"are limited by the soft limit that the server was started with, as in OpenSSH's server",
		needsOpenssh,
		async (test) => {
			/** The limit that limits@openssh.com gives, and how many files can be opened. */
			const handles = async (program: Program): Promise<readonly [bigint, number]> => {
				/* OpenSSH's server keeps descriptors that the tests were started with. */
				const closing = `for fd in /proc/$$/fd/*; do [ "\${fd##*/}" -lt 3 ] || eval "exec \${fd##*/}>&-"; done; exec "$@"`;
				const limited = ["prlimit", "--nofile=256:4096", "bash", "-c", closing, "bash"] as const;
				const session = await ServerSession.start([...limited, ...program]);
				test.after(() => session.kill("SIGKILL"));
				const limits = await session.ask("limits@openssh.com");
				assert.ok(limits.kind === "extended");
				const opens = Array.from({ length: 300 }, (): Question => [FXP.OPEN, "/dev/null", FXF.READ, attrs()]);
				const opened = (await session.askAll(opens)).filter(({ kind }) => kind === "handle").length;
				assert.equal((await session.stop()).status, 0);
				return [limits.payload.readBigUInt64BE(24), opened];
			};
			const own = await handles([server.executable]);
			assert.deepEqual(own, await handles(OPENSSH));
			/* The parent may have another limit, or one that can't be read. */
			assert.deepEqual(await handles(["sh", "-c", '"$0"; exit $?', server.executable]), own);
		},
	);
});

describe("an installed server under limits", { skip: unlessRoot() }, () => {
	it(`serves with ${LEAST.processes} processes, and says why it can't with fewer`, async () => {
		for (let count = 1; count <= 8; count++) {
			const result = await oneSession(asUser([`--nproc=${count}`], [server.executable]));
			if (count >= LEAST.processes) assertServed(result);
			else assertRefused(result, /3 threads are needed, but the limit of processes is reached\r?$/);
		}
	});

	it("needs so few processes that four sessions and four other processes fit in 20", async (test) => {
		/* The waiting shell stands for sshd's process of each session. */
		const besideAnother: Program = ["sh", "-c", '"$0"; exit $?', server.executable];
		const sessions: ServerSession[] = [];
		for (let i = 0; i < 4; i++) {
			const session = await ServerSession.start(asUser(["--nproc=20"], besideAnother));
			test.after(() => session.kill("SIGKILL"));
			sessions.push(session);
		}
		for (const session of sessions) assert.equal((await session.ask(FXP.STAT, "/")).kind, "attrs");
		for (const session of sessions) assert.equal((await session.stop()).status, 0);
	});

	it(`serves with ${LEAST.openFiles} open files, and says why it can't with fewer`, async (test) => {
		const limit = (count: number): Program => ["prlimit", `--nofile=${count}:${count}`, server.executable];
		for (const count of [3, 8, 16, LEAST.openFiles - 1])
			assertRefused(
				await oneSession(limit(count)),
				/26 open files are needed, but the hard limit is \d+\r?$/,
			);
		const session = await ServerSession.start(limit(LEAST.openFiles));
		test.after(() => session.kill("SIGKILL"));
		await session.open(FXP.OPENDIR, "/");
		assert.equal((await session.stop()).status, 0);
	});

	it(`serves with ${LEAST.addressSpaceMib} MiB of address space, and says why it can't with 64`, async (test) => {
		const limit = (mib: number): Program => ["prlimit", `--as=${mib * MIB}`, server.executable];
		for (const mib of [LEAST.addressSpaceMib, 700, 1024, 1536]) {
			const session = await ServerSession.start(limit(mib));
			test.after(() => session.kill("SIGKILL"));
			const handle = await session.open(FXP.OPENDIR, "/usr/bin");
			assert.equal((await session.ask(FXP.READDIR, handle)).kind, "names");
			assert.equal((await session.stop()).status, 0);
		}
		const result = await oneSession(limit(64));
		assertRefused(result, /node ended before it ran the server \(limits: address space 64 MiB\)\r?$/);
	});
});

describe("a start that fails", () => {
	const script = "/nonexistent/script";

	/** A launcher that allows the start one second. */
	async function launcherOf(node: string): Promise<string> {
		const output = join(directory, "sftp-server");
		return compileLauncher(output, { node, script, extra: ["-DSTART_SECONDS=1"] });
	}

	it("says that node is missing", async () => {
		assertRefused(
			await oneSession([await launcherOf("/nonexistent/node")]),
			/\/nonexistent\/node: No such file/,
		);
	});

	it("says that node can't be executed", async () => {
		assertRefused(await oneSession([await launcherOf("/dev/null")]), /\/dev\/null: Permission denied/);
		const empty = join(directory, "empty");
		closeSync(openSync(empty, "w", 0o755));
		assertRefused(await oneSession([await launcherOf(empty)]), /empty: Exec format error/);
	});

	it("says that node has ended", async () => {
		assertRefused(await oneSession([await launcherOf("/bin/false")]), /node ended before it ran the server/);
	});

	it("says that node hangs, and ends it", async () => {
		const hangs = join(directory, "hangs");
		writeFileSync(hangs, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
		const result = await oneSession([await launcherOf(hangs)]);
		assertRefused(result, /node hangs and was killed after 1 s/);
		assert.equal(result.signal, "SIGKILL");
	});

	it("is ended by an alarm when no process is left to watch it", { skip: unlessRoot() }, async () => {
		const hangs = join(directory, "hangs");
		writeFileSync(hangs, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
		const launcher = await launcherOf(hangs);
		const { signal, stderr } = await oneSession(asUser(["--nproc=3"], [launcher]));
		assert.equal(signal, "SIGALRM", `${stderr}`);
	});

	it("says that the server is missing, or built for another system", async () => {
		const other = join(directory, "other");
		const { executable, libraries } = await installServer(other);
		writeFileSync(join(libraries, "dist/posix.node"), "not a shared object");
		assertRefused(await oneSession([executable]), /the server is not built, or not built for this system: /);
		rmSync(join(libraries, "dist"), { recursive: true });
		assertRefused(
			await oneSession([executable]),
			/the server is not built, or not built for this system: ENOENT/,
		);
		rmSync(libraries, { recursive: true });
		assertRefused(await oneSession([executable]), /node ended before it ran the server/);
	});

	it("is logged to syslog, too", { skip: unlessRoot() || unlessInstalled("python3") }, async (test) => {
		const socket = new SyslogSocket(test, join(directory, "log"));
		await socket.bind();
		const launcher = await launcherOf("/nonexistent/node");
		await oneSession(withLogAt(join(directory, "log"), [launcher]));
		const [line, ...others] = await socket.datagrams();
		/* auth.crit, the form of syslog(3). */
		assert.match(
			line ?? "",
			/^<34>\w{3} [ \d]\d \d\d:\d\d:\d\d sftp-server\[\d+\]: cannot start: \/nonexistent\/node: No such file or directory$/,
		);
		assert.deepEqual(others, []);
	});
});

it("a session that serves has neither alarm nor watching process", { skip: unlessRoot() }, async (test) => {
	const session = await ServerSession.start(asUser([], [server.executable]));
	test.after(() => session.kill("SIGKILL"));
	/* The watching process ends when the server reports, and leaves no zombie. */
	const processes = async () => (await mustRun("ps", ["-o", "pid=", "-u", account.name])).trim().split(/\s+/);
	while ((await processes()).length > 1);
	assert.deepEqual(await processes(), [`${session.pid}`]);
	const arguments_ = readFileSync(`/proc/${session.pid}/cmdline`, "latin1").split("\0");
	assert.ok(arguments_.includes("--v8-pool-size=0"));
	assert.equal((await session.stop()).status, 0);
});
