/* WinSCP's requests, which its own program can make on Windows alone. */
import assert from "node:assert/strict";
import { runCommand } from "../../helpers/run-command.ts";
import type { Scenario } from "./scenario.ts";

export const winscpLike: Scenario = {
	name: "WinSCP's requests",
	packages: ["python3-paramiko"],
	showsServerTexts: true,
	masks: [],
	async run({ sshd, port, user, local, served, home }, transcript) {
		const script = "test/e2e/clients/winscp_like.py";
		const args = ["-B", script, String(port), user, sshd.keyFile, local, served.remote];
		const result = await runCommand("/usr/bin/python3", args, { env: { HOME: home } });
		transcript.command("session", result);
		assert.equal(result.status, 0);
		const said = result.stdout.toString();
		assert.match(said, /^starts at an absolute path True$/m);
		assert.match(said, /^download sizes\/1048576 -> True$/m);
		assert.match(said, /^upload over it -> \('0o100640', 1048576, 1000000001\)$/m);
		assert.match(said, /^remove a tree -> None$/m);
	},
};
