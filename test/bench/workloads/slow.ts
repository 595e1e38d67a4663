/*
 * Storage on which each call takes 2 ms: a FUSE file system (slowfs.c). A preloaded
 * library that delays calls would be less honest: it delays only calls that go through
 * the C library, it cannot delay a splice halfway, and it knows no page cache. FUSE
 * makes everybody wait in the kernel, as real storage does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { mebibyte } from "../fixtures.ts";
import { timedEnvironment } from "../sample.ts";
import { type Context, load, pairOnly, scaled, type Workload } from "./workload.ts";

const delayMicroseconds = 2000;

async function mount(context: Context, slowfs: string): Promise<string> {
	const directory = join(context.fixtures.files, "slow");
	mkdirSync(directory);
	const child = spawn(slowfs, [directory, String(delayMicroseconds)], {
		env: timedEnvironment(),
		stdio: ["ignore", "inherit", "inherit"],
	});
	const ended = once(child, "exit");
	context.closers.push(async () => {
		child.kill("SIGTERM");
		await ended;
	});
	while (!existsSync(join(directory, "direct"))) {
		if (child.exitCode !== null) throw new Error(`slowfs ended with status ${child.exitCode}`);
		await setTimeout(10);
	}
	return directory;
}

/** Empty when FUSE's library, which slowfs needs, is missing. */
export function slowWorkloads(context: Context): Workload[] {
	const { slowfs } = context.programs;
	if (slowfs === undefined) return [];
	let mounted: Promise<string> | undefined;
	const slow = (name: string, title: string, args: (directory: string) => (string | number)[]): Workload => ({
		name: `slow-${name}`,
		title: `slow storage: ${title}`,
		per: "run",
		contenders: pairOnly(context.servers, async (server) => {
			mounted ??= mount(context, slowfs);
			return load(context, server, args(await mounted));
		}),
	});
	const bytes = scaled(context, 10 * mebibyte);
	return [
		slow("read", "READ 32 KiB", (at) => ["read", join(at, "direct"), 32768, bytes]),
		slow("read-ahead", "READ 32 KiB, with the kernel's read-ahead", (at) => [
			"read",
			join(at, "cached"),
			32768,
			bytes,
		]),
		slow("lstat", "LSTAT", (at) => ["lstat", join(at, "many"), scaled(context, 300), 1000]),
		slow("readdir", "directory of 1,000 entries", (at) => ["readdir", join(at, "many"), 1000, 1]),
	];
}
