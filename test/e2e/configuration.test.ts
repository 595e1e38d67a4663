/*
 * The configuration file under a real sshd: Match for users, groups, addresses
 * and ports, sessions of a login shell, and files that must not be trusted.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Account } from "../helpers/accounts.ts";
import { SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";
import { answersOf } from "../helpers/sftp-batch.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { Surroundings } from "./setup.ts";

const skip = unlessInstalled(...SSHD_PACKAGES) || unlessRoot();

describe("the configuration file under sshd", { skip }, () => {
	const surroundings = new Surroundings();
	const { directory, server } = surroundings;
	/* Not below /tmp, where everyone may create files. */
	const trusted = mkdtempSync("/run/sftp-e2e-");
	const config = join(trusted, "config");
	const shell = join(trusted, "shell");
	let reader: Account;
	let member: Account;
	let stranger: Account;
	let careless: Account;
	let forced: Account;
	let shellUser: Account;
	let sshd: Sshd;

	before(async () => {
		chmodSync(trusted, 0o755);
		mkdirSync(join(directory, "in"), { mode: 0o777 });
		chmodSync(join(directory, "in"), 0o777);
		writeFileSync(shell, `#!/bin/sh\nexec ${server.line} --config ${config} "$@"\n`, { mode: 0o755 });
		reader = await surroundings.account();
		member = await surroundings.account();
		stranger = await surroundings.account();
		careless = await surroundings.account();
		shellUser = await surroundings.account(shell);
		forced = await surroundings.account();
		const group = await surroundings.group();
		await group.add(member);
		writeFileSync(join(careless.home, "config"), "ReadOnly no\n", { mode: 0o666 });
		sshd = await surroundings.sshd({
			subsystem: `${server.line} --config ${config}`,
			portCount: 2,
			config: () => [
				"PermitUserEnvironment yes",
				"AcceptEnv SSH_CONNECTION",
				`Match User ${careless.name}`,
				`ForceCommand ${server.line} --config ${join(careless.home, "config")}`,
			],
		});
		const [, secondPort] = sshd.ports;
		writeFileSync(
			config,
			[
				`Match User ${reader.name},${shellUser.name}`,
				"    ReadOnly yes",
				`Match Group ${group.name}`,
				`    StartDirectory ${directory}/in`,
				`    Confine ${directory}/in`,
				`Match User ${forced.name}`,
				"    ForceFileMode 0640",
				"    ForceDirectoryMode 0711",
				"Match Address 127.0.0.2,!127.0.0.1",
				"    DeniedRequests mkdir",
				`Match LocalPort ${secondPort} LocalAddress 127.0.0.0/8`,
				"    Umask 077",
				"Match Address 10.0.0.0/8,2001:db8::/32",
				"    ReadOnly yes",
				"",
			].join("\n"),
		);
	});
	after(async () => {
		await surroundings.close();
		rmSync(trusted, { recursive: true });
	});

	interface Where {
		readonly port?: number;
		readonly from?: string;
		readonly options?: readonly string[];
	}

	function sftp(user: Account, commands: readonly string[], where: Where = {}): Promise<CommandResult> {
		const { port = 0, from = "127.0.0.1", options = [] } = where;
		const common = [...opensshOptions(sshd), "-o", `BindAddress=${from}`, "-P", String(sshd.ports[port])];
		const input = `${commands.join("\n")}\n`;
		return runCommand("sftp", ["-q", ...common, ...options, "-b", "-", `${user.name}@127.0.0.1`], { input });
	}

	test("a block for a user applies to that user and no other", async () => {
		assert.match(`${(await sftp(reader, ["mkdir made"])).stderr}`, /Permission denied/);
		const { status, stderr } = await sftp(stranger, ["mkdir made"]);
		assert.deepEqual([status, `${stderr}`], [0, ""]);
	});

	test("a block for a group applies to its members: they start in a directory, and see nothing else", async () => {
		const inside = await sftp(member, ["pwd", "mkdir made", "-ls /etc"]);
		assert.deepEqual(answersOf(inside), [`Remote working directory: ${directory}/in`]);
		assert.match(`${inside.stderr}`, /Permission denied|not found/);
		assert.ok(statSync(join(directory, "in/made")).isDirectory());
		const outside = await sftp(stranger, ["pwd", "ls /etc/passwd"]);
		const answers = answersOf(outside).map((line) => line.trimEnd());
		assert.deepEqual(answers, [`Remote working directory: ${stranger.home}`, "/etc/passwd"]);
	});

	test("clients that preserve modes get forced modes without an error", async () => {
		const local = join(directory, "local");
		mkdirSync(join(local, "tree"), { recursive: true, mode: 0o755 });
		writeFileSync(join(local, "tree/file"), "content", { mode: 0o600 });
		chmodSync(join(local, "tree"), 0o700);
		const { status, stderr } = await sftp(forced, [
			`put -pR ${local}/tree by-sftp`,
			"chmod 777 by-sftp/file",
		]);
		assert.deepEqual([status, `${stderr}`], [0, ""]);
		const target = `${forced.name}@127.0.0.1:by-scp`;
		const scp = ["-s", "-q", "-p", "-r", "-P", String(sshd.ports[0]), ...opensshOptions(sshd)];
		const copied = await runCommand("scp", [...scp, join(local, "tree"), target]);
		assert.deepEqual([copied.status, `${copied.stderr}`], [0, ""]);
		for (const name of ["by-sftp", "by-scp"]) {
			const modes = [name, `${name}/file`].map((one) => statSync(join(forced.home, one)).mode & 0o7777);
			assert.deepEqual(modes, [0o711, 0o640], name);
		}
	});

	test("a block for an address applies to clients from there", async () => {
		const { status, stderr } = await sftp(stranger, ["mkdir from-2"], { from: "127.0.0.2" });
		assert.match(`${stderr}`, /Permission denied/);
		assert.notEqual(status, 0);
		assert.equal((await sftp(stranger, ["mkdir from-1"])).status, 0);
		/* sshd sets the variable after those from the user's file and from the client. */
		const forged = `SSH_CONNECTION=127.0.0.1 40000 127.0.0.1 ${sshd.ports[0]}`;
		mkdirSync(join(stranger.home, ".ssh"));
		writeFileSync(join(stranger.home, ".ssh/environment"), `${forged}\n`);
		const again = await sftp(stranger, ["mkdir again"], {
			from: "127.0.0.2",
			options: ["-o", `SetEnv="${forged}"`],
		});
		assert.match(`${again.stderr}`, /Permission denied/);
	});

	test("a block for a port applies to connections to it", async () => {
		assert.equal((await sftp(stranger, ["mkdir second"], { port: 1 })).status, 0);
		assert.equal((await sftp(stranger, ["mkdir first"])).status, 0);
		const modes = ["second", "first"].map((name) => statSync(join(stranger.home, name)).mode & 0o777);
		assert.deepEqual(modes, [0o700, 0o755]);
	});

	test("it applies to a user whose login shell is the server", async () => {
		const { stderr } = await sftp(shellUser, ["ls", "-mkdir made"]);
		assert.match(`${stderr}`, /Permission denied/);
	});

	test("no session starts when the user can write the file, and its path is not shown", async () => {
		const { status, stdout, stderr } = await sftp(careless, ["ls"]);
		assert.notEqual(status, 0);
		assert.doesNotMatch(`${stdout}${stderr}`, /config$|\/home-/m);
	});

	test("an error in the file ends every session", async () => {
		const text = readFileSync(config, "utf8");
		writeFileSync(config, `${text}Match User nobody-here\n    ReadOnly maybe\n`);
		for (const user of [reader, stranger]) assert.notEqual((await sftp(user, ["pwd"])).status, 0);
		writeFileSync(config, text);
		assert.equal((await sftp(stranger, ["pwd"])).status, 0);
	});
});
