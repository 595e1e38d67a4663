/* PuTTY's psftp in batch mode, with the same key in PuTTY's own format. */
import { writeFileSync } from "node:fs";
import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { mustRun, runCommand } from "../../helpers/run-command.ts";
import { assertBig, type Scenario } from "./scenario.ts";

export const psftp: Scenario = {
	name: "psftp",
	packages: ["putty-tools"],
	showsServerTexts: true,
	masks: [[RECENT_DATE, "NOW"]],
	async run(stage, transcript) {
		const key = `${stage.home}/key.ppk`;
		const env = { HOME: stage.home };
		await mustRun("puttygen", [stage.sshd.keyFile, "-O", "private", "-o", key], { env });
		const lines = [
			`cd ${stage.served.remote}`,
			`lcd ${stage.local}`,
			...SCRIPT,
			`put ${stage.bigFile} big`,
			"get big down",
			`!head -c ${stage.bigBytes.length >> 1} ${stage.bigFile} > half`,
			"reget big half",
			"!cp half again",
			"put half half-up",
			"reput again half-up",
			`ls ${stage.served.manyDirectory}`,
			...(stage.brief ? [`get -r ${stage.served.manyDirectory} many`] : []),
		];
		writeFileSync(`${stage.home}/batch`, `${lines.join("\n")}\n`, "latin1");
		const args = [
			"-batch",
			"-be",
			"-b",
			`${stage.home}/batch`,
			"-hostkey",
			stage.sshd.hostKeyFingerprint,
			"-i",
			key,
		];
		const result = await runCommand("psftp", [...args, "-P", String(stage.port), `${stage.user}@127.0.0.1`], {
			input: Buffer.from(`${lines.join("\n")}\n`, "latin1"),
			env,
			cwd: stage.local,
		});
		transcript.command("session", result);
		for (const file of ["local/down", "local/half", "remote/big", "remote/half-up"])
			assertBig(stage, `${stage.directory}/${file}`);
	},
};

const SCRIPT = [
	...[
		"pwd",
		"lpwd",
		"dir",
		"ls tree",
		"ls sizes/3*",
		"ls odd",
		"ls nowhere",
		"ls plain.txt",
		"cd nowhere",
		"cd tree",
		"cd ..",
	],
	...[
		"get plain.txt",
		"get plain.txt other",
		"get nowhere",
		"get tree",
		"get -r tree got-tree",
		"mget sizes/*",
		"get link",
	],
	...[
		"get dangling x",
		'get "odd/ leading blank" blank',
		"get odd/emoji-\xf0\x9f\x98\x80 emoji",
		"get odd/bytes-fffe80-\xff\xfe\x80 ff",
	],
	...[
		"put plain.txt put.txt",
		"put other no/where",
		"put nowhere",
		"put -r got-tree up-tree",
		"mput other blank",
		"put ff \xff\xfe",
	],
	...[
		"mkdir made",
		"mkdir made",
		"rmdir made",
		"rmdir tree",
		"rmdir nowhere",
		"mv put.txt moved.txt",
		"mv nowhere x",
	],
	...[
		"mv moved.txt plain.txt",
		"ren moved.txt put.txt",
		"del put.txt",
		"rm nowhere",
		"rm sizes/2*",
		"chmod 600 plain.txt",
	],
	...[
		"chmod u+x,g-r plain.txt",
		"chmod 600 nowhere",
		"chmod -R 600 x",
		"ls",
		"help mv",
		"get /proc/version version",
	],
];
