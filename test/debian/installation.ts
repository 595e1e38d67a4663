/*
 * Installs a package in a Debian release, runs an sshd with the line that the package
 * printed, and starts a user's sessions.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { type CommandResult, mustRun, runCommand } from "../helpers/run-command.ts";
import { freePort } from "../helpers/sshd.ts";
import { SyslogSocket } from "../helpers/syslog-socket.ts";
import { Release } from "./release.ts";

const USER = "ann";
const CONFIG = "/etc/ssh/sshd_config";

/** The client's commands in a session: a batch for sftp. */
const SCRIPT = [
	"mkdir made",
	"put UPLOAD made/uploaded",
	"chmod 640 made/uploaded",
	"rename made/uploaded made/renamed",
	"ls -1 made",
	"get made/renamed DOWNLOAD",
	"rm made/renamed",
	"rmdir made",
	"pwd",
];
const ANSWERS = ["made/renamed", "Remote working directory: /home/ann"];
const CONTENT = "content\n";

/** A session's end, the client's output, and the server's log lines. */
export interface SessionResult extends CommandResult {
	readonly answers: readonly string[];
	/** The server's datagrams, without time and process id. */
	readonly log: readonly string[];
}

export class Installation {
	readonly release: Release;
	/** The package's output during installation. */
	readonly printed: string;
	readonly #directory: string;
	readonly #clientOptions: readonly string[];
	readonly #log: SyslogSocket;
	readonly #sshd: ChildProcess;

	/**
	 * Installs the package in a copy of the release and starts sshd. The end of the test
	 * stops sshd and removes the copy.
	 */
	static async make(
		test: TestContext,
		base: string,
		deb: string,
		...options: readonly string[]
	): Promise<Installation> {
		const release = new Release(base);
		const directory = mkdtempSync(join(tmpdir(), "sftp-installation-"));
		let sshd: ChildProcess | undefined;
		test.after(async () => {
			if (sshd !== undefined) await stopped(sshd);
			release.close();
			rmSync(directory, { recursive: true });
		});
		const log = new SyslogSocket(test, release.path("dev/log"));
		await log.bind();
		await release.must("useradd", "--create-home", "--shell", "/bin/sh", "--password", "*", USER);
		const printed = await installPackage(release, deb, ...options);
		const [subsystem] = printed.match(/(?<=^Subsystem sftp ).+$/m) ?? [];
		assert.ok(subsystem !== undefined, printed);

		const key = join(directory, "key");
		await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
		copyFileSync(`${key}.pub`, release.path("etc/ssh/test_keys"));
		const port = await freePort();
		configureSshd(release, subsystem, port);
		await release.must("/usr/sbin/sshd", "-t");
		sshd = spawn("chroot", [release.root, "/usr/sbin/sshd", "-D", "-e"], { stdio: "ignore" });
		return new Installation({ release, printed, directory, key, port, log, sshd });
	}

