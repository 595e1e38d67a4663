/*
 * A package installed in a Debian release, an sshd with the line that the package
 * printed, and sessions of a user's: as an administrator and a client have it.
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

/** What a client does in a session: batch commands of sftp. */
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

/** How a session ended, what the client said, and what the server logged. */
export interface SessionResult extends CommandResult {
	readonly answers: readonly string[];
	/** The server's datagrams, without time and process id. */
	readonly log: readonly string[];
}

export class Installation {
	readonly release: Release;
	/** What the package printed when it was installed. */
	readonly printed: string;
	readonly #directory: string;
	readonly #clientOptions: readonly string[];
	readonly #log: SyslogSocket;
	readonly #sshd: ChildProcess;

	/**
	 * Installs the package in a copy of the release and starts sshd. The end of
	 * the test stops it and takes the copy away.
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

	/** Installs another package over the one that is there; returns what it printed. */
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

	/** The server's datagrams that lie in the log, without sshd's and PAM's. */
	async #serverLines(): Promise<readonly string[]> {
		return (await this.#log.read()).filter((line) => !line.startsWith("<"));
	}

	/** A session does what the client asks for, and nobody complains. */
	async assertServes(): Promise<void> {
		const { status, stdout, stderr, answers, log } = await this.session();
		assert.deepEqual([status, `${stderr}`, log], [0, "", []], `${stdout}`);
		assert.deepEqual(answers, ANSWERS);
	}

	/** A session ends at once, and one line says why, in syslog and on standard error. */
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

	/** A command of the user's, through ssh; its standard input is empty. */
	command(line: string): Promise<CommandResult> {
		return runCommand("ssh", [...this.#clientOptions, `${USER}@127.0.0.1`, line]);
	}

	/** Whether the sshd that was started first still runs. */
	get isSshdRunning(): boolean {
		return this.#sshd.exitCode === null && this.#sshd.signalCode === null;
	}
}

/** Installs a package, as an administrator with a file of it does; returns what was printed. */
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

/** Does what the package says, and what a test needs besides. */
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
