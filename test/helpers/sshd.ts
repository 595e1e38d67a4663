/*
 * A real sshd on 127.0.0.1 for one test file, with its own configuration, host key,
 * client key and log file. The caller passes the lines of sshd_config that say which
 * server it runs, and for whom.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";

/** Absolute, which sshd requires because it starts itself again for each connection. */
export const SSHD = "/usr/sbin/sshd";

export interface SshdOptions {
	/** An empty directory that other users can read; the caller removes it at the end. */
	readonly directory: string;
	/** What sshd runs for the sftp subsystem. */
	readonly subsystem: string;
	/** Further lines of sshd_config; Match blocks belong here. Ports are given in the order of `ports`. */
	readonly config?: (ports: readonly number[]) => readonly string[];
	/** How many ports it listens on; 1 when not given. */
	readonly portCount?: number;
}

/** A running sshd. */
export interface Sshd {
	readonly ports: readonly number[];
	/** The private key that every account accepts, and the file in which clients find the host key. */
	readonly keyFile: string;
	readonly knownHostsFile: string;
	/** In OpenSSH's form: `SHA256:...`. */
	readonly hostKeyFingerprint: string;
	/** Everything that sshd has logged so far. */
	log(): string;
	/** Ends sshd; sessions still open end with their clients. */
	stop(): Promise<void>;
}

/** Starts sshd and waits until it accepts connections. Throws, with its log, when it does not. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
	const { directory } = options;
	const hostKey = join(directory, "host_key");
	const keyFile = join(directory, "client_key");
	const authorizedKeys = join(directory, "authorized_keys");
	const knownHostsFile = join(directory, "known_hosts");
	const logFile = join(directory, "sshd.log");
	for (const file of [hostKey, keyFile])
		await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
	writeFileSync(authorizedKeys, readFileSync(`${keyFile}.pub`), { mode: 0o644 });
	const fingerprint = (await mustRun("ssh-keygen", ["-l", "-f", hostKey])).split(" ")[1] ?? "";
	// sshd as root confines its unprivileged part to this directory, which Debian creates at boot.
	if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
	const ports: number[] = [];
	while (ports.length < (options.portCount ?? 1)) ports.push(await freePort());
	writeFileSync(
		knownHostsFile,
		ports.map((port) => `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`)}`).join(""),
	);
	const configFile = join(directory, "sshd_config");
	const lines = [
		...ports.map((port) => `ListenAddress 127.0.0.1:${port}`),
		`HostKey ${hostKey}`,
		`AuthorizedKeysFile ${authorizedKeys}`,
		...FIXED_CONFIG,
		`Subsystem sftp ${options.subsystem}`,
		...(options.config?.(ports) ?? []),
	];
	writeFileSync(configFile, `${lines.join("\n")}\n`);
	const logDescriptor = openSync(logFile, "a");
	const child = spawn(SSHD, ["-D", "-e", "-f", configFile], {
		stdio: ["ignore", "ignore", logDescriptor],
		env: { PATH: process.env["PATH"] ?? "" },
	});
	closeSync(logDescriptor);
	const log = () => readFileSync(logFile, "latin1");
	const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
	for (const port of ports) await accepting(port, child, log);
	return {
		ports,
		keyFile,
		knownHostsFile,
		hostKeyFingerprint: fingerprint,
		log,
		stop: () => {
			child.kill("SIGTERM");
			return ended;
		},
	};
}

const FIXED_CONFIG = [
	"PidFile none",
	"UsePAM no",
	"StrictModes no",
	"PasswordAuthentication no",
	"KbdInteractiveAuthentication no",
	"PermitRootLogin prohibit-password",
	"PrintMotd no",
	"UseDNS no",
	"MaxStartups 1000:30:2000",
	"MaxSessions 300",
	"LoginGraceTime 600",
	// The cheapest algorithms, since a test opens thousands of connections.
	"KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org",
	"Ciphers aes128-gcm@openssh.com,aes128-ctr",
	"LogLevel INFO",
];

/** Options that make ssh, sftp and scp use this sshd's keys and none of the user's own settings. */
export function opensshOptions(sshd: Sshd): string[] {
	return [
		...["-F", "none", "-i", sshd.keyFile],
		...["-o", `UserKnownHostsFile=${sshd.knownHostsFile}`],
		...["-o", "GlobalKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes"],
		...["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
	];
}

/** A TCP port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
	const probe = createServer();
	return new Promise((resolve, reject) => {
		probe.on("error", reject);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			if (address === null || typeof address === "string") throw new Error("not a TCP port");
			probe.close(() => resolve(address.port));
		});
	});
}

async function accepting(port: number, child: ChildProcess, log: () => string): Promise<void> {
	while (!(await answers(port)))
		if (child.exitCode !== null || child.signalCode !== null)
			throw new Error(`sshd did not start:\n${log()}`);
}

/** Waits for sshd's greeting, not just for a connection, since another program may have taken the port. */
function answers(port: number): Promise<boolean> {
	const socket = connect(port, "127.0.0.1");
	return new Promise((resolve) => {
		const finish = (answer: boolean) => {
			socket.destroy();
			// A refused connection is retried in the next turn of the event loop.
			setImmediate(resolve, answer);
		};
		socket.once("data", (greeting) => finish(greeting.toString().startsWith("SSH-2.0-")));
		socket.once("error", () => finish(false));
		socket.once("close", () => finish(false));
	});
}
