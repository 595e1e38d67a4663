/*
 * The clients of the soak: each uploads some files, downloads them again, and fails
 * when the client reports an error. The soak compares the contents.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import Client from "ssh2-sftp-client";
import { canUseFuse } from "../helpers/peer-programs.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { withSshfs } from "../helpers/sshfs-mount.ts";

/** One session's work. */
export interface Job {
	readonly sshd: Sshd;
	readonly user: string;
	/** The session's own directory; below it are `local`, `remote` and `home`. */
	readonly directory: string;
	/** The directory of the files to upload, and their names. */
	readonly originals: string;
	readonly names: readonly string[];
}

/** Uploads every file of the job to `remote` and downloads it from there to `local`. */
export type SoakClient = (job: Job) => Promise<void>;

const HOUR_MILLISECONDS = 3_600_000;

async function succeeds(job: Job, program: string, args: readonly string[], input = ""): Promise<void> {
	const result: CommandResult = await runCommand(program, args, {
		input,
		env: { HOME: `${job.directory}/home` },
		cwd: `${job.directory}/local`,
		timeoutMilliseconds: HOUR_MILLISECONDS,
	});
	if (result.status === 0) return;
	throw new Error(`${program}: ${result.signal ?? result.status}: ${result.stdout}${result.stderr}`);
}

const portOf = (job: Job) => String(job.sshd.ports[0]);
const remoteOf = (job: Job) => `${job.directory}/remote`;

const sftp: SoakClient = (job) => {
	const lines = job.names.flatMap((name) => [
		`put ${job.originals}/${name} ${remoteOf(job)}/part`,
		`rename ${remoteOf(job)}/part ${remoteOf(job)}/${name}`,
		`get ${remoteOf(job)}/${name} ${name}`,
	]);
	const args = ["-q", "-b", "-", "-P", portOf(job), ...opensshOptions(job.sshd), `${job.user}@127.0.0.1`];
	return succeeds(job, "sftp", args, `${lines.join("\n")}\nls -l ${remoteOf(job)}\n`);
};

const scp: SoakClient = async (job) => {
	const options = ["-q", "-P", portOf(job), ...opensshOptions(job.sshd)];
	const at = `${job.user}@127.0.0.1:${remoteOf(job)}/`;
	await succeeds(job, "scp", [...options, ...job.names.map((name) => `${job.originals}/${name}`), at]);
	await succeeds(job, "scp", [...options, "-rp", `${at}.`, `${job.directory}/local`]);
};

const lftp: SoakClient = (job) => {
	const lines = [
		`set sftp:connect-program "ssh -a -x ${opensshOptions(job.sshd).join(" ")}"`,
		"set net:timeout 600; set net:max-retries 1; set cmd:fail-exit yes; set xfer:clobber yes",
		`open -u ${job.user}, -p ${portOf(job)} sftp://127.0.0.1`,
		...job.names.map((name) => `put ${job.originals}/${name} -o ${remoteOf(job)}/${name}`),
		`mirror -P 3 ${remoteOf(job)} ${job.directory}/local`,
	];
	return succeeds(job, "lftp", [], `${lines.join("\n")}\n`);
};

const curl: SoakClient = async (job) => {
	mkdirSync(`${job.directory}/home/.ssh`);
	writeFileSync(`${job.directory}/home/.ssh/known_hosts`, readFileSync(job.sshd.knownHostsFile));
	const key = ["--key", job.sshd.keyFile, "--pubkey", `${job.sshd.keyFile}.pub`, "-u", `${job.user}:`];
	const options = ["-q", "-sS", "--fail-early", "--connect-timeout", "600", ...key];
	const url = (name: string) => `sftp://127.0.0.1:${portOf(job)}${remoteOf(job)}/${name}`;
	const up = job.names.flatMap((name) => ["-T", `${job.originals}/${name}`, url(name)]);
	const down = job.names.flatMap((name) => ["-o", name, url(name)]);
	await succeeds(job, "curl", [...options, ...up]);
	await succeeds(job, "curl", [...options, ...down]);
};

