/*
 * Clients fill a disk, a small tmpfs. Acknowledged bytes are in the file, the
 * client reports the failure, and the session continues.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { RECENT_DATE } from "../helpers/recent-date.ts";
import { mustRun, runCommand } from "../helpers/run-command.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { answersOf, sftpBatch } from "../helpers/sftp-batch.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { LIGHT_LOAD, type Login, ownLogin, Surroundings } from "./setup.ts";

/** Smaller than the file that is written there. */
const DISK_BYTES = 512 * 1024;

const skip = unlessInstalled(...SSHD_PACKAGES, "python3-paramiko") || unlessRoot();

describe("a full disk", { skip }, () => {
	const surroundings = new Surroundings();
	const disk = join(surroundings.directory, "disk");
	let sshd: Sshd;
	let peer: Sshd;
	let login: Login;

	before(async () => {
		mkdirSync(disk);
		await mustRun("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES},mode=1777`, "tmpfs", disk]);
		sshd = await surroundings.sshd({ subsystem: surroundings.server.line });
		peer = await surroundings.sshd({ subsystem: OPENSSH_SERVER });
		login = await surroundings.account();
	});
	after(async () => {
		await mustRun("umount", [disk]);
		await surroundings.close();
	});

	test("is reported to sftp as OpenSSH's server reports it, and the session continues", async () => {
		const { bigFile, bigBytes } = surroundings.place(ownLogin(), LIGHT_LOAD);
		const outcomes = [];
		for (const server of [peer, sshd]) {
			const commands = [`-put ${bigFile} filler`, "ls -l", "chmod 644 filler", "cp filler copy"];
			const result = await sftpBatch(server, login.name, `cd ${disk}`, ...commands);
			const written = readFileSync(join(disk, "filler"));
			assert.ok(bigBytes.subarray(0, written.length).equals(written), "not the beginning of what was sent");
			const more = await sftpBatch(
				server,
				login.name,
				`cd ${disk}`,
				"rm filler",
				"rm copy",
				"mkdir made",
				"rmdir made",
			);
			outcomes.push([
				result.status,
				answersOf(result).map(withoutClock),
				result.stderr.toString(),
				written.length,
			]);
			assert.equal(more.status, 0);
		}
		assert.deepEqual(outcomes[1], outcomes[0]);
		assert.match(String(outcomes[1]), /write remote .*: Failure/);
	});

	test("is reported to scp", async () => {
		const { bigFile } = surroundings.place(ownLogin(), LIGHT_LOAD);
		const args = ["-q", "-P", String(sshd.ports[0]), ...opensshOptions(sshd)];
		const { status, stderr } = await runCommand("scp", [
			...args,
			bigFile,
			`${login.name}@127.0.0.1:${disk}/filler`,
		]);
		assert.equal(status, 1);
		assert.match(stderr.toString(), /write remote .*filler": Failure/);
		rmSync(join(disk, "filler"));
	});

	test("is reported to paramiko in the system's words", async () => {
		const script = "test/e2e/clients/paramiko_full_disk.py";
		const printed = await mustRun("/usr/bin/python3", [
			"-B",
			script,
			String(sshd.ports[0]),
			login.name,
			sshd.keyFile,
			disk,
		]);
		assert.deepEqual(printed.split("\n"), ["No space left on device", String(DISK_BYTES), "room again", ""]);
	});
});

function withoutClock(line: string): string {
	return line.replace(RECENT_DATE, "NOW");
}
