/*
 * How a session starts: missing descriptors, the user, the client's address, the
 * start directory and the umask.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { inOnePiece, scratch } from "../failing/world.ts";
import { endOf, lines, oneByOne, sameEnd } from "../helpers/endings.ts";
import { attrs, FXF, FXP, handle, INIT } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { oneName } from "../helpers/server-replies.ts";
import {
	needsOpenssh,
	OPENSSH,
	OURS,
	type Program,
	request,
	ServerSession,
} from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";

const CREATE = FXF.WRITE | FXF.CREAT;
/** The number of the system call. */
const PRCTL = new Map([
	["x64", "157"],
	["arm64", "167"],
]).get(process.arch);

/** A server started with some standard descriptors closed; `redirections` is shell syntax. */
function without(redirections: string, program: Program): Program {
	return ["sh", "-c", `exec "$@" ${redirections}`, "sh", ...program];
}

describe("a server that starts", needsOpenssh, () => {
	/** Uploads a file and returns the exit status; asserts that the file contains what was written to it. */
	async function uploadTo(test: TestContext, redirections: string, program: Program): Promise<number | null> {
		const cwd = scratch(test);
		const session = new ServerSession(without(redirections, program), { cwd, args: ["-e", "-l", "debug3"] });
		const packets = inOnePiece([
			[FXP.OPEN, "file", CREATE, attrs()],
			[FXP.WRITE, handle(0), 0n, "content"],
		]);
		await session.send(INIT);
		/* OpenSSH drops unserved requests when the input ends, so wait for a reply or a line first. */
		if (redirections === "2>&-") {
			await session.next();
			await session.send(packets);
			await session.next();
			await session.next();
		} else {
			await session.send(packets);
			await session.logged("sent status Success");
		}
		const { status } = await session.stop();
		assert.equal(readFileSync(join(cwd, "file"), "utf8"), "content");
		return status;
	}

	for (const [name, program] of [
		["this server", OURS],
		["OpenSSH's", OPENSSH],
	] as const) {
		it(`without standard output writes no replies into a file that it opens: ${name}`, async (test) => {
			assert.equal(await uploadTo(test, ">&-", program), 0);
		});
		it(`without standard error writes no log lines into a file that it opens: ${name}`, async (test) => {
			assert.equal(await uploadTo(test, "2>&-", program), 0);
		});
		it(`without standard input ends at once: ${name}`, async () => {
			const ended = await endOf(without("<&-", program), () => {});
			assert.deepEqual([ended.status, ended.replies], [0, []]);
			assert.ok(lines(ended).includes("debug1: read eof"));
		});
		it(`without any of the three ends at once: ${name}`, async () => {
			const [file, ...args] = without("<&- >&- 2>&-", program);
			assert.equal((await runCommand(file, args)).status, 0);
		});
	}

	it("exits with 1 and says why when its user is in no database", {
		skip: unlessRoot(),
	}, async (test) => {
		const program: Program = [stageServer(scratch(test)).executable];
		const results = [program, OPENSSH].map(async (one) => {
			const { status, signal, stderr } = await new ServerSession(one, { uid: 54321, gid: 54321 }).ended;
			return { status, signal, stderr };
		});
		const expected = { status: 1, signal: null, stderr: "No user found for uid 54321\n" };
		for (const result of await Promise.all(results)) assert.deepEqual(result, expected);
	});

	it("is protected from its own user before it reads a byte", {
		skip: unlessInstalled("strace"),
	}, async (test) => {
		const trace = join(scratch(test), "trace");
		const calls = "-etrace=prctl,read,readv,pread64,splice,recvfrom,recvmsg";
		const program: Program = ["strace", "-f", "-o", trace, calls, ...OURS];
		const ended = await endOf(program, oneByOne(INIT));
		assert.equal(ended.status, 0, ended.stderr);
		const traced = readFileSync(trace, "latin1").split("\n");
		const undumpable = traced.findIndex((call) =>
			/prctl\(PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)\b.*= 0$/.test(call),
		);
		const fromClient = traced.findIndex((call) => /(read|readv|splice|recvfrom|recvmsg)\(0,/.test(call));
		assert.ok(undumpable !== -1 && fromClient !== -1, `${undumpable}, ${fromClient}`);
		assert.ok(undumpable < fromClient, traced.slice(fromClient, undumpable + 1).join("\n"));
	});

	it("exits when it can't make itself undumpable", {
		skip: PRCTL === undefined ? `no number of prctl for ${process.arch}` : unlessInstalled("python3"),
	}, async () => {
		const withoutPrctl = (program: Program): Program => [
			"python3",
			"test/confine/without.py",
			PRCTL ?? "",
			...program,
		];
		const [ours, openssh] = await Promise.all(
			[OURS, OPENSSH].map((program) => endOf(withoutPrctl(program), (session) => session.send(INIT))),
		);
		assert.deepEqual(ours, openssh);
		assert.deepEqual([ours?.status, ours?.replies], [255, []]);
		assert.match(ours?.stderr ?? "", /^unable to make the process undumpable: Function not implemented\r$/m);
	});

	const connections: readonly [value: string, status: number, logged: RegExp][] = [
		["192.0.2.7 40000 192.0.2.1 22", 0, /^session opened for local user \S+ from \[192\.0\.2\.7\]$/m],
		["2001:db8::7 40000 2001:db8::1 22", 0, /^session opened for local user \S+ from \[2001:db8::7\]$/m],
		[" 40000", 0, /^session opened for local user \S+ from \[\]$/m],
		["192.0.2.7", 255, /^Malformed SSH_CONNECTION variable: "192\.0\.2\.7"$/m],
		["", 255, /^Malformed SSH_CONNECTION variable: ""$/m],
	];
	for (const [value, status, logged] of connections) {
		it(`behaves as OpenSSH's with SSH_CONNECTION=${JSON.stringify(value)}`, async () => {
			const ended = await sameEnd((session) => session.endInput(), { env: { SSH_CONNECTION: value } });
			assert.equal(ended.status, status);
			assert.match(ended.stderr.replaceAll("\r\n", "\n"), logged);
		});
	}

	it("starts in the directory of -d", async (test) => {
		const directory = join(scratch(test), "start here");
		mkdirSync(directory);
		const part = oneByOne(INIT, request(FXP.REALPATH, 1, "."), request("expand-path@openssh.com", 2, "~/x"));
		const ended = await sameEnd(part, { args: ["-d", directory] });
		assert.deepEqual(ended.result.slice(1), [oneName(directory), oneName(`${directory}/x`)]);
	});

	it("stays in its directory when it can't enter the one of -d", async (test) => {
		const cwd = scratch(test);
		const part = oneByOne(INIT, request(FXP.REALPATH, 1, "."));
		const ended = await sameEnd(part, { cwd, args: ["-d", `${cwd}/missing`] });
		assert.deepEqual(ended.result[1], oneName(cwd));
		assert.match(ended.stderr, /^chdir to ".*\/missing" failed: No such file or directory\r$/m);
	});

	it("applies the umask of -u, or the one it was started with", async (test) => {
		const masks: readonly [args: readonly string[], umask: string, file: number, folder: number][] = [
			[[], "022", 0o644, 0o755],
			[[], "077", 0o600, 0o700],
			[["-u", "027"], "022", 0o640, 0o750],
			[["-u", "0"], "077", 0o666, 0o777],
		];
		for (const [args, umask, file, folder] of masks) {
			const cwd = scratch(test);
			const masked: Program = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh", ...OURS];
			const session = await ServerSession.start(masked, { cwd, args });
			await session.ask(FXP.OPEN, "file", CREATE, attrs());
			await session.ask(FXP.MKDIR, "folder", attrs());
			await session.stop();
			const modes = ["file", "folder"].map((name) => statSync(join(cwd, name)).mode & 0o777);
			assert.deepEqual(modes, [file, folder], `${args.join(" ")} under ${umask}`);
		}
	});
});
