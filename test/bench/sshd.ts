/*
 * A real sshd on 127.0.0.1, with its own keys and configuration. Each
 * server is a subsystem; between sshd and the server, `load wrap`
 * passes the pipes on and records what the server used.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseSample, runChecked, type Sample, timedEnvironment } from "./sample.ts";
import type { Server } from "./servers.ts";
import type { Context } from "./workloads/workload.ts";

export const sshdPath = "/usr/sbin/sshd";

export type Sshd = {
	/** Arguments for sftp, up to and including the host's name. */
	clientArguments(server: Server): string[];
	/** What the server's process used in the last session; waits for its end. */
	usage(server: Server): Promise<Sample>;
};

async function freePort(): Promise<number> {
	const probe = createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const address = probe.address();
	probe.close();
	await once(probe, "close");
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}

async function untilItAnswers(port: number, alive: () => boolean): Promise<void> {
	for (;;) {
		const socket = connect(port, "127.0.0.1");
		const answered = await Promise.race([
			once(socket, "data").then(() => true),
			once(socket, "error").then(
				() => false,
				() => false,
			),
		]).catch(() => false);
		socket.destroy();
		if (answered) return;
		if (!alive()) throw new Error("sshd ended; see sshd.log");
		await setTimeout(20);
	}
}

function configuration(directory: string, port: number, subsystems: readonly string[]): string {
	const lines = [
		`Port ${port}`,
		"ListenAddress 127.0.0.1",
		`HostKey ${join(directory, "host-key")}`,
		`AuthorizedKeysFile ${join(directory, "client-key.pub")}`,
		"PidFile none",
		"StrictModes no",
		"UsePAM no",
		"PasswordAuthentication no",
		"PermitRootLogin yes",
		"Ciphers aes128-gcm@openssh.com",
		...subsystems,
	];
	return `${lines.join("\n")}\n`;
}

/** Root's sshd needs this directory, which a service manager usually creates. */
function makeRunDirectory(): void {
	if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
}

async function usageAfter(path: string, sessions: number): Promise<Sample> {
	for (;;) {
		const lines = readFileSync(path, "utf8").split("\n");
		const line = lines[sessions - 1];
		if (lines.length > sessions && line !== undefined) return parseSample(line);
		await setTimeout(5);
	}
}

/** Starts it; it ends with the context's closers. */
export async function startSshd(context: Context): Promise<Sshd> {
	const directory = join(context.fixtures.files, "sshd");
	mkdirSync(directory);
	makeRunDirectory();
	for (const key of ["host-key", "client-key"])
		runChecked("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, key)]);
	const servers = [context.servers.ours, context.servers.against, ...context.servers.others];
	const usagePath = (server: Server) => join(directory, `usage-${server.label}`);
	for (const server of servers) writeFileSync(usagePath(server), "");
	const subsystems = servers.map(
		(server) =>
			`Subsystem bench-${server.label} ${context.programs.load} --seconds 600 wrap ${usagePath(server)} -- ${server.path}`,
	);
	const port = await freePort();
	const config = join(directory, "config");
	writeFileSync(config, configuration(directory, port, subsystems));
	const log = openSync(join(directory, "sshd.log"), "w");
	const child = spawn(sshdPath, ["-D", "-e", "-f", config], {
		env: timedEnvironment(),
		stdio: ["ignore", log, log],
	});
	const ended = once(child, "exit");
	context.closers.push(async () => {
		child.kill("SIGTERM");
		await ended;
	});
	await untilItAnswers(port, () => child.exitCode === null);
	const sessions = new Map<string, number>();
	return {
		clientArguments: (server) => {
			sessions.set(server.label, (sessions.get(server.label) ?? 0) + 1);
			const options = [
				"StrictHostKeyChecking=no",
				"UserKnownHostsFile=/dev/null",
				"IdentitiesOnly=yes",
				"LogLevel=ERROR",
				"Ciphers=aes128-gcm@openssh.com",
				`IdentityFile=${join(directory, "client-key")}`,
			];
			return [
				...["-F", "none", "-P", String(port), "-s", `bench-${server.label}`],
				...options.flatMap((option) => ["-o", option]),
				`${userInfo().username}@127.0.0.1`,
			];
		},
		usage: (server) => usageAfter(usagePath(server), sessions.get(server.label) ?? 0),
	};
}
