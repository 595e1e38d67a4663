/*
 * The manual page's sshd_config examples in a real sshd. Only directories and
 * user names are replaced.
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

describe("the manual's examples", { skip }, () => {
	const surroundings = new Surroundings();
	const { directory, server } = surroundings;
	const [incoming, published, logs] = ["in", "pub", "log"].map((name) => join(directory, name));
	assert.ok(incoming !== undefined && published !== undefined && logs !== undefined);
	let sshd: Sshd;
	let anybody: Account;
	let member: Account;
	let rooted: Account;
	let partner: Account;
	let reader: Account;

	before(async () => {
		[anybody, member] = [await surroundings.account(), await surroundings.account()];
		[partner, reader] = [await surroundings.account(), await surroundings.account()];
		rooted = await surroundings.account();
		const [sftponly, readers] = [await surroundings.group(), await surroundings.group()];
		const homeonly = await surroundings.group();
		await homeonly.add(rooted);
		await sftponly.add(member);
		await readers.add(reader);
		for (const made of [incoming, published, logs]) mkdirSync(made);
		chownSync(incoming, partner.uid, partner.gid);
		chmodSync(logs, 0o1777);
		writeFileSync(join(published, "public"), "public\n");
		for (const { home, uid, gid } of [anybody, member, rooted, partner, reader]) {
			writeFileSync(join(home, "file"), "content\n");
			chownSync(join(home, "file"), uid, gid);
		}
		const [subsystem, ...matches] = examples().map((example) =>
			example
				.replace("/usr/local/libexec/sftp-server", server.line)
				.replaceAll("/srv/in", incoming)
				.replaceAll("/srv/pub", published)
				.replaceAll("/var/log/sftp", logs)
				.replace("Group sftponly", `Group ${sftponly.name}`)
				.replace("Group homeonly", `Group ${homeonly.name}`)
				.replace("User partner", `User ${partner.name}`)
				.replace("Group readers", `Group ${readers.name}`),
		);
		assert.equal(matches.length, 4);
		sshd = await surroundings.sshd({
			subsystem: subsystem?.replace("Subsystem sftp ", "") ?? "",
			config: () => matches,
		});
	});
	after(() => surroundings.close());

	/** What a batch of commands, each of which may fail, printed on stderr, without line numbers. */
	async function refusals(account: Account, ...commands: string[]): Promise<string[]> {
		const { stderr } = await sftpBatch(sshd, account.name, ...commands.map((command) => `-${command}`));
		return stderr
			.toString()
			.split(/\r?\n/)
			.filter((line) => line !== "");
	}

	test("the whole host: users reach what the system permits", async () => {
		const result = await sftpBatch(sshd, anybody.name, "pwd", `ls -1 ${published}`, "mkdir made");
		assert.equal(result.status, 0);
		assert.deepEqual(answersOf(result), [`Remote working directory: ${anybody.home}`, `${published}/public`]);
	});

	test("an SFTP-only group: a member works at home and reaches nothing else", async () => {
		const { name, home } = member;
		const result = await sftpBatch(
			sshd,
			name,
			"mkdir made",
			`put ${home}/file copy`,
			"rename copy made/copy",
			"pwd",
		);
		assert.deepEqual([result.status, result.stderr.toString()], [0, ""]);
		assert.equal(readFileSync(join(home, "made/copy"), "utf8"), "content\n");
		assert.deepEqual(
			await refusals(
				member,
				"ln -s / root",
				`get ${published}/public /dev/null`,
				"get root/etc/passwd /dev/null",
				`put ${home}/file /tmp/escaped`,
				`rename file ${directory}/escaped`,
				`ls ${published}`,
			),
			[
				`File "${published}/public" not found.`,
				`File "${home}/root/etc/passwd" not found.`,
				'dest open "/tmp/escaped": Permission denied',
				`remote rename "${home}/file" to "${directory}/escaped": Permission denied`,
				`Can't ls: "${published}" not found`,
			],
		);
		const args = ["-p", String(sshd.ports[0]), ...opensshOptions(sshd), `${name}@127.0.0.1`, "touch escaped"];
		await runCommand("ssh", args);
		assert.ok(!existsSync(join(home, "escaped")));
	});

	test("a home as the root: a member sees nothing else, and can write at the top", async () => {
		const { name, home } = rooted;
		const commands = ["pwd", "mkdir /made", `put ${home}/file /made/copy`, "ls -1 /made", "ls -1 ../.."];
		const result = await sftpBatch(sshd, name, ...commands);
		assert.deepEqual([result.status, result.stderr.toString()], [0, ""]);
		assert.deepEqual(answersOf(result), [
			"Remote working directory: /",
			"/made/copy",
			"../../file",
			"../../made",
		]);
		assert.equal(readFileSync(join(home, "made/copy"), "utf8"), "content\n");
		const refused = await refusals(
			rooted,
			"ln -s / root",
			`get ${published}/public /dev/null`,
			"get root/etc/passwd /dev/null",
			`rename file ${directory}/escaped`,
		);
		assert.deepEqual(refused, [
			`File "${published}/public" not found.`,
			'File "/root/etc/passwd" not found.',
			`remote rename "/file" to "${directory}/escaped": No such file or directory`,
		]);
	});

	test("an upload-only partner: can put files into one directory and do nothing else", async () => {
		const { name, home } = partner;
		const result = await sftpBatch(sshd, name, "pwd", `put ${home}/file delivered`);
		assert.deepEqual([result.status, result.stderr.toString()], [0, ""]);
		assert.deepEqual(answersOf(result), [`Remote working directory: ${incoming}`]);
		const delivered = join(incoming, "delivered");
		assert.equal(readFileSync(delivered, "utf8"), "content\n");
		assert.deepEqual([statSync(delivered).mode & 0o777, statSync(delivered).uid], [0o640, partner.uid]);
		assert.deepEqual(
			await refusals(
				partner,
				"ls",
				"rm delivered",
				"rename delivered other",
				"mkdir made",
				"chmod 777 delivered",
				`put ${home}/file ${home}/other`,
				"ln -s /etc/passwd link",
			),
			[
				`remote readdir("${incoming}"): Permission denied`,
				`remote delete ${incoming}/delivered: Permission denied`,
				`remote rename "${incoming}/delivered" to "${incoming}/other": Permission denied`,
				`remote mkdir "${incoming}/made": Permission denied`,
				`remote setstat "${incoming}/delivered": Permission denied`,
				`dest open "${home}/other": Permission denied`,
				`remote symlink file "/etc/passwd" to "${incoming}/link": Permission denied`,
			],
		);
		const got = await sftpBatch(sshd, name, `get delivered ${directory}/got`);
		assert.equal(got.status, 1);
	});

	test("readers of a public tree: can only read, and have their own log", async () => {
		const { name, home } = reader;
		const result = await sftpBatch(sshd, name, "pwd", "ls -1", `get public ${directory}/read`);
		assert.deepEqual([result.status, result.stderr.toString()], [0, ""]);
		assert.deepEqual(answersOf(result), [`Remote working directory: ${published}`, "public"]);
		assert.equal(readFileSync(join(directory, "read"), "utf8"), "public\n");
		assert.deepEqual(await refusals(reader, "rm public", `get ${home}/file /dev/null`, "mkdir made"), [
			`remote delete ${published}/public: Permission denied`,
			`File "${home}/file" not found.`,
			`remote mkdir "${published}/made": Permission denied`,
		]);
		const log = join(logs, `${name}.json`);
		assert.deepEqual([statSync(log).mode & 0o777, statSync(log).uid], [0o600, reader.uid]);
		for (const line of readFileSync(log, "utf8").trimEnd().split("\n"))
			assert.ok(line.includes(`"user":"${name}"`));
	});
});

/** The literal displays in the page's section EXAMPLES. */
function examples(): string[] {
	const page = readFileSync("man/sftp-server.8", "utf8");
	const section = page.slice(page.indexOf("\n.Sh EXAMPLES\n"), page.indexOf("\n.Sh COMPATIBILITY\n"));
	return [...section.matchAll(/^\.Bd -literal[^\n]*\n(.*?)\n\.Ed$/gms)].map(([, text = ""]) => text);
}
