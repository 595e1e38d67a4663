/*
 * Every client runs its script against this server with its user's home as the root, and
 * against OpenSSH's server in a chroot of the same directory, through the same sshd. What
 * the client prints and what is on the disk afterwards must be the same.
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Account, createAccount } from "../helpers/accounts.ts";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { answersOf, sftpBatch } from "../helpers/sftp-batch.ts";
import type { Sshd } from "../helpers/sshd.ts";
import { buildChrooted } from "../helpers/worlds.ts";
import { SCENARIOS } from "./clients/list.ts";
import { assertSameLines, outcome } from "./compare.ts";
import { LIGHT_LOAD, Surroundings } from "./setup.ts";

const skip = unlessInstalled(...SSHD_PACKAGES) || unlessRoot();

describe("the matrix of clients, in a root", { concurrency: 2, skip }, () => {
	const surroundings = new Surroundings();
	let sshd: Sshd;
	let account: Account;
	before(async () => {
		const { directory, server } = surroundings;
		account = await createAccount(directory);
		const library = join(directory, "chrooted.so");
		copyFileSync(buildChrooted(), library);
		const chrooted = `LD_PRELOAD=${library} CHROOTED_IN=${directory} CHROOTED_AS=${account.uid}:${account.gid}`;
		sshd = await surroundings.sshd({
			subsystem: server.line,
			portCount: 2,
			config: ([port, peerPort]) => [
				`Match User ${account.name} LocalPort ${port}`,
				`ForceCommand ${server.line} --root %d`,
				`Match LocalPort ${peerPort}`,
				`ForceCommand /usr/bin/env ${chrooted} ${OPENSSH_SERVER}`,
			],
		});
	});
	after(async () => {
		await account.remove();
		await surroundings.close();
	});

	test("sftp starts in `/`", async () => {
		const result = await sftpBatch(sshd, account.name, "pwd", "cd ../..", "pwd");
		assert.equal(result.status, 0);
		assert.deepEqual(answersOf(result), ["Remote working directory: /", "Remote working directory: /"]);
	});

	for (const scenario of SCENARIOS)
		test(`${scenario.name} does and prints the same as in a chroot`, {
			skip: unlessInstalled(...scenario.packages),
		}, async () => {
			const [port, peerPort] = sshd.ports;
			assert.ok(port !== undefined && peerPort !== undefined);
			const ours = surroundings.rootedStage(sshd, port, account, LIGHT_LOAD);
			/* Its server becomes the account in the chroot. */
			const peer = { ...surroundings.rootedStage(sshd, peerPort, account, LIGHT_LOAD), user: "root" };
			const named = (lines: readonly string[], user: string) =>
				lines.map((line) =>
					line
						.replace(new RegExp(`\\b${user}(:?@127\\.0\\.0\\.1)`, "g"), "USER$1")
						.replace(`"${user}"`, "USER"),
				);
			const [own, theirs] = await Promise.all([outcome(scenario, ours), outcome(scenario, peer)]);
			assertSameLines(named(own, account.name), named(theirs, "root"));
		});
});
