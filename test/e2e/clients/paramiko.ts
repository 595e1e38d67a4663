/* Python's paramiko, which shows the text of a status. */
import assert from "node:assert/strict";
import { runCommand } from "../../helpers/run-command.ts";
import type { Scenario } from "./scenario.ts";

export const paramiko: Scenario = {
	name: "paramiko",
	packages: ["python3-paramiko"],
	showsServerTexts: true,
	masks: [],
	async run(stage, transcript) {
		const { sshd, port, user, remote, local, bigFile, served } = stage;
		const script = "test/e2e/clients/paramiko_session.py";
		const paths = [remote, local, bigFile, served.remote, served.manyDirectory];
		const args = ["-B", script, String(port), user, sshd.keyFile, ...paths];
		// Debian's Python, which has Debian's paramiko, instead of another that may come first in PATH.
		const result = await runCommand("/usr/bin/python3", args, { env: { HOME: stage.home } });
		transcript.command("session", result);
		assert.match(result.stdout.toString(), /^same True$/m);
	},
};
