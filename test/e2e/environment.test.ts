/*
 * Variables that a client or a user sets where AcceptEnv and
 * PermitUserEnvironment allow everything: none of them runs code in an installed
 * server.
 */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Account } from "../helpers/accounts.ts";
import { type InstalledServer, installServer } from "../helpers/installed-server.ts";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { mustRun, runCommand } from "../helpers/run-command.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { Surroundings } from "./setup.ts";

const skip =
	unlessInstalled(...SSHD_PACKAGES) ||
	unlessRoot() ||
	(process.env["SFTP_SERVER_UNDER_TEST"] !== undefined && "compares two servers of its own");

/** Writes a mark when a process loads the library. */
const LIBRARY = `
#include <fcntl.h>
__attribute__((constructor)) static void loaded(void) { open(MARK, O_WRONLY | O_CREAT, 0600); }
int OSSL_provider_init(const void *a, const void *b, const void **c, void **d) { return 0; }
`;

describe("an environment chosen by the client", { skip }, () => {
	const surroundings = new Surroundings();
	let installed: InstalledServer;
	let sshd: Sshd;
	/** Users with a forced command, by what it is, and with a login shell. */
	let forced: { readonly installed: Account; readonly unpatched: Account };
	let shell: { readonly installed: Account; readonly openssh: Account };
	let attacks: Readonly<Record<string, string>>;
	const mark = join(surroundings.directory, "marks/mark");

	before(async () => {
		const { directory, server } = surroundings;
		mkdirSync(join(directory, "marks"));
		chmodSync(join(directory, "marks"), 0o1777);
		installed = await installServer(join(directory, "system"));
		forced = { installed: await surroundings.account(), unpatched: await surroundings.account() };
		shell = {
			installed: await surroundings.account(installed.executable),
			openssh: await surroundings.account(OPENSSH_SERVER),
		};
		attacks = await prepareAttacks(directory);
		sshd = await surroundings.sshd({
			subsystem: installed.executable,
			config: () => [
				"AcceptEnv *",
				"PermitUserEnvironment yes",
				`Match User ${forced.installed.name}`,
				`ForceCommand ${installed.executable}`,
				`Match User ${forced.unpatched.name}`,
				`ForceCommand ${server.line}`,
			],
		});
	});
	after(() => surroundings.close());

	async function prepareAttacks(directory: string): Promise<Record<string, string>> {
		const at = (name: string): string => join(directory, name);
		const script = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "")`;
		writeFileSync(at("required.cjs"), script);
		writeFileSync(
			at("imported.mjs"),
			`import { createRequire } from "node:module";
			const require = createRequire(import.meta.url); ${script}`,
		);
		writeFileSync(at("library.c"), LIBRARY);
		const flags = ["-shared", "-fPIC", "-w", `-DMARK="${mark}"`];
		await mustRun("cc", [...flags, at("library.c"), "-o", at("library.so")]);
		writeFileSync(
			at("openssl.cnf"),
			`nodejs_conf = conf\n[conf]\nproviders = list\n[list]\nown = one\n[one]\nmodule = ${at("library.so")}\nactivate = 1\n`,
		);
		return {
			"NODE_OPTIONS --require": `NODE_OPTIONS=--require=${at("required.cjs")}`,
			"NODE_OPTIONS --import": `NODE_OPTIONS=--import=${at("imported.mjs")}`,
			OPENSSL_CONF: `OPENSSL_CONF=${at("openssl.cnf")}`,
			LD_PRELOAD: `LD_PRELOAD=${at("library.so")}`,
		};
	}

	/** Whether a session of the user has run the variable's code. */
	async function runsCode(account: Account, variable: string | undefined): Promise<boolean> {
		rmSync(mark, { force: true });
		const session = await runCommand(
			"sftp",
			[
				...["-q", "-b", "-", "-P", String(sshd.ports[0])],
				...(variable === undefined ? [] : ["-o", `SetEnv=${variable}`]),
				...[...opensshOptions(sshd), `${account.name}@127.0.0.1`],
			],
			{ input: "pwd\n" },
		);
		/* An attacked session may end in any way. */
		const ranCode = existsSync(mark);
		if (!ranCode) assert.equal(session.status, 0, `${session.stderr}${sshd.log()}`);
		return ranCode;
	}

	for (const name of ["NODE_OPTIONS --require", "NODE_OPTIONS --import", "OPENSSL_CONF"])
		test(`${name} runs code in a server without a launcher, but not in an installed one`, async () => {
			assert.equal(await runsCode(forced.unpatched, attacks[name]), true, "the attack works");
			assert.equal(await runsCode(forced.installed, attacks[name]), false);
		});

	test("~/.ssh/environment does not run code in an installed server", async () => {
		for (const [account, works] of [
			[forced.unpatched, true],
			[forced.installed, false],
		] as const) {
			mkdirSync(join(account.home, ".ssh"));
			writeFileSync(join(account.home, ".ssh/environment"), `${attacks["NODE_OPTIONS --require"]}\n`);
			assert.equal(await runsCode(account, undefined), works);
		}
	});

	test("LD_PRELOAD runs code in OpenSSH's server as a login shell, but not in an installed one", async () => {
		assert.equal(await runsCode(shell.openssh, attacks["LD_PRELOAD"]), true, "the attack works");
		assert.equal(await runsCode(shell.installed, attacks["LD_PRELOAD"]), false);
	});
});
