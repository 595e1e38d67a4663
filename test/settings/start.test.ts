/*
 * What the configuration file costs a session at its start, and when it is read.
 * The default file is put into a mount namespace of the session.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { scratch } from "../failing/world.ts";
import { FXP, INIT } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { OURS, type Program, request, ServerSession } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { inNamespace } from "../helpers/syslog-socket.ts";

const CONFIG = "/etc/ssh/sftp_server_config";

/** The program, run where the shell's lines have filled /etc/ssh. */
function withDefaultConfig(lines: readonly string[], program: Program = OURS): Program {
	return inNamespace(["mount -n -t tmpfs -o mode=755 none /etc/ssh", ...lines], program);
}

interface Traced {
	readonly calls: readonly string[];
	/** The index of the first call that matches; throws where there is none. */
	first(call: RegExp): number;
}

/** The system calls of a session that ends after INIT. */
async function trace(test: TestContext, wrap: (program: Program) => Program): Promise<Traced> {
	const file = join(scratch(test), "trace");
	const filter = "-etrace=%file,prctl,seccomp,read,readv,recvmsg,recvfrom,splice";
	const program = wrap(["strace", "-f", "-o", file, filter, ...OURS]);
	const session = await ServerSession.start(program);
	assert.equal((await session.stop()).status, 0);
	const calls = readFileSync(file, "latin1").split("\n");
	return {
		calls,
		first: (call) => {
			const found = calls.findIndex((line) => call.test(line));
			assert.notEqual(found, -1, String(call));
			return found;
		},
	};
}

const UNDUMPABLE = /prctl\(PR_SET_DUMPABLE, (?:0|SUID_DUMP_DISABLE)\b.*= 0$/;
const FROM_CLIENT = /(?:read|readv|splice|recvfrom|recvmsg)\(0,/;

/* Root, because an unprivileged tracer can't see the arguments of an undumpable process. */
describe("a session without arguments", { skip: unlessInstalled("strace") || unlessRoot() }, () => {
	it("and without a configuration file makes one more open(2), which fails", async (test) => {
		const { calls, first } = await trace(test, (program) => program);
		const named = calls.filter((line) => line.includes("sftp_server_config"));
		assert.equal(named.length, 1, named.join("\n"));
		assert.match(
			named[0] ?? "",
			/openat\(AT_FDCWD, "\/etc\/ssh\/sftp_server_config", O_RDONLY\|O_NOCTTY\|O_NONBLOCK\|O_CLOEXEC\) = -1 ENOENT/,
		);
		assert.deepEqual(
			calls.filter((line) => /settings\.cjs|commander\.cjs/.test(line)),
			[],
		);
		assert.ok(first(UNDUMPABLE) < first(/sftp_server_config/));
		assert.ok(first(/sftp_server_config/) < first(FROM_CLIENT));
	});

	it("reads its file when it is undumpable, before the sandbox, and without commander", {
		skip: unlessRoot(),
	}, async (test) => {
		const { calls, first } = await trace(test, (program) =>
			withDefaultConfig([`echo 'Umask 077' > ${CONFIG}`], program),
		);
		const opened = first(/openat\(.*"\/etc\/ssh\/sftp_server_config", .* = \d+$/);
		assert.ok(first(UNDUMPABLE) < opened);
		assert.ok(opened < first(/seccomp\(SECCOMP_SET_MODE_FILTER/));
		assert.ok(first(/seccomp\(SECCOMP_SET_MODE_FILTER/) < first(FROM_CLIENT));
		assert.ok(calls.some((line) => line.includes("settings.cjs")));
		assert.ok(!calls.some((line) => line.includes("commander.cjs")));
	});
});

describe("the default configuration file", { skip: unlessRoot() }, () => {
	/** The mode of a directory that a session makes, which shows its umask. */
	async function madeBy(
		test: TestContext,
		program: Program,
		args: readonly string[] = [],
	): Promise<number | string> {
		const cwd = scratch(test);
		const session = new ServerSession(program, { cwd, args });
		await session.send(Buffer.concat([INIT, request(FXP.MKDIR, 1, "made", 0), request(FXP.STAT, 2, "made")]));
		await session.next();
		await session.next();
		const reply = await session.reply();
		const { status } = await session.stop();
		return reply?.kind === "attrs" ? (reply.attrs?.mode ?? 0) & 0o777 : `exit status ${status}`;
	}

	const umask077 = `echo 'Umask 077' > ${CONFIG}`;

	it("applies without arguments", async (test) => {
		assert.equal(await madeBy(test, withDefaultConfig([umask077])), 0o700);
	});

	it("applies together with arguments, which take precedence", async (test) => {
		assert.equal(await madeBy(test, withDefaultConfig([umask077]), ["-l", "INFO"]), 0o700);
		assert.equal(await madeBy(test, withDefaultConfig([umask077]), ["-u", "007"]), 0o770);
	});

	it("is not read with --config none, or when another is named", async (test) => {
		const lines = [umask077, "echo 'Umask 027' > /etc/ssh/other"];
		assert.equal(await madeBy(test, withDefaultConfig(["umask 022", ...lines]), ["--config", "none"]), 0o755);
		assert.equal(await madeBy(test, withDefaultConfig(lines), ["--config", "/etc/ssh/other"]), 0o750);
	});

	it("applies after -c, which ends the options", async (test) => {
		assert.equal(await madeBy(test, withDefaultConfig([umask077]), ["-c", "-u", "0"]), 0o700);
	});

	for (const [what, line] of [
		["a FIFO", `mkfifo ${CONFIG}`],
		["a directory", `mkdir ${CONFIG}`],
		["a link that loops", `ln -s sftp_server_config ${CONFIG}`],
		["an error", `echo Umask > ${CONFIG}`],
	] as const)
		it(`ends the session when it is ${what}`, async (test) => {
			assert.equal(await madeBy(test, withDefaultConfig([line])), "exit status 255");
		});

	it("is refused on a read-only mount for a user who could write it elsewhere", async (test) => {
		const { executable } = stageServer(scratch(test));
		const asDaemon: Program = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups", executable];
		for (const [mode, status] of [
			["644", 0],
			["666", 255],
		] as const) {
			const lines = [umask077, `chmod ${mode} ${CONFIG}`, "mount -n -o remount,ro none /etc/ssh"];
			/* The user may not create the directory. */
			assert.equal(await madeBy(test, withDefaultConfig(lines, asDaemon)), `exit status ${status}`, mode);
		}
	});
});