	private constructor(parts: {
		readonly release: Release;
		readonly printed: string;
		readonly directory: string;
		readonly key: string;
		readonly port: number;
		readonly log: SyslogSocket;
		readonly sshd: ChildProcess;
	}) {
		this.release = parts.release;
		this.printed = parts.printed;
		this.#directory = parts.directory;
		this.#log = parts.log;
		this.#sshd = parts.sshd;
		const options = {
			Port: parts.port,
			StrictHostKeyChecking: "no",
			UserKnownHostsFile: "/dev/null",
			LogLevel: "ERROR",
			BatchMode: "yes",
			/* A second each, until sshd listens. */
			ConnectionAttempts: 60,
		};
		this.#clientOptions = [
			...["-F", "none", "-i", parts.key],
			...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
		];
	}

	/** Installs another package over the installed one; returns its output. */
	install(deb: string): Promise<string> {
		return installPackage(this.release, deb);
	}

	/** A session of sftp: the client's script. */
	async session(): Promise<SessionResult> {
		const upload = join(this.#directory, "upload");
		const download = join(this.#directory, "download");
		rmSync(download, { force: true });
		writeFileSync(upload, CONTENT);
		const input = SCRIPT.join("\n").replace("UPLOAD", upload).replace("DOWNLOAD", download);
		await this.#log.datagrams();
		const args = ["-q", "-b", "-", ...this.#clientOptions, `${USER}@127.0.0.1`];
		const result = await runCommand("sftp", args, { input: `${input}\n` });
		/* The client repeats the commands of a batch. */
		const answers = `${result.stdout}`
			.split("\n")
			.filter((line) => line !== "" && !line.startsWith("sftp> "))
			.map((line) => line.trim());
		if (result.status === 0) assert.equal(readFileSync(download, "utf8"), CONTENT);
		return { ...result, answers, log: await this.#serverLines() };
	}

	/** The server's datagrams in the log, without sshd's and PAM's. */
	async #serverLines(): Promise<readonly string[]> {
		return (await this.#log.read()).filter((line) => !line.startsWith("<"));
	}

	/** Asserts that a session works and logs nothing. */
	async assertServes(): Promise<void> {
		const { status, stdout, stderr, answers, log } = await this.session();
		assert.deepEqual([status, `${stderr}`, log], [0, "", []], `${stdout}`);
		assert.deepEqual(answers, ANSWERS);
	}

	/** Asserts that a session ends at once, and that one line in syslog and on standard error says why. */
	async assertRefuses(why: RegExp): Promise<void> {
		const { status, answers, log: first } = await this.session();
		assert.notEqual(status, 0);
		assert.deepEqual(answers, []);
		/* The line may come after the session's end: another process writes it. */
		let log = first;
		while (log.length === 0) log = await this.#serverLines();
		assert.equal(log.length, 1, log.join("\n"));
		assert.match(log[0] ?? "", why);
		const { stderr } = await this.command("/usr/libexec/sftp-server");
		const lines = `${stderr}`.split(/\r?\n/).filter((line) => line.startsWith("sftp-server: "));
		assert.equal(lines.length, 1, `${stderr}`);
		assert.match(lines[0]?.replace("sftp-server: ", "") ?? "", why);
	}

	/** Runs a command as the user through ssh, with empty standard input. */
	command(line: string): Promise<CommandResult> {
		return runCommand("ssh", [...this.#clientOptions, `${USER}@127.0.0.1`, line]);
	}

	/** Whether the sshd that was started first still runs. */
	get isSshdRunning(): boolean {
		return this.#sshd.exitCode === null && this.#sshd.signalCode === null;
	}
}

/** Installs a package file as an administrator would; returns the output. */
export async function installPackage(
	release: Release,
	deb: string,
	...options: readonly string[]
): Promise<string> {
	const inside = join("/root", basename(deb));
	copyFileSync(deb, release.path(inside));
	const printed = await release.must("dpkg", ...options, "--install", inside);
	rmSync(release.path(inside));
	return printed;
}

/** Configures sshd as the package says, and adds what tests need. */
function configureSshd(release: Release, subsystem: string, port: number): void {
	mkdirSync(release.path("run/sshd"), { recursive: true, mode: 0o755 });
	const before = readFileSync(release.path(CONFIG), "utf8");
	const config = before.replace(/^Subsystem\s+sftp\s.*$/m, `Subsystem sftp ${subsystem}`);
	assert.notEqual(config, before);
	writeFileSync(release.path(CONFIG), config);
	const own = [
		`ListenAddress 127.0.0.1:${port}`,
		"PidFile none",
		"StrictModes no",
		"AuthorizedKeysFile /etc/ssh/test_keys",
	];
	writeFileSync(release.path("etc/ssh/sshd_config.d/test.conf"), `${own.join("\n")}\n`);
}

function stopped(child: ChildProcess): Promise<unknown> {
	const ended = once(child, "exit");
	child.kill("SIGTERM");
	return ended;
}
