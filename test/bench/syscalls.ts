// System calls for each request, counted by strace in a pass of its own: it
// slows a server down so much that times would mean nothing, and that more
// requests wait when the server looks, so a server that takes many at once makes
// somewhat fewer calls here than it does otherwise.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { measure, runChecked } from "./sample.ts";
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

function traced(
	context: Context,
	server: Server,
	args: readonly string[],
): { calls: number; requests: number } {
	const output = join(context.fixtures.files, "strace");
	const strace = ["strace", "-f", "-c", "-o", output, server.path];
	const { requests } = measure(context.programs.load, [...args, "--", ...strace]);
	return { calls: totalCalls(readFileSync(output, "utf8")), requests };
}

/** Empty where strace isn't installed. */
export function countSystemCalls(context: Context): SystemCalls[] {
	try {
		runChecked("strace", ["-V"]);
	} catch {
		return [];
	}
	const servers = [context.servers.ours, context.servers.against, ...context.servers.others];
	const startup = new Map(servers.map((server) => [server.label, traced(context, server, ["start"]).calls]));
	const count = (server: Server, args: readonly (string | number)[]) => {
		try {
			const { calls, requests } = traced(context, server, args.map(String));
			return (calls - (startup.get(server.label) ?? 0)) / requests;
		} catch {
			return undefined;
		}
	};
	return workOf(context).map(([title, args]) => ({
		title,
		perRequest: servers.map((server) => ({ label: server.label, calls: count(server, args) })),
	}));
}
