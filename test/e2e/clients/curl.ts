/* curl (libssh2): download, upload, listing, ranges, resume and its QUOTE commands. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { runCommand } from "../../helpers/run-command.ts";
import { assertBig, type Scenario, type Stage } from "./scenario.ts";

export const curl: Scenario = {
	name: "curl",
	packages: ["curl"],
	showsServerTexts: false,
	masks: [[RECENT_DATE, "NOW"]],
	async run(stage, transcript) {
		mkdirSync(`${stage.home}/.ssh`);
		writeFileSync(`${stage.home}/.ssh/known_hosts`, readFileSync(stage.sshd.knownHostsFile));
		writeFileSync(`${stage.local}/half`, stage.bigBytes.subarray(0, stage.bigBytes.length >> 1));
		for (const command of commands(stage)) {
			const [title, ...args] = command;
			const key = ["--key", stage.sshd.keyFile, "--pubkey", `${stage.sshd.keyFile}.pub`];
			const env = { HOME: stage.home };
			const fixed = ["-q", "-sS", "-u", `${stage.user}:`, ...key];
			const result = await runCommand("curl", [...fixed, ...args], { env, cwd: stage.local });
			transcript.command(title ?? "", result);
		}
		for (const file of ["local/down", "local/half", "remote/big", "remote/half"])
			assertBig(stage, `${stage.directory}/${file}`);
	},
};

function commands(stage: Stage): string[][] {
	const url = (path: string) => `sftp://127.0.0.1:${stage.port}${stage.served.remote}/${path}`;
	const quote = (...lines: string[]) =>
		lines.flatMap((line) => ["-Q", line.replaceAll("@", `${stage.served.remote}/`)]);
	const big = [
		["big up", "-T", stage.bigFile, url("big")],
		["big down", "-o", "down", url("big")],
		["resume down", "-C", "-", "-o", "half", url("big")],
		["half up", "-r", `0-${(stage.bigBytes.length >> 1) - 1}`, "-o", "part", url("big")],
		["start of a resume", "-T", "part", url("half")],
		["resume up", "-C", "-", "-T", "down", url("half")],
	];
	if (stage.brief) return big;
	return [
		...big,
		["list", url(""), url("odd/"), url("tree/")],
		["list names", "-l", url("sizes/")],
		["list many", "-l", `sftp://127.0.0.1:${stage.port}${stage.served.manyDirectory}/`],
		["get", url("plain.txt"), url("link"), url("tree/a/two")],
		["range", "-r", "3-7", url("plain.txt"), url("sizes/0"), "-o", "ranged"],
		["end", "-r", "-4", url("plain.txt")],
		["sizes", "-O", "--remote-name-all", url("sizes/[261119-261121]"), url("sizes/{0,1,1048576}")],
		["times", "-R", "-o", "dated", url("tree/one")],
		["odd names", url("odd/emoji-%F0%9F%98%80"), url("odd/bytes-fffe80-%FF%FE%80"), url("odd/new%0Aline")],
		["errors", url("nowhere"), url("dangling"), url("tree"), url("nowhere/"), url("plain.txt/x")],
		["put", "-T", "dated", url("put.txt"), "-T", "dated", url("emoji-%F0%9F%98%80")],
		["put into made directories", "--ftp-create-dirs", "-T", "dated", url("made/for/it")],
		["put nowhere", "-T", "dated", url("no/where")],
		["append", "-a", "-T", "dated", url("put.txt")],
		[
			"quote",
			...quote("pwd", "mkdir @q", "rename @put.txt @q/renamed", "chmod 600 @q/renamed"),
			url("plain.txt"),
		],
		[
			"quote more",
			...quote("symlink renamed @q/soft", "ln @q/renamed @q/hard", "rmdir @tree"),
			url("plain.txt"),
		],
		[
			"quote more",
			...quote("*mkdir @q", "*rm @nowhere", "*rmdir @tree", "rm @q/soft", "*chgrp 1 @q/renamed"),
			url("q/"),
		],
		["times by quote", ...quote("atime 20020304 @q/renamed", "mtime 20020304 @q/renamed"), url("q/")],
		["free space", ...quote("statvfs @q"), "-o", "/dev/null", url("plain.txt")],
	];
}
