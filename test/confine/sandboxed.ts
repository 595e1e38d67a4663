/*
 * A program that enters the sandbox and then tries what it must not be able to
 * do, and what it must still be able to do. Prints the results as JSON.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { addon } from "../../src/posix/addon.ts";
import { enterSandbox } from "../../src/posix/sandbox.ts";
import { type Args, CALLS, type Call, FOREIGN_CALLS } from "./refused-calls.ts";

/** What the program prints: the code of an error, or "ok". */
export interface SandboxReport {
	readonly entered: number;
	/** The result of each system call, or -errno. */
	readonly calls: CallResults;
	/** The same calls, made by a thread that was started before the sandbox. */
	readonly callsOfWorker: CallResults;
	/** Calls by 32-bit numbers; undefined where the kernel has none. */
	readonly foreignCalls: CallResults | undefined;
	readonly node: Readonly<Record<string, string>>;
	/** For each thread: whether it has a filter, and no_new_privs. */
	readonly threads: readonly string[];
}

type CallResults = Readonly<Record<string, number>>;

/** Makes the calls on request. */
const CALLING_WORKER = `
	const { parentPort, workerData } = require("node:worker_threads");
	const { call } = require(workerData.modulePath);
	parentPort.once("message", () => parentPort.postMessage(
		workerData.calls.map(([label, name, args]) => [label, call(name, ...args)])));
	parentPort.postMessage("ready");`;

function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** "ok", or the code of the error thrown. */
async function attempt(action: () => unknown): Promise<string> {
	try {
		await action();
		return "ok";
	} catch (error) {
		return codeOf(error);
	}
}

function runWorker(): Promise<void> {
	return new Promise((resolve, reject) => {
		const worker = new Worker("process.exit(process.pid > 0 ? 0 : 1)", { eval: true });
		worker.on("exit", (status) => (status === 0 ? resolve() : reject(new Error(String(status)))));
		worker.on("error", reject);
	});
}

/** Starts a thread; resolves to a function that makes it do the calls. */
async function startCaller(modulePath: string): Promise<() => Promise<CallResults>> {
	const worker = new Worker(CALLING_WORKER, { eval: true, workerData: { modulePath, calls: CALLS } });
	await once(worker, "message");
	return async () => {
		const answer = once(worker, "message");
		worker.postMessage("now");
		const [results] = await answer;
		return Object.fromEntries(results);
	};
}

function connectTcp(): Promise<void> {
	return new Promise((resolve, reject) => {
		connect(9, "127.0.0.1").on("connect", resolve).on("error", reject);
	});
}

/** syscall.c */
interface SyscallModule {
	call(name: string, ...args: Args): number;
	hasInt80(): boolean;
}

async function main(modulePath: string): Promise<SandboxReport> {
	const { call, hasInt80 }: SyscallModule = require(modulePath);
	/* Threads started before the sandbox: libuv's and a worker, besides V8's. */
	await stat("/");
	const callInWorker = await startCaller(modulePath);
	const knowsInt80 = hasInt80();
	const entered = enterSandbox();
	const resultsOf = (calls: readonly Call[]): CallResults =>
		Object.fromEntries(calls.map(([label, name, args]) => [label, call(name, ...args)]));
	const calls = resultsOf(CALLS);
	const foreignCalls = knowsInt80 ? resultsOf(FOREIGN_CALLS) : undefined;
	const callsOfWorker = await callInWorker();
	const node = {
		"child process": codeOf(spawnSync("/bin/true").error),
		"TCP connection": await attempt(connectTcp),
		setuid: await attempt(() => process.setuid?.(12345)),
		setgid: await attempt(() => process.setgid?.(12345)),
		"signal to the parent": await attempt(() => process.kill(process.ppid, 0)),
		"signal to itself": await attempt(() => process.kill(process.pid, 0)),
		"worker thread": await attempt(runWorker),
		"file system in threads": await attempt(() => Promise.all(Array.from({ length: 8 }, () => stat("/")))),
		"compiled code": await attempt(() => {
			for (let i = 0; i < 1e5; i++) new Function("a", `return a + ${i % 7}`)(i);
		}),
	};
	const threads = readdirSync("/proc/self/task").map((tid) =>
		readFileSync(`/proc/self/task/${tid}/status`, "latin1").replace(
			/^.*NoNewPrivs:\s*(\d).*Seccomp:\s*(\d).*$/s,
			"$1 $2",
		),
	);
	return { entered, calls, callsOfWorker, foreignCalls, node, threads };
}

void main(process.argv[2] ?? "").then((report) => {
	// Writes and exits as the server does, without the event loop: node 26 watches descriptors with an io_uring, which is
	// refused here by now, and aborts when it starts or stops watching one.
	writeSync(1, JSON.stringify(report));
	addon.exit(0);
});
