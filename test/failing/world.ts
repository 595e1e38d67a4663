/*
 * The environments in which servers run here: file systems of a chosen size,
 * limits, and a mount namespace with its own log socket. Making them takes root.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Field } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { decodeReply, type ServerReply } from "../helpers/server-replies.ts";
import {
	OURS,
	type Program,
	request,
	ServerSession,
	type SessionOptions,
} from "../helpers/server-session.ts";

const { SIGHUP, SIGTERM } = constants.signals;

/** Options for a test that mounts something: skipped, with the reason, unless root runs it. */
export const needsRoot = {
	skip: unlessRoot(),
};

/** A directory that everyone may enter, removed after the test. */
export function scratch(test: TestContext): string {
	const directory = mkdtempSync(join(tmpdir(), "failing-"));
	chmodSync(directory, 0o755);
	test.after(() => rmSync(directory, { recursive: true, force: true }));
	return directory;
}

/** A new file system of `bytes`, mounted on a new directory and unmounted after the test. */
export function smallFileSystem(test: TestContext, bytes: number): string {
	const directory = mkdtempSync(join(tmpdir(), "failing-"));
	execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=1777`, "none", directory]);
	test.after(() => {
		execFileSync("umount", ["--lazy", directory]);
		rmdirSync(directory);
	});
	return directory;
}

/** Our server under limits, given as options of prlimit(1): `--fsize=1000`. */
export function limited(...limits: readonly string[]): Program {
	return ["prlimit", ...limits, ...OURS];
}

/** A session after INIT and VERSION, killed after the test. */
export async function start(
	test: TestContext,
	program: Program,
	options?: SessionOptions,
): Promise<ServerSession> {
	const session = await ServerSession.start(program, options);
	test.after(() => session.kill("SIGKILL"));
	return session;
}

/** Arguments of `ServerSession.ask`. */
export type Question = readonly [what: number | string, ...fields: readonly Field[]];

/** The requests in one buffer, with IDs counting from `first`. */
export function inOnePiece(questions: readonly Question[], first = 0): Buffer {
	return Buffer.concat(questions.map(([what, ...fields], i) => request(what, first + i, ...fields)));
}

/** The next `count` replies, whose IDs must count from `first`. */
export async function replies(session: ServerSession, count: number, first = 0): Promise<ServerReply[]> {
	const found: ServerReply[] = [];
	while (found.length < count) {
		const packet = await session.next();
		if (packet === undefined) throw new Error(`the output ended behind ${found.length} of ${count} replies`);
		const { id, reply } = decodeReply(packet);
		if (id !== first + found.length) throw new Error(`reply to ${id} where ${first + found.length} is due`);
		found.push(reply);
	}
	return found;
}

/** Sends the requests in one write and returns their replies. */
export async function pipelined(
	session: ServerSession,
	questions: readonly Question[],
): Promise<ServerReply[]> {
	await session.send(inOnePiece(questions));
	return replies(session, questions.length);
}

/** A field of /proc/PID/status as a number, such as VmRSS (KiB). */
export function processStatus(pid: number, field: string): number {
	const text = readFileSync(`/proc/${pid}/status`, "latin1");
	return Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(text)?.[1]);
}

/** Waits until the server catches signals: from then on it ends cleanly. */
async function catching(pid: number): Promise<void> {
	const mask = () => /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
	const both = (1n << BigInt(SIGHUP - 1)) | (1n << BigInt(SIGTERM - 1));
	while ((BigInt(`0x${mask() ?? 0}`) & both) !== both) await tick();
}

/**
 * Waits until the server has started and waits for its client: it sleeps, and
 * many successive checks have not found it awake.
 */
export async function waiting(pid: number): Promise<void> {
	await catching(pid);
	let switches: string | undefined;
	for (let looks = 0; looks < 50; looks++) {
		await tick();
		const text = readFileSync(`/proc/${pid}/status`, "latin1");
		const now = /^voluntary_ctxt_switches:.*/m.exec(text)?.[0];
		if (now !== switches || !/^State:\s*S/m.test(text)) looks = 0;
		switches = now;
	}
}

/** Waits a millisecond between two checks, so that checking does not take the server's CPU time. */
export function tick(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits for one turn of the event loop. */
export function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
