/* An sshd in a Debian release, with the line that a package printed, and sessions of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type CommandResult, mustRun, runCommand } from "../helpers/run-command.ts";
import type { Release } from "./release.ts";

const USER = "ann";

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

export class ReleaseSshd {
	readonly #release: Release;
	readonly #child: ChildProcess;
	readonly #options: readonly string[];
	readonly #directory: string;

	/** Starts sshd with `subsystem`, the words after "Subsystem sftp". `directory` is empty and of this machine. */
	static async start(release: Release, directory: string, subsystem: string): Promise<ReleaseSshd> {
		const key = join(directory, "key");
		await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
		release.run("useradd", "--create-home", "--shell", "/bin/sh", "--password", "*", USER);
		release.must("ssh-keygen", "-A");
		mkdirSync(join(release.root, "run/sshd"), { recursive: true, mode: 0o755 });
		copyFileSync(`${key}.pub`, join(release.root, "etc/ssh/test_keys"));
		const port = await freePort();
		const lines = [`ListenAddress 127.0.0.1:${port}`, "PidFile none", "UsePAM no", "StrictModes no"];
		lines.push("AuthorizedKeysFile /etc/ssh/test_keys", `Subsystem sftp ${subsystem}`);
		writeFileSync(join(release.root, "etc/ssh/test_config"), `${lines.join("\n")}\n`);
		release.must("/usr/sbin/sshd", "-t", "-f", "/etc/ssh/test_config");
		return new ReleaseSshd(release, directory, key, port);
	}

	private constructor(release: Release, directory: string, key: string, port: number) {
		this.#release = release;
		this.#directory = directory;
		const command = [release.root, "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/test_config"];
		this.#child = spawn("chroot", command, { stdio: "ignore" });
		const known = [
			"StrictHostKeyChecking=no",
			"UserKnownHostsFile=/dev/null",
			"LogLevel=ERROR",
			"BatchMode=yes",
		];
		const retries = ["ConnectionAttempts=60"];
		this.#options = [
			...["-F", "none", "-i", key, "-o", `Port=${port}`],
			...[...known, ...retries].flatMap((option) => ["-o", option]),
		];
	}

	/** The client's script; what it printed, without the commands that a batch repeats. */
	async session(): Promise<{ readonly result: CommandResult; readonly answers: readonly string[] }> {
		const upload = join(this.#directory, "upload");
		const download = join(this.#directory, "download");
		writeFileSync(upload, "content\n");
		const input = SCRIPT.join("\n").replace("UPLOAD", upload).replace("DOWNLOAD", download);
		const args = ["-q", "-b", "-", ...this.#options, `${USER}@127.0.0.1`];
		const result = await runCommand("sftp", args, { input: `${input}\n` });
		const answers = `${result.stdout}`
			.split("\n")
			.filter((line) => line !== "" && !line.startsWith("sftp> "));
		return { result, answers: answers.map((line) => line.trim()) };
	}

	/** A command of the user's, through ssh. */
	command(line: string): Promise<CommandResult> {
		return runCommand("ssh", [...this.#options, `${USER}@127.0.0.1`, line]);
	}

	stop(): Promise<void> {
		const ended = new Promise<void>((resolve) => this.#child.on("exit", () => resolve()));
		this.#child.kill("SIGTERM");
		this.#release.run("rm", "-f", "/etc/ssh/test_keys", "/etc/ssh/test_config");
		return ended;
	}
}

function freePort(): Promise<number> {
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
