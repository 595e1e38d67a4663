/*
 * One session of the built program, with a client that sends all of an input and
 * takes all of the output.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { clientEnvironment } from "../helpers/run-command.ts";
import type { ServerCommand } from "../helpers/server-under-test.ts";
import { connectBy } from "../helpers/stdio.ts";
import type { FuzzInput } from "./input.ts";
import type { Observation } from "./judge.ts";

const OUTPUT_FILE = "/mnt/io/output";
const HUNG_MILLISECONDS = 30_000;
/** Node's own 45 MB, the buffers, and garbage not collected yet. */
const MEMORY_MAX_KILOBYTES = 160_000;

export async function runProgram(input: FuzzInput, server: ServerCommand): Promise<Observation> {
	const connection = connectBy("pipe", input.output === "file" ? { file: OUTPUT_FILE } : input.output);
	const child = spawn(server.executable, input.args, {
		stdio: [connection.stdin, connection.stdout, "pipe"],
		env: { ...clientEnvironment(), ...coverageEnvironment() },
		timeout: HUNG_MILLISECONDS,
		killSignal: "SIGKILL",
	});
	connection.release();
	const memory = watchMemory(child.pid ?? -1);
	const exited: Promise<[number | null, string | null]> = new Promise((resolve) =>
		child.on("exit", (status, signal) => resolve([status, signal])),
	);
	const log = collect(child.stderr, []);
	const output = collect(connection.output?.() ?? child.stdout, input.takes.includes(0) ? input.takes : []);
	await Promise.race([sendAll(input, connection.input), exited]);
	const [status, signal] = await exited;
	connection.input?.destroy();
	const bytes = input.output === "file" ? readFileSync(OUTPUT_FILE) : await output;
	const most = memory();
	const end = status ?? `signal ${signal}`;
	return {
		end: most > MEMORY_MAX_KILOBYTES ? `${end}, after ${most} kB of memory` : end,
		output: bytes,
		log: (await log).toString("latin1"),
	};
}

async function sendAll({ bytes, pieces }: FuzzInput, to: Writable | undefined): Promise<void> {
	to?.on("error", () => {});
	for (let at = 0, i = 0; at < bytes.length && to?.writable; i++) {
		const piece = bytes.subarray(at, at + (pieces[i % pieces.length] ?? bytes.length));
		at += piece.length;
		if (!to.write(piece)) await drainOrClose(to);
	}
	to?.end();
}

function drainOrClose(stream: Writable): Promise<void> {
	return new Promise((resolve) => {
		const done = (): void => {
			stream.off("drain", done).off("close", done);
			resolve();
		};
		stream.on("drain", done).on("close", done);
	});
}

/** Reads everything, or what `takes` adds up to, and then hangs up. */
async function collect(from: Readable | null, takes: readonly number[]): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let left = takes.length === 0 ? Number.POSITIVE_INFINITY : takes.reduce((sum, one) => sum + one, 0);
	if (from === null) return Buffer.alloc(0);
	from.on("error", () => {});
	from.on("data", (chunk: Buffer) => {
		chunks.push(chunk);
		left -= chunk.length;
		if (left <= 0) from.destroy();
	});
	if (!from.closed) await new Promise((resolve) => from.on("close", resolve));
	return Buffer.concat(chunks);
}

/** Watches the process's memory while it lives; the result returns its peak (kB). */
function watchMemory(pid: number): () => number {
	let most = 0;
	const look = (): void => {
		try {
			const text = readFileSync(`/proc/${pid}/status`, "latin1");
			most = Math.max(most, Number(/^VmHWM:\s*(\d+)/m.exec(text)?.[1] ?? 0));
		} catch {
			/* It has ended. */
		}
	};
	const timer = setInterval(look, 10);
	return () => {
		clearInterval(timer);
		return most;
	};
}

function coverageEnvironment(): Record<string, string> {
	const preload = process.env["LD_PRELOAD"];
	return preload === undefined
		? {}
		: {
				LD_PRELOAD: preload,
				ASAN_OPTIONS: process.env["ASAN_OPTIONS"] ?? "",
				UBSAN_OPTIONS: process.env["UBSAN_OPTIONS"] ?? "",
			};
}
