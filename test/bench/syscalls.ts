/*
 * Counts system calls per request, in a separate pass. Those that any session
 * makes are subtracted.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { measure, runChecked, throwIfInterrupted } from "./sample.ts";
import type { Server } from "./servers.ts";
import type { Context } from "./workloads/workload.ts";

export type SystemCalls = {
	readonly title: string;
	readonly countedBy: string;
	readonly perRequest: readonly { label: string; calls: number | undefined }[];
};

type Work = readonly [title: string, args: readonly (string | number)[]];

function workOf({ fixtures }: Context): Work[] {
	const { paths, pathCount } = fixtures;
	const written = join(fixtures.files, "traced");
	const small: readonly (readonly [string, string])[] = [
		["stat", "STAT"],
		["missing", "STAT of missing files"],
		["setstat", "SETSTAT"],
		["mkdir", "MKDIR and RMDIR"],
		["rename", "RENAME"],
		["readlink", "READLINK"],
		["realpath", "REALPATH"],
	];
	return [
		["READ 32 KiB", ["read", fixtures.readFile, 32768, 4000 * 32768]],
		["READ 255 KiB", ["read", fixtures.readFile, 261120, 2000 * 261120]],
		["READ 32 KiB, socket pair", ["--socket", "read", fixtures.readFile, 32768, 4000 * 32768]],
		["WRITE 32 KiB", ["write", written, 32768, 4000 * 32768]],
		["WRITE 255 KiB", ["write", written, 261120, 1000 * 261120]],
		...small.map(([kind, title]): Work => [title, [kind, paths, 4000, pathCount]]),
		["STAT, one at a time", ["--window", 1, "stat", paths, 2000, pathCount]],
		["OPEN and CLOSE, one at a time", ["open", paths, 2000, pathCount]],
	];
}

type Counter = {
	readonly name: string;
	/** The command that runs the server and writes the count to the file. */
	command(output: string): string[];
	parse(text: string): number;
};

// The kernel's own count, which slows nothing down. For root, or where
// perf_event_paranoid allows it.
const perf: Counter = {
	name: "perf stat",
	command: (output) => ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-o", output, "--"],
	parse: (text) => Number(/^(\d+),.*sys_enter/m.exec(text)?.[1]),
};

// Stops the server twice per call, so that storage seems slow to it and more
// requests wait whenever it checks: servers that react to either behave
// differently.
const strace: Counter = {
	name: "strace",
	command: (output) => ["strace", "-f", "-c", "-o", output],
	parse: (text) => Number(/^\s*\S+\s+\S+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total$/m.exec(text)?.[1]),
};

function findCounter(context: Context): Counter | undefined {
	const output = join(context.fixtures.files, "calls");
	return [perf, strace].find((counter) => {
		try {
			const [program = "", ...args] = counter.command(output);
			runChecked(program, [...args, "true"]);
			return counter.parse(readFileSync(output, "utf8")) > 0;
		} catch {
			return false;
		}
	});
}

async function counted(
	context: Context,
	counter: Counter,
	server: Server,
	args: readonly (string | number)[],
): Promise<{ calls: number; requests: number }> {
	const output = join(context.fixtures.files, "calls");
	const command = [...counter.command(output), server.path];
	const { requests } = await measure(context.programs.load, [...args.map(String), "--", ...command]);
	return { calls: counter.parse(readFileSync(output, "utf8")), requests };
}

// Calls that every session makes are not counted; undefined if the server can't do the work.
async function perRequest(
	context: Context,
	counter: Counter,
	server: Server,
	args: readonly (string | number)[],
): Promise<number | undefined> {
	try {
		const { calls: startup } = await counted(context, counter, server, ["start"]);
		const { calls, requests } = await counted(context, counter, server, args);
		return (calls - startup) / requests;
	} catch {
		throwIfInterrupted();
		return undefined;
	}
}

/** Empty when neither of the two is installed and allowed. */
export async function countSystemCalls(context: Context): Promise<SystemCalls[]> {
	const counter = findCounter(context);
	if (counter === undefined) return [];
	const { ours, against, others } = context.servers;
	const table: SystemCalls[] = [];
	for (const [title, args] of workOf(context)) {
		const servers: { label: string; calls: number | undefined }[] = [];
		for (const server of [ours, against, ...others])
			servers.push({ label: server.label, calls: await perRequest(context, counter, server, args) });
		table.push({ title, countedBy: counter.name, perRequest: servers });
	}
	return table;
}
