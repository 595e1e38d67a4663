/* Another process that exchanges names, or moves them back and forth, while requests run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { User } from "./jail.ts";

/** The script's text, since the user may not be able to read its file. */
const EXCHANGE = readFileSync("test/confine/exchange.py", "utf8");

/** Two names, and how another process exchanges them. */
export interface Exchange {
	readonly how: "exchange" | "move";
	readonly one: string;
	readonly other: string;
	readonly user: User;
}

/** Runs `work` while names are exchanged; `work` can ask how often that has happened. */
export async function during(
	{ how, one, other, user }: Exchange,
	work: (exchanges: () => number) => Promise<void>,
): Promise<void> {
	const child = spawn("python3", ["-c", EXCHANGE, how, one, other], {
		stdio: ["pipe", "pipe", "inherit"],
		...(user.uid === undefined ? {} : { uid: user.uid }),
		...(user.gid === undefined ? {} : { gid: user.gid }),
	});
	let lines = 0;
	child.stdout.on("data", (chunk: Buffer) => {
		lines += chunk.toString().split("\n").length - 1;
	});
	const ended = once(child, "exit");
	try {
		await work(() => {
			assert.equal(child.exitCode, null, "names are no longer exchanged");
			return 1000 * lines;
		});
	} finally {
		child.stdin.end();
		await ended;
	}
}
