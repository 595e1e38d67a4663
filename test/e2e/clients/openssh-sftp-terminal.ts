/*
 * OpenSSH's sftp on a terminal, as a person uses it: prompts, completion of
 * remote names by the tab key, the progress meter.
 */

import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { runCommand } from "../../helpers/run-command.ts";
import { opensshOptions } from "../../helpers/sshd.ts";
import type { Scenario } from "./scenario.ts";

export const opensshSftpTerminal: Scenario = {
	name: "sftp on a terminal",
	// Python comes with it.
	packages: ["python3-paramiko"],
	showsServerTexts: false,
	masks: [
		// The meter redraws itself every second, with speed and time.
		[/\r[^\r\n]* \d+% [^\r\n]*/g, ""],
		[RECENT_DATE, "NOW"],
	],
	async run(stage, transcript) {
		const sftp = ["sftp", "-P", String(stage.port), ...opensshOptions(stage.sshd), `${stage.user}@127.0.0.1`];
		const input = [`cd ${stage.served.remote}`, `lcd ${stage.local}`, ...COMMANDS].join("\n");
		const args = ["test/e2e/clients/terminal_session.py", ...sftp];
		transcript.command(
			"session",
			await runCommand("/usr/bin/python3", args, { input, env: { TERM: "dumb" } }),
		);
	},
};

// \t stands for the tab key.
const COMMANDS = [
	...[
		"pwd",
		"ls",
		"ls -l pla\t",
		"get pla\tgot",
		"get siz\t1048\tlarge",
		"put got mod\tput",
		"ls mo\t",
		"cd tr\t",
	],
	...["pwd", "cd nowhere", "cd ..", "rm d\t", "get -r tree", "progress", "get sizes/32769", "version", "bye"],
];
