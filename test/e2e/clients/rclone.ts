/* rclone: sync, check, and its single commands. */
import { type CommandResult, runCommand } from "../../helpers/run-command.ts";
import { assertBig, type Scenario, type Stage } from "./scenario.ts";

export const rclone: Scenario = {
	name: "rclone",
	packages: ["rclone"],
	showsServerTexts: true,
	masks: [
		[/^(Elapsed time|Transferred):.*$/gm, "$1"],
		[/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?/g, "TIME"],
		[/^(Total|Used|Free|Objects): .*$/gm, "$1"],
	],
	async run(stage, transcript) {
		const env = {
			HOME: stage.home,
			RCLONE_CONFIG_E_TYPE: "sftp",
			RCLONE_CONFIG_E_HOST: "127.0.0.1",
			RCLONE_CONFIG_E_PORT: String(stage.port),
			RCLONE_CONFIG_E_USER: stage.user,
			RCLONE_CONFIG_E_KEY_FILE: stage.sshd.keyFile,
			RCLONE_CONFIG_E_KNOWN_HOSTS_FILE: stage.sshd.knownHostsFile,
			// No checksums by programs of the remote shell: the bytes come through the server.
			RCLONE_CONFIG_E_DISABLE_HASHCHECK: "true",
			RCLONE_CONFIG_E_SHELL_TYPE: "none",
			RCLONE_CONFIG: `${stage.home}/rclone.conf`,
		};
		const at = `e:${stage.served.remote}`;
		for (const command of commands(stage)) {
			const args = command.map((word) => word.replace(/^@/, `${at}/`));
			const fixed = ["--retries=1", "--low-level-retries=1", "--stats=0", "--transfers=4"];
			transcript.command(
				command.join(" "),
				sortedLines(await runCommand("rclone", [...args, ...fixed], { env, cwd: stage.local })),
			);
			if (command[2] === "@big") assertBig(stage, `${stage.remote}/big`);
			if (command[1] === "@big") assertBig(stage, `${stage.local}/down`);
		}
	},
};

/** How its log lines begin. */
const CLOCK = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /gm;

/** rclone works on several files at once and reports each as it is done. */
function sortedLines(result: CommandResult): CommandResult {
	const sorted = (text: Buffer) => {
		const lines = text.toString("latin1").replace(CLOCK, "").split("\n");
		return Buffer.from(lines.sort().join("\n"), "latin1");
	};
	return { ...result, stdout: sorted(result.stdout), stderr: sorted(result.stderr) };
}

function commands({ brief, served, bigFile }: Stage): string[][] {
	return [
		["sync", "-v", "@", "synced"],
		["check", "--download", "@", "synced"],
		["copyto", bigFile, "@big"],
		["copyto", "@big", "down"],
		["deletefile", "@big"],
		...(brief ? [] : [["lsf", `e:${served.manyDirectory}`], ...RARER]),
	];
}

const RARER = [
	["lsl", "@"],
	["lsf", "-R", "--format", "pst", "@tree"],
	["sync", "-v", "@tree", "@odd"],
	["sync", "-v", "synced", "@up"],
	["check", "--download", "synced", "@up"],
	["check", "@tree", "@up/tree"],
	["copyto", "@plain.txt", "copied.txt"],
	["copyto", "@nowhere", "x"],
	["moveto", "@plain.txt", "@moved.txt"],
	["touch", "--timestamp", "2002-03-04T05:06:07", "@touched"],
	["mkdir", "@made"],
	["rmdir", "@made"],
	["rmdir", "@tree"],
	["deletefile", "@sizes/1"],
	["purge", "@up"],
	["size", "@sizes"],
	["cat", "@tree/one", "--offset", "2", "--count", "3"],
	["about", "@"],
];
