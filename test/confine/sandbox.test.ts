/*
 * The sandbox: what it refuses and allows, tried in a program made for this
 * test, and that all threads of the server are in it.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { compileProgram } from "../helpers/compile.ts";
import { OUTPUT } from "../helpers/output.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, ServerSession } from "../helpers/server-session.ts";
import { everyOperation, fillTree } from "../ops/every-operation.ts";
import type { SandboxReport } from "./sandboxed.ts";

const { EBADF, EFAULT, EINVAL, ENOSYS, EPERM } = constants.errno;

/** Calls that reach the kernel, or are refused by another error than EPERM. */
const NOT_REFUSED: Readonly<Record<string, readonly number[]>> = {
	"clone of a thread": [-EINVAL],
	"socketpair 1": [-EFAULT],
	"kill self": [0],
	"tgkill self": [0],
	"get dumpable": [0, 1],
	"ioctl FIONREAD": [-EBADF],
	"ioctl SIOCOUTQ": [-EBADF],
	"ioctl TCGETS": [-EBADF],
	"fcntl F_GETFL": [-EBADF],
	"fcntl F_SETFL": [-EBADF],
	"limits of itself": [0],
	"limits of itself by number": [0],
	clone3: [-ENOSYS],
	unknown: [-ENOSYS],
	"unknown-later": [-ENOSYS],
	"x32-execve-without-bit": [-ENOSYS],
};

describe("the sandbox", () => {
	let report: SandboxReport;
	before(() => {
		const headers = join(dirname(require.resolve("node-api-headers/package.json")), "include");
		const flags = ["-fPIC", "-shared", "-I", headers];
		const module = compileProgram(join(OUTPUT, "confine/syscall.node"), ["test/confine/syscall.c"], flags);
		const script = ["test/helpers/run-script.mjs", "test/confine/sandboxed.ts", module];
		report = JSON.parse(execFileSync(process.execPath, script, { encoding: "utf8" }));
		assert.equal(report.entered, 0);
	});

	function assertRefused(calls: Readonly<Record<string, number>>): void {
		for (const [label, result] of Object.entries(calls)) {
			if (label === "getpid" || label === "socket 1") assert.ok(result > 0, label);
			else assert.ok((NOT_REFUSED[label] ?? [-EPERM]).includes(result), `${label}: ${result}`);
		}
		assert.ok(Object.keys(calls).length > (process.arch === "x64" ? 300 : 110));
	}

	it("refuses what a file server never needs", () => {
		assertRefused(report.calls);
	});

	it("refuses the same to a thread that was started before it", () => {
		assertRefused(report.callsOfWorker);
	});

	it("refuses every call by a 32-bit number", (test) => {
		const { foreignCalls } = report;
		if (foreignCalls === undefined) return test.skip("this kernel has no calls for 32-bit programs");
		assert.deepEqual(new Set(Object.values(foreignCalls)), new Set([-EPERM]));
	});

	it("allows node no child processes, no network and no change of identity", () => {
		const { node } = report;
		for (const what of ["child process", "TCP connection", "signal to the parent"])
			assert.equal(node[what], "EPERM", what);
		for (const what of ["setuid", "setgid"]) assert.equal(node[what], "EPERM", what);
	});

	it("allows node its threads, its files and its compiler", () => {
		for (const what of ["signal to itself", "worker thread", "file system in threads", "compiled code"])
			assert.equal(report.node[what], "ok", what);
	});

	it("covers all threads, with no_new_privs", () => {
		assert.ok(report.threads.length > 5);
		assert.deepEqual(new Set(report.threads), new Set(["1 2"]));
	});
});

/** For each thread of a process: no_new_privs, and 2 if it has a filter. */
function threadsOf(pid: number): Set<string> {
	return new Set(
		readdirSync(`/proc/${pid}/task`).map((tid) =>
			readFileSync(`/proc/${pid}/task/${tid}/status`, "latin1").replace(
				/^.*NoNewPrivs:\s*(\d).*Seccomp:\s*(\d).*$/s,
				"$1 $2",
			),
		),
	);
}

describe("the server", () => {
	it("is in the sandbox and does not log that", async () => {
		const session = await ServerSession.start(OURS, { args: ["-e", "-l", "debug3"] });
		assert.deepEqual(threadsOf(session.pid), new Set(["1 2"]));
		const { status: exit, stderr } = await session.stop();
		assert.equal(exit, 0);
		assert.doesNotMatch(stderr, /sandbox/);
	});

	it("is not in the sandbox with --no-sandbox, and logs that", async () => {
		const session = await ServerSession.start(OURS, { args: ["-e", "-l", "info", "--no-sandbox"] });
		assert.deepEqual(threadsOf(session.pid), new Set(["0 0"]));
		assert.match((await session.stop()).stderr, /^sandbox is off\r\nsession opened/);
	});

	it("makes no call that the sandbox refuses", { skip: unlessInstalled("strace") }, async (test) => {
		const directory = mkdtempSync(join(tmpdir(), "sandboxed-"));
		test.after(() => rmSync(directory, { recursive: true }));
		const tree = join(directory, "tree");
		mkdirSync(tree);
		fillTree(tree);
		const record = join(directory, "record");
		const strace: Program = ["strace", "-f", "-qq", "-o", record, ...OURS];
		const session = await ServerSession.start(strace, { cwd: tree });
		for (const name of ["file", "target", "file"])
			await session.ask(FXP.OPEN, name, FXF.READ | FXF.WRITE, attrs());
		const large = await session.open(FXP.OPEN, "large", FXF.READ | FXF.WRITE | FXF.CREAT, attrs());
		for (let i = 0n; i < 100n; i++) {
			await session.ask(FXP.WRITE, large, i * 250_000n, Buffer.alloc(250_000, 1));
			await session.ask(FXP.READ, large, i * 250_000n, 250_000);
		}
		for (const { what, fields } of everyOperation) {
			const plain = fields.filter((field) => typeof field !== "function");
			assert.equal(plain.length, fields.length);
			await session.ask(what, ...plain);
		}
		assert.equal((await session.stop()).status, 0);

		const calls = readFileSync(record, "latin1").split("\n");
		const since = calls.findIndex((call) => call.includes("seccomp(SECCOMP_SET_MODE_FILTER"));
		const made = calls.slice(since + 1);
		assert.ok(since > 0 && made.length > 500);
		assert.deepEqual(
			made.filter((call) => / = -1 (EPERM|ENOSYS) /.test(call) && !/\bclone3\b/.test(call)),
			[],
		);
	});

	/** The server on a kernel without seccomp. */
	const withoutSeccomp: Program = [
		"strace",
		"-f",
		"-o",
		"/dev/null",
		"-e",
		"inject=seccomp:error=EINVAL",
		...OURS,
	];

	it("ends when the kernel refuses the sandbox", { skip: unlessInstalled("strace") }, async () => {
		const session = new ServerSession(withoutSeccomp, { args: ["-e"] });
		const { status: exit, stderr } = await session.stop();
		assert.deepEqual([exit, stderr], [255, "unable to set up the sandbox: Invalid argument\r\n"]);
		assert.equal(await session.next(), undefined);
	});

	it("starts there with --no-sandbox", { skip: unlessInstalled("strace") }, async () => {
		const session = await ServerSession.start(withoutSeccomp, { args: ["-e", "--no-sandbox"] });
		assert.deepEqual(await session.ask(4, "none"), status(2));
		assert.equal((await session.stop()).status, 0);
	});
});
