// System calls for each request, counted by strace in a pass of its own: it
// slows a server down so much that times would mean nothing, and that more
// requests wait when the server looks, so a server that takes many at once makes
// somewhat fewer calls here than it does otherwise.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { measure, runChecked, throwIfInterrupted } from "./sample.ts";
import type { Server } from "./servers.ts";
import type { Context } from "./workloads/workload.ts";

export type SystemCalls = {
	readonly title: string;
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

// The last line of strace's summary: share, seconds, microseconds a call (not in
// each version), calls, errors, "total".
function totalCalls(summary: string): number {
	const line = summary.split("\n").find((text) => text.trimEnd().endsWith(" total"));
	const numbers = (line ?? "").trim().split(/\s+/).slice(0, -1).map(Number);
	const calls = numbers.filter((value) => Number.isInteger(value) && value > 0);
	const [count] = calls.sort((a, b) => b - a);
	if (count === undefined) throw new Error(`no total in ${summary}`);
	return count;
}

async function traced(
	context: Context,
	server: Server,
	args: readonly (string | number)[],
): Promise<{ calls: number; requests: number }> {
	const output = join(context.fixtures.files, "strace");
	const strace = ["strace", "-f", "-c", "-o", output, server.path];
	const { requests } = await measure(context.programs.load, [...args.map(String), "--", ...strace]);
	return { calls: totalCalls(readFileSync(output, "utf8")), requests };
}

// What a session needs anyway is not counted; undefined where the server can't do it.
async function perRequest(
	context: Context,
	server: Server,
	args: readonly (string | number)[],
): Promise<number | undefined> {
	try {
		const { calls: startup } = await traced(context, server, ["start"]);
		const { calls, requests } = await traced(context, server, args);
		return (calls - startup) / requests;
	} catch {
		throwIfInterrupted();
		return undefined;
	}
}

/** Empty where strace isn't installed. */
export async function countSystemCalls(context: Context): Promise<SystemCalls[]> {
	try {
		runChecked("strace", ["-V"]);
	} catch {
		return [];
	}
	const { ours, against, others } = context.servers;
	const table: SystemCalls[] = [];
	for (const [title, args] of workOf(context)) {
		const counted: { label: string; calls: number | undefined }[] = [];
		for (const server of [ours, against, ...others])
			counted.push({ label: server.label, calls: await perRequest(context, server, args) });
		table.push({ title, perRequest: counted });
	}
	return table;
}