const psftp: SoakClient = async (job) => {
	const home = `${job.directory}/home`;
	await succeeds(job, "puttygen", [job.sshd.keyFile, "-O", "private", "-o", `${home}/key.ppk`]);
	const lines = job.names.flatMap((name) => [
		`put ${job.originals}/${name} ${remoteOf(job)}/${name}`,
		`get ${remoteOf(job)}/${name} ${name}`,
	]);
	writeFileSync(`${home}/batch`, `${lines.join("\n")}\n`);
	const host = ["-hostkey", job.sshd.hostKeyFingerprint, "-P", portOf(job), `${job.user}@127.0.0.1`];
	return succeeds(job, "psftp", ["-batch", "-b", `${home}/batch`, "-i", `${home}/key.ppk`, ...host]);
};

const rclone: SoakClient = async (job) => {
	const { keyFile, knownHostsFile } = job.sshd;
	const host = `host=127.0.0.1,port=${portOf(job)},user=${job.user}`;
	const keys = `key_file=${keyFile},known_hosts_file=${knownHostsFile}`;
	const at = `:sftp,${host},${keys},disable_hashcheck=true,shell_type=none:${remoteOf(job)}`;
	const options = ["--config=", "--transfers=2", "--checkers=2", "--contimeout=10m", "--timeout=10m"];
	const includes = job.names.map((name) => `--include=${name}`);
	await succeeds(job, "rclone", ["copy", job.originals, at, ...options, ...includes]);
	await succeeds(job, "rclone", ["copy", at, `${job.directory}/local`, ...options]);
};

const paramiko: SoakClient = (job) => {
	const script = `${process.cwd()}/test/e2e/clients/soak_session.py`;
	const args = [
		portOf(job),
		job.user,
		job.sshd.keyFile,
		job.originals,
		remoteOf(job),
		`${job.directory}/local`,
	];
	return succeeds(job, "/usr/bin/python3", ["-B", script, ...args, ...job.names]);
};

const ssh2: SoakClient = async (job) => {
	const client = new Client();
	const { keyFile, knownHostsFile } = job.sshd;
	await client.connect({
		host: "127.0.0.1",
		port: Number(portOf(job)),
		username: job.user,
		readyTimeout: HOUR_MILLISECONDS,
		privateKey: readFileSync(keyFile),
		hostVerifier: (key) => readFileSync(knownHostsFile, "latin1").includes(key.toString("base64")),
	});
	try {
		for (const name of job.names) {
			await client.fastPut(`${job.originals}/${name}`, `${remoteOf(job)}/${name}`);
			await client.fastGet(`${remoteOf(job)}/${name}`, `${job.directory}/local/${name}`);
		}
	} finally {
		await client.end();
	}
};

const sshfs: SoakClient = async (job) => {
	const mountPoint = `${job.directory}/mount`;
	mkdirSync(mountPoint);
	const mount = {
		sshd: job.sshd,
		port: Number(portOf(job)),
		user: job.user,
		remote: remoteOf(job),
		mountPoint,
	};
	await withSshfs(mount, async () => {
		const files = job.names.map((name) => `${job.originals}/${name}`);
		await succeeds(job, "cp", [...files, mountPoint]);
		await succeeds(job, "cp", [
			...job.names.map((name) => `${mountPoint}/${name}`),
			`${job.directory}/local`,
		]);
	});
};

/** All clients by name; sshfs only where it can be used. */
export const SOAK_CLIENTS: ReadonlyMap<string, SoakClient> = new Map<string, SoakClient>([
	["sftp", sftp],
	["scp", scp],
	["lftp", lftp],
	["curl", curl],
	["psftp", psftp],
	["rclone", rclone],
	["paramiko", paramiko],
	["ssh2-sftp-client", ssh2],
	...(canUseFuse() ? [["sshfs", sshfs] as const] : []),
]);
