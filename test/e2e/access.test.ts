/*
 * Everyday clients under rules of Access: restic backups that can be added to
 * but not destroyed, and a drop box for files.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Account } from "../helpers/accounts.ts";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";
import { answersOf, sftpBatch } from "../helpers/sftp-batch.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { withSshfs } from "../helpers/sshfs-mount.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { Surroundings } from "./setup.ts";

const skip = unlessInstalled(...SSHD_PACKAGES) || unlessRoot();
const CONTENT = "content\n".repeat(20_000);

describe("rules of Access through sshd", { skip }, () => {
	const surroundings = new Surroundings();
	const { directory, server } = surroundings;
	const backup = join(directory, "backup");
	const box = join(directory, "box");
	const local = join(directory, "local");
	let sshd: Sshd;
	let sender: Account;
	before(async () => {
		sender = await surroundings.account();
		for (const made of [backup, box, local]) mkdirSync(made);
		for (const made of [backup, box]) chownSync(made, sender.uid, sender.gid);
		chmodSync(local, 0o755);
		writeFileSync(join(local, "file"), CONTENT);
		sshd = await surroundings.sshd({
			subsystem: server.line,
			config: () => [
				"Match all",
				`ForceCommand ${server.line} --access "add ${backup}/**" --access "drop ${box}/**"`,
			],
		});
	});
	after(() => surroundings.close());

	function restic(...args: readonly string[]): Promise<CommandResult> {
		const port = String(sshd.ports[0]);
		const ssh = ["ssh", "-p", port, ...opensshOptions(sshd), `${sender.name}@127.0.0.1`, "-s", "sftp"].join(
			" ",
		);
		const repository = `sftp:${sender.name}@127.0.0.1:${backup}/repository`;
		return runCommand("restic", ["-o", `sftp.command=${ssh}`, "-r", repository, "--no-cache", ...args], {
			env: { RESTIC_PASSWORD: "password", HOME: directory },
			cwd: local,
		});
	}

	async function succeeds(...args: readonly string[]): Promise<void> {
		const { status, stdout, stderr } = await restic(...args);
		assert.equal(status, 0, `restic ${args.join(" ")}: ${stdout}${stderr}`);
	}

	test("restic backs up, checks and restores, but can't forget", {
		skip: unlessInstalled("restic"),
	}, async () => {
		await succeeds("init");
		await succeeds("backup", "file");
		writeFileSync(join(local, "other"), "other");
		await succeeds("backup", "file", "other");
		await succeeds("check", "--read-data");
		const before = snapshotTree(backup, { recentSinceMilliseconds: 0 });
		const forgotten = await restic("forget", "--group-by", "", "--keep-last", "1", "--prune");
		assert.match(`${forgotten.stdout}${forgotten.stderr}`, /permission denied/i);
		assert.deepEqual(
			snapshotTree(backup, { recentSinceMilliseconds: 0 }).filter((line) => !line.includes("/locks")),
			before.filter((line) => !line.includes("/locks")),
		);
		await succeeds("check", "--read-data");
		await succeeds("restore", "latest", "--target", join(directory, "restored"));
		assert.equal(readFileSync(join(directory, "restored/file"), "utf8"), CONTENT);
	});

	/** The box as another session sees it. */
	async function seenByOthers(): Promise<string[]> {
		return answersOf(await sftpBatch(sshd, sender.name, `ls -1 ${box}`));
	}

	test("sftp puts files into the box, and sees them until its session ends", async () => {
		const result = await sftpBatch(
			sshd,
			sender.name,
			`cd ${box}`,
			`put -p ${local}/file by-sftp.filepart`,
			"rename by-sftp.filepart by-sftp",
			"put /etc/hostname extra",
			"ls -1",
			"rm extra",
			"mkdir directory",
			`put ${local}/file directory/file`,
		);
		assert.deepEqual([result.status, result.stderr.toString()], [0, ""]);
		assert.deepEqual(answersOf(result).slice(-2), ["by-sftp", "extra"]);
		assert.equal(readFileSync(join(box, "by-sftp"), "utf8"), CONTENT);
		assert.deepEqual(await seenByOthers(), [`${box}/directory`]);
		const again = await sftpBatch(sshd, sender.name, `put ${local}/file ${box}/by-sftp`);
		assert.match(again.stderr.toString(), /Permission denied/);
		assert.match(
			(await sftpBatch(sshd, sender.name, `get ${box}/by-sftp /dev/null`)).stderr.toString(),
			/not found/,
		);
	});

	test("rclone copies files into the box", { skip: unlessInstalled("rclone") }, async () => {
		const env = {
			HOME: directory,
			RCLONE_CONFIG: join(directory, "rclone.conf"),
			RCLONE_CONFIG_E_TYPE: "sftp",
			RCLONE_CONFIG_E_HOST: "127.0.0.1",
			RCLONE_CONFIG_E_PORT: String(sshd.ports[0]),
			RCLONE_CONFIG_E_USER: sender.name,
			RCLONE_CONFIG_E_KEY_FILE: sshd.keyFile,
			RCLONE_CONFIG_E_KNOWN_HOSTS_FILE: sshd.knownHostsFile,
			RCLONE_CONFIG_E_DISABLE_HASHCHECK: "true",
			RCLONE_CONFIG_E_SHELL_TYPE: "none",
			/* Each of its connections is a session, which sees only the files it has created itself. */
			RCLONE_CONFIG_E_CONNECTIONS: "1",
		};
		const args = [
			"copyto",
			join(local, "file"),
			`e:${box}/by-rclone`,
			"--retries=1",
			"--checkers=1",
			"--transfers=1",
		];
		const { status, stderr } = await runCommand("rclone", args, { env });
		assert.equal(status, 0, stderr.toString());
		assert.equal(readFileSync(join(box, "by-rclone"), "utf8"), CONTENT);
		assert.deepEqual((await seenByOthers()).includes(`${box}/by-rclone`), false);
	});

	test("lftp puts files into the box", { skip: unlessInstalled("lftp") }, async () => {
		const lines = [
			`set sftp:connect-program "ssh -a -x ${opensshOptions(sshd).join(" ")}"; set net:max-retries 1; set cmd:fail-exit yes`,
			`open -u ${sender.name}, -p ${sshd.ports[0]} sftp://127.0.0.1; cd ${box}`,
			`put ${local}/file -o by-lftp.part; mv by-lftp.part by-lftp; cls -1`,
		];
		const { status, stdout, stderr } = await runCommand("lftp", [], {
			input: `${lines.join("\n")}\n`,
			env: { HOME: directory },
		});
		assert.equal(status, 0, stderr.toString());
		assert.match(stdout.toString(), /^by-lftp$/m);
		assert.doesNotMatch(stdout.toString(), /by-sftp/);
		assert.equal(readFileSync(join(box, "by-lftp"), "utf8"), CONTENT);
	});

	test("programs put files into the box through sshfs", { skip: unlessInstalled("sshfs") }, async () => {
		const mountPoint = join(directory, "mount");
		mkdirSync(mountPoint);
		const port = sshd.ports[0] ?? 0;
		await withSshfs({ sshd, port, user: sender.name, remote: box, mountPoint }, async () => {
			const script = `set -e; cp --preserve=mode,timestamps ${local}/file ${mountPoint}/x; mv ${mountPoint}/x ${mountPoint}/by-sshfs; cmp ${local}/file ${mountPoint}/by-sshfs; ls ${mountPoint}`;
			const { status, stdout, stderr } = await runCommand("sh", ["-c", script]);
			assert.equal(status, 0, stderr.toString());
			assert.deepEqual(stdout.toString().split("\n"), ["by-sshfs", "directory", ""]);
		});
		assert.equal(readFileSync(join(box, "by-sshfs"), "utf8"), CONTENT);
	});
});
