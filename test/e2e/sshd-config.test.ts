/*
 * The server as administrators configure it in sshd_config: as the subsystem, as
 * a forced command with options per user, and as a login shell.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Account } from "../helpers/accounts.ts";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { answersOf, sftpBatch } from "../helpers/sftp-batch.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { Surroundings } from "./setup.ts";

const skip = unlessInstalled(...SSHD_PACKAGES) || unlessRoot();

/** The arguments in each user's ForceCommand; undefined for no Match block. */
const OPTIONS = {
	plain: undefined,
	forced: "",
	reader: "-R",
	masked: "-u 027",
	denied: "-P 'remove,set*'",
	allowed: "-p realpath,stat,lstat,opendir,readdir,close,open,read",
	placed: "-d DIRECTORY/places/%u",
	logged: "-e -l VERBOSE",
	recorded: "--log-format json --log-file DIRECTORY/logs/%u -l INFO",
} as const;

type Role = keyof typeof OPTIONS;

describe("the server in sshd_config", { skip }, () => {
	const surroundings = new Surroundings();
	const { directory, server } = surroundings;
	const accounts = new Map<Role, Account>();
	let shellUser: Account;
	let sshd: Sshd;

	before(async () => {
		const roles: readonly Role[] = Object.keys(OPTIONS).filter((role): role is Role => role in OPTIONS);
		for (const role of roles) accounts.set(role, await surroundings.account());
		shellUser = await surroundings.account(server.executable);
		for (const name of ["places", "logs"]) mkdirSync(join(directory, name), { mode: 0o777 });
		chmodSync(join(directory, "logs"), 0o1777);
		sshd = await surroundings.sshd({
			subsystem: server.line,
			config: () => [...accounts].flatMap(([role, account]) => matchBlock(role, account)),
		});
	});
	after(() => surroundings.close());

	function matchBlock(role: Role, { name }: Account): string[] {
		const options = OPTIONS[role]?.replaceAll("DIRECTORY", directory).replace("logs/%u", `logs/${name}`);
		return options === undefined ? [] : [`Match User ${name}`, `ForceCommand ${server.line} ${options}`];
	}

	/** The user of a role, and a file of that user in its home. */
	function userWithFile(role: Role): Account & { readonly file: string } {
		const account = accounts.get(role);
		assert.ok(account !== undefined);
		const file = join(account.home, "file");
		if (!existsSync(file)) writeFileSync(file, "content\n");
		chownSync(file, account.uid, account.gid);
		return { ...account, file };
	}

	for (const role of ["plain", "forced"] as const)
		test(`as ${role === "plain" ? "the subsystem" : "a forced command"} it serves the home of the user as that user`, async () => {
			const { name, uid, gid, home, file } = userWithFile(role);
			const result = await sftpBatch(sshd, name, "pwd", `put ${file} copy`, "mkdir made");
			assert.deepEqual([result.status, result.stderr.toString()], [0, ""]);
			assert.deepEqual(answersOf(result), [`Remote working directory: ${home}`]);
			for (const made of ["copy", "made"]) {
				const stats = statSync(join(home, made));
				assert.deepEqual([stats.uid, stats.gid], [uid, gid]);
			}
		});

	test("-R lets a user read but not write", async () => {
		const { name, home, file } = userWithFile("reader");
		const commands = ["get file /dev/null", "-rm file", "-put file other", "-chmod 600 file", "-mkdir made"];
		const result = await sftpBatch(sshd, name, `lcd ${home}`, "ls -1", ...commands.slice(1));
		assert.deepEqual(answersOf(result), ["file"]);
		assert.deepEqual(result.stderr.toString().split("\r\n").join("\n").split("\n").filter(Boolean), [
			`remote delete ${home}/file: Permission denied`,
			`dest open "${home}/other": Permission denied`,
			`remote setstat "${home}/file": Permission denied`,
			`remote mkdir "${home}/made": Permission denied`,
		]);
		assert.equal(readFileSync(file, "utf8"), "content\n");
		assert.ok(!existsSync(join(home, "made")));
	});

	test("-u sets the umask for what a user creates", async () => {
		const { name, home, file } = userWithFile("masked");
		const { status } = await sftpBatch(sshd, name, `put ${file} made`, "mkdir directory");
		assert.equal(status, 0);
		assert.equal((statSync(join(home, "made")).mode & 0o777).toString(8), "640");
		assert.equal((statSync(join(home, "directory")).mode & 0o777).toString(8), "750");
	});

	test("-P refuses the named requests and those that a pattern matches", async () => {
		const { name, home, file } = userWithFile("denied");
		const result = await sftpBatch(
			sshd,
			name,
			"-rm file",
			"-chmod 600 file",
			`put ${file} made`,
			"rename made new",
		);
		assert.equal(result.status, 0);
		assert.match(
			result.stderr.toString(),
			/remote delete .*: Permission denied\r?\nremote setstat .*: Permission denied/,
		);
		assert.deepEqual([existsSync(file), existsSync(join(home, "new"))], [true, true]);
	});

	test("-p permits only the named requests", async () => {
		const { name, home, file } = userWithFile("allowed");
		const result = await sftpBatch(
			sshd,
			name,
			"ls -1",
			`-get file ${home}/got`,
			"-mkdir made",
			"-rename file new",
		);
		assert.deepEqual(answersOf(result), ["file"]);
		assert.match(
			result.stderr.toString(),
			/remote mkdir .*: Permission denied\r?\nremote rename .*: Permission denied/,
		);
		assert.deepEqual(
			[readFileSync(join(home, "got")), existsSync(join(home, "new"))],
			[readFileSync(file), false],
		);
	});

	test("-d starts each user in a directory named after the user", async () => {
		const { name } = userWithFile("placed");
		const place = join(directory, "places", name);
		mkdirSync(place);
		const result = await sftpBatch(sshd, name, "pwd");
		assert.deepEqual(answersOf(result), [`Remote working directory: ${place}`]);
	});

	test("-e and -l show the log to a client that requests a command, since sshd drops a subsystem's stderr", async () => {
		const { name, file } = userWithFile("logged");
		const command = [
			"-q",
			"-b",
			"-",
			"-s",
			"a/command",
			"-P",
			String(sshd.ports[0]),
			...opensshOptions(sshd),
		];
		const input = `get ${file} /dev/null\n`;
		const { stderr } = await runCommand("sftp", [...command, `${name}@127.0.0.1`], { input });
		const lines = stderr.toString().split("\r\n");
		assert.equal(lines[0], `session opened for local user ${name} from [127.0.0.1]`);
		assert.equal(lines[1], "received client version 3");
		assert.ok(lines.includes(`open "${file}" flags READ mode 0666`), lines.join("\n"));
		assert.ok(lines.includes(`close "${file}" bytes read 8 written 0`), lines.join("\n"));
		assert.ok(lines.includes(`session closed for local user ${name} from [127.0.0.1]`), lines.join("\n"));
	});

	test("--log-file gets one JSON object per event and belongs to the user", async () => {
		const { name, uid, file } = userWithFile("recorded");
		const { status } = await sftpBatch(sshd, name, `get ${file} /dev/null`);
		assert.equal(status, 0);
		const log = join(directory, "logs", name);
		const events = readFileSync(log, "utf8")
			.trimEnd()
			.split("\n")
			.map((line): unknown => JSON.parse(line));
		assert.deepEqual([statSync(log).mode & 0o777, statSync(log).uid], [0o600, uid]);
		assert.ok(events.length >= 4);
		assert.ok(readFileSync(log, "utf8").includes(file));
	});

	test("a forced command can't be replaced by another", async () => {
		const { name, home } = userWithFile("forced");
		const args = ["-p", String(sshd.ports[0]), ...opensshOptions(sshd), `${name}@127.0.0.1`, "touch escaped"];
		const { status, stdout } = await runCommand("ssh", args);
		assert.deepEqual([status, stdout.length, existsSync(join(home, "escaped"))], [0, 0, false]);
	});

	test("as a login shell it serves sessions and runs no commands", async () => {
		const { name, home } = shellUser;
		const result = await sftpBatch(sshd, name, "pwd", "mkdir made");
		assert.deepEqual(answersOf(result), [`Remote working directory: ${home}`]);
		assert.ok(existsSync(join(home, "made")));
		const args = ["-p", String(sshd.ports[0]), ...opensshOptions(sshd), `${name}@127.0.0.1`, "touch escaped"];
		const { status } = await runCommand("ssh", args);
		assert.deepEqual([status, existsSync(join(home, "escaped"))], [0, false]);
	});

	test("a user who is not root gets only what the system permits that user", async () => {
		const { name, home, file } = userWithFile("plain");
		const secret = join(directory, "secret");
		writeFileSync(secret, "secret", { mode: 0o600 });
		const result = await sftpBatch(
			sshd,
			name,
			`-get ${secret} ${home}/stolen`,
			`-put ${file} ${directory}/planted`,
			"-chown 0 file",
			`-rm ${secret}`,
			`-ls /root`,
		);
		assert.deepEqual(result.stderr.toString().split(/\r?\n/).filter(Boolean), [
			`remote open "${secret}": Permission denied`,
			`dest open "${directory}/planted": Permission denied`,
			`remote setstat "${home}/file": Permission denied`,
			`remote delete ${secret}: Permission denied`,
			`remote readdir("/root/"): Permission denied`,
		]);
	});

	test("/proc/self/mem is refused to a user who is not root", async () => {
		const { name, home, file } = userWithFile("plain");
		const result = await sftpBatch(
			sshd,
			name,
			`-get /proc/self/mem ${home}/mem`,
			`-put ${file} /proc/self/mem`,
		);
		assert.deepEqual(result.stderr.toString().split(/\r?\n/).filter(Boolean), [
			'remote open "/proc/self/mem": Permission denied',
			'dest open "/proc/self/mem": Permission denied',
		]);
	});
});
