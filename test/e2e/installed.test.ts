/*
 * The server installed by `npm install -g` of the packed tarball and by `npm run
 * install:system`, run by a real sshd: behaves as OpenSSH's.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { canMakeAccounts } from "../helpers/accounts.ts";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { mustRun } from "../helpers/run-command.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { answersOf, sftpBatch } from "../helpers/sftp-batch.ts";
import { SCENARIOS } from "./clients/list.ts";
import { opensshScp } from "./clients/openssh-scp.ts";
import { opensshSftp } from "./clients/openssh-sftp.ts";
import type { Scenario } from "./clients/scenario.ts";
import { assertSameLines, outcome } from "./compare.ts";
import { LIGHT_LOAD, type Login, ownLogin, Surroundings } from "./setup.ts";

// npm needs the developer's settings (registry, cache), which other programs in these tests must not see.
const npmEnvironment: Record<string, string> = {};
for (const [name, value] of Object.entries(process.env))
	if (value !== undefined) npmEnvironment[name] = value;

const skip = unlessInstalled(...SSHD_PACKAGES);

describe("the installed server", { skip }, () => {
	const surroundings = new Surroundings();
	const prefix = join(surroundings.directory, "prefix");
	let login: Login;

	before(async () => {
		mkdirSync(prefix, { mode: 0o755 });
		login = canMakeAccounts ? await surroundings.account() : ownLogin();
	});
	after(() => surroundings.close());

	const npm = (...args: string[]) => mustRun("npm", args, { env: npmEnvironment });

	test("by npm install -g of the tarball does and prints the same as OpenSSH's to every client", async () => {
		// dist/ is built; a second build would change it under the tests that run at the same time.
		const packed = await npm(
			"pack",
			"--ignore-scripts",
			"--json",
			"--pack-destination",
			surroundings.directory,
		);
		const tarball = /"filename": "([^"]+)"/.exec(packed)?.[1];
		assert.ok(tarball !== undefined, packed);
		await npm("install", "-g", "--prefix", prefix, join(surroundings.directory, tarball));
		await compare(`${process.execPath} ${join(prefix, "bin/sftp-server")}`, SCENARIOS);
	});

	test("by npm run install:system does and prints the same as OpenSSH's, whatever PATH a session has", async () => {
		const printed = await npm("run", "--silent", "install:system", "--", `--prefix=${prefix}`);
		const executable = /^Subsystem sftp (\S+)$/m.exec(printed)?.[1];
		assert.ok(executable?.startsWith(prefix), printed);
		await compare(`PATH=/nonexistent exec ${executable}`, [opensshSftp, opensshScp]);
	});

	test("by npm run install:system can be a login shell", {
		skip: unlessRoot(),
	}, async () => {
		const printed = await npm("run", "--silent", "install:system", "--", `--prefix=${prefix}`);
		const executable = /^Subsystem sftp (\S+)$/m.exec(printed)?.[1];
		const account = await surroundings.account(executable);
		const sshd = await surroundings.sshd({ subsystem: "internal-sftp-is-not-run" });
		const result = await sftpBatch(sshd, account.name, "pwd", "mkdir made");
		assert.deepEqual([result.status, answersOf(result)], [0, [`Remote working directory: ${account.home}`]]);
	});

	/** The scripts of the clients that are installed; the matrix reports those that are not. */
	async function compare(subsystem: string, scenarios: readonly Scenario[]): Promise<void> {
		chmodSync(prefix, 0o755);
		const sshd = await surroundings.sshd({
			subsystem,
			portCount: 2,
			config: ([, peerPort]) => [`Match LocalPort ${peerPort}`, `ForceCommand ${OPENSSH_SERVER}`],
		});
		for (const scenario of scenarios.filter(({ packages }) => unlessInstalled(...packages) === false)) {
			const [ours, peer] = await Promise.all(
				sshd.ports.map((port) => outcome(scenario, surroundings.stage(sshd, port, login, LIGHT_LOAD))),
			);
			assertSameLines(ours ?? [], peer ?? ["nothing"]);
		}
	}
});
