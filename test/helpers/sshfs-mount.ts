/* Mounts a directory with sshfs while a function runs. */
import { spawn } from "node:child_process";
import { lstatSync } from "node:fs";
import { mustRun, runCommand } from "./run-command.ts";
import { opensshOptions, type Sshd } from "./sshd.ts";

const HELD_MILLISECONDS = 10_000;

/** A mount. */
export interface SshfsMount {
	readonly sshd: Sshd;
	readonly port: number;
	readonly user: string;
	readonly remote: string;
	/** An empty directory. */
	readonly mountPoint: string;
	/** Further options of sshfs. */
	readonly options?: readonly string[];
}

/**
 * Mounts, runs `work` and unmounts. Returns what sshfs itself printed. Throws
 * if sshfs ends before the directory is mounted.
 */
export async function withSshfs(mount: SshfsMount, work: () => Promise<void>): Promise<string> {
	const { sshd, mountPoint } = mount;
	const ssh = ["ssh", ...opensshOptions(sshd)].join(" ");
	const child = spawn(
		"sshfs",
		[
			...["-f", "-p", String(mount.port), "-o", `ssh_command=${ssh}`, ...(mount.options ?? [])],
			...[`${mount.user}@127.0.0.1:${mount.remote}`, mountPoint],
		],
		{ stdio: ["ignore", "pipe", "pipe"] },
	);
	let printed = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk: Buffer) => {
			printed += chunk.toString("latin1");
		});
	let isHeld = false;
	const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
	const outside = lstatSync(`${mountPoint}/..`).dev;
	// A mounted directory is on another file system than its parent.
	while ((await deviceOf(mountPoint)) === outside)
		if (child.exitCode !== null) throw new Error(`sshfs ended with ${child.exitCode}: ${printed}`);
	try {
		await work();
	} finally {
		// Busy while the kernel still cleans up a program that has just ended.
		while ((await runCommand("fusermount3", ["-u", mountPoint])).status !== 0)
			if (child.exitCode !== null) break;
		// It ends when its work is done, unless a mount namespace that was created since then holds a copy of the mount.
		const held = setTimeout(() => {
			isHeld = true;
			child.kill("SIGTERM");
		}, HELD_MILLISECONDS);
		await ended;
		clearTimeout(held);
	}
	// A signal makes it unmount, and it finds nothing mounted.
	return isHeld ? printed.replace(/^fuse: failed to unmount .*: Invalid argument\n/m, "") : printed;
}

async function deviceOf(path: string): Promise<number> {
	// In another process, since a mount that never answers would hang this one.
	return Number(await mustRun("stat", ["-c", "%d", path]));
}
