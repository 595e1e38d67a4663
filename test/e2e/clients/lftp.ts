/* lftp: mirror in both directions, and its shell-like commands. */

import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { runCommand } from "../../helpers/run-command.ts";
import { opensshOptions } from "../../helpers/sshd.ts";
import { assertBig, type Scenario } from "./scenario.ts";

export const lftp: Scenario = {
	name: "lftp",
	packages: ["lftp"],
	showsServerTexts: true,
	masks: [
		[RECENT_DATE, "NOW"],
		[/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g, "NOW"],
		[/ in \d+ seconds?( \([^)]*\))?/g, " in TIME"],
		[/ \([\d.]+ ?[KMG]?i?B?\/s\)/g, " (SPEED)"],
	],
	async run(stage, transcript) {
		const lines = [
			`set sftp:connect-program "ssh -a -x ${opensshOptions(stage.sshd).join(" ")}"`,
			"set cmd:fail-exit no; set net:max-retries 1; set xfer:use-temp-file no; set ftp:list-options -a",
			`open -u ${stage.user}, -p ${stage.port} sftp://127.0.0.1; lcd ${stage.local}; cd ${stage.served.remote}`,
			...SCRIPT,
			`put ${stage.bigFile} -o big`,
			`!head -c ${stage.bigBytes.length >> 1} ${stage.bigFile} > resumed`,
			"get big -o down; get -c big -o resumed; mv big bigger; pget -n 4 bigger -o segments",
			`cls -1 ${stage.served.manyDirectory}; mirror ${stage.served.manyDirectory} many`,
		];
		const run = (text: string) =>
			runCommand("lftp", [], { input: text, env: { HOME: stage.home }, cwd: stage.local });
		transcript.command("session", await run(`${lines.join("\n")}\n`));
		for (const file of ["local/down", "local/resumed", "local/segments", "remote/bigger"])
			assertBig(stage, `${stage.directory}/${file}`);
		transcript.command("clean up", await run([...lines.slice(0, 3), "rm bigger", ""].join("\n")));
	},
};

const SCRIPT = [
	...[
		"pwd",
		"ls",
		"cls -l tree modes",
		"cls -1 --sort=size sizes",
		"cls odd",
		"find tree",
		"du -a tree",
		"cat plain.txt",
	],
	...[
		"mirror tree down-tree",
		"mirror odd down-odd",
		"mirror -v modes down-modes",
		"mirror -R down-tree up-tree",
	],
	...[
		"mirror -Rv down-odd up-odd",
		"!touch down-tree/added; rm down-tree/one",
		"mirror -R -e --verbose=3 down-tree up-tree",
	],
	...[
		"mirror -e --only-newer up-tree down-tree",
		"mirror --dry-run sizes down-sizes",
		"mirror -P 4 sizes down-sizes",
	],
	...[
		"get plain.txt",
		"get nowhere",
		"mget sizes/3*",
		"put plain.txt -o put.txt",
		"put nowhere",
		"put plain.txt -o no/where",
	],
	...[
		"mv put.txt moved.txt",
		"mv nowhere x",
		"mv moved.txt plain.txt",
		"mkdir made",
		"mkdir made",
		"mkdir -p a/b/c",
	],
	...[
		"rmdir made",
		"rmdir tree",
		"rm nowhere",
		"rm sizes/1",
		"rm -r up-odd",
		"chmod 600 plain.txt",
		"chmod -R 700 a",
	],
	...[
		"ln -s plain.txt soft",
		"ln plain.txt hard",
		"ln plain.txt hard",
		"cat link dangling",
		"cd nowhere",
		"cd tree; pwd; cd ..",
	],
	...["glob echo */o*", "mrm sizes/2*", "cls -l", "get /proc/version -o version"],
];
