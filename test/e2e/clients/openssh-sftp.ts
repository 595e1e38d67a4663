/*
 * OpenSSH's sftp with batch files: every command, with good and bad input. A leading
 * "-" lets a batch continue after a command that fails.
 */
import { writeFileSync } from "node:fs";
import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { runCommand } from "../../helpers/run-command.ts";
import { opensshOptions } from "../../helpers/sshd.ts";
import {
	assertBig,
	assertSucceeded,
	type Place,
	type Scenario,
	type Script,
	type Transcript,
} from "./scenario.ts";

export const opensshSftp: Scenario = {
	name: "sftp",
	packages: [],
	showsServerTexts: false,
	masks: [
		// `ls -l` shows a clock time only for recent files, so only for those made here.
		[RECENT_DATE, "NOW"],
		// df
		[/^ *[\d.]+[KMGT]?B?( +[\d.]+[KMGT]?B?)* +\d+%$/gm, "NUMBERS"],
	],
	run: (stage, transcript) =>
		runBatches(stage, transcript, [
			...["-P", String(stage.port), ...opensshOptions(stage.sshd)],
			`${stage.user}@127.0.0.1`,
		]),
};

/** The same without sshd: sftp starts the server itself. */
export function directSftp(server: string): Script<Place> {
	return { ...opensshSftp, run: (stage, transcript) => runBatches(stage, transcript, ["-D", server]) };
}

async function runBatches(
	stage: Place,
	transcript: Transcript,
	connection: readonly string[],
): Promise<void> {
	const sftp = (input: Buffer, ...more: string[]) =>
		runCommand("sftp", ["-q", "-b", "-", ...more, ...connection], { input, env: { HOME: stage.home } });
	writeFileSync(`${stage.local}/half`, stage.bigBytes.subarray(0, stage.bigBytes.length >> 1));
	transcript.command("metadata and changes", await sftp(batch(stage, [...METADATA, ...CHANGES])));
	transcript.command("transfers and odd names", await sftp(batch(stage, [...TRANSFERS, ...ODD])));
	if (!stage.brief) {
		transcript.command("stops at the first error", await sftp(batch(stage, ["rm nowhere", "pwd"])));
		transcript.command("small requests", await sftp(batch(stage, SMALL), "-B", "1000", "-R", "3"));
	}
	const big = await sftp(batch(stage, BIG));
	transcript.command("big", big);
	assertSucceeded("big", big);
	for (const name of ["down", "resumed", "again"]) assertBig(stage, `${stage.local}/${name}`);
	for (const name of ["big", "reput"]) assertBig(stage, `${stage.remote}/${name}`);
	transcript.command("many", await sftp(batch(stage, ["rm big", "rm reput", ...MANY])));
}

function batch(stage: Place, commands: readonly string[]): Buffer {
	const lines = [`lcd ${stage.local}`, `cd ${stage.served.remote}`, ...commands];
	const text = lines
		.map((line) => line.replace("REMOTE", stage.served.remote))
		.map((line) => line.replace("BIG", stage.bigFile).replace("MANY", stage.served.manyDirectory))
		.join("\n");
	return Buffer.from(`${text}\n`, "latin1");
}

const METADATA = [
	...["pwd", "lpwd", "version", "ls", "ls -1", "ls -l", "ls -la", "ls -ln", "ls -lh", "ls -lan tree"],
	...["ls -lt sizes", "ls -ltr sizes", "ls -lS sizes", "ls -lSr sizes", "ls -f tree", "ls -lf modes"],
	...[
		"ls sizes/3*",
		"ls -l */o*",
		"ls -1 [pt]*",
		"-ls nowhere",
		"-ls no*where",
		"ls -l plain.txt",
		"ls link",
	],
	...["ls -l dirlink", "ls -l dirlink/", "ls /dev/null", "df", "df -h", "df -i", "-df nowhere", "lls -d ."],
	...["-get dangling", "-get nowhere", "-get tree", "-put nowhere", "-ls -l modes/..", "help"],
	...[
		"cd tree/a/..",
		"pwd",
		"cd ..",
		"-cd nowhere",
		"-cd plain.txt",
		"-cd /nonexistent/x",
		"pwd",
		"cd",
		"pwd",
		"cd REMOTE",
	],
];

const CHANGES = [
	...[
		"mkdir new",
		"-mkdir new",
		"-mkdir no/where",
		"mkdir 'with blank'",
		"rmdir 'with blank'",
		"-rmdir tree",
	],
	...["-rmdir nowhere", "-rmdir plain.txt", "rename plain.txt renamed.txt", "-rename nowhere x"],
	...["rename renamed.txt new/plain.txt", "-rename -l new/plain.txt link", "rename new/plain.txt plain.txt"],
	...[
		"ln plain.txt hard",
		"-ln plain.txt hard",
		"-ln nowhere x",
		"ln -s plain.txt soft",
		"-ln -s plain.txt soft",
	],
	...["ln -s /absolute/nowhere soft2", "chmod 600 plain.txt", "chmod 711 new", "-chmod 600 nowhere"],
	...["chmod 4711 hard", "-chmod -h 600 soft", "chmod 640 sizes/3*", "-chown 0 plain.txt", "-chown 1 hard"],
	...["-chgrp 1 hard", "-chown -h 2 soft", "-chgrp -h 2 soft", "-chown 1 nowhere", "cp plain.txt copied.txt"],
	...[
		"cp sizes/1048576 copied",
		"-cp nowhere x",
		"-cp tree x",
		"-cp plain.txt no/where",
		"rename tree/a tree/z",
	],
	...[
		"rename tree new",
		"-rename new modes",
		"rename new tree",
		"rename tree/z tree/a",
		"rm hard",
		"-rm hard",
	],
	...["-rm tree", "rm sizes/2*", "ls -l", "ls -l tree", "ls -l sizes"],
];

const TRANSFERS = [
	...["get plain.txt", "get plain.txt other.txt", "get -p modes/755 mode", "get sizes/*", "get -r tree"],
	...["get -pr tree preserved", "get -f plain.txt flushed", "get link linked.txt", "-get dangling x"],
	...[
		"put plain.txt put.txt",
		"put -p mode put-mode",
		"put -f plain.txt put-flushed",
		"mkdir up",
		"put -r tree up",
	],
	...[
		"put -pr preserved up",
		"-put -r tree nowhere/x",
		"-put plain.txt no/where",
		"-put plain.txt tree/one/x",
	],
	...["get -r dirlink followed", "-reput preserved", "-reget tree", "-reget plain.txt", "-reput plain.txt"],
	...[
		"-get /dev/null null",
		"-put /dev/null empty",
		"ls -l up",
		"ls -l up/tree",
		"get /proc/version version",
	],
];

const ODD = [
	...[
		"cd odd",
		"ls -1",
		"ls -la",
		"mkdir got",
		'get "emoji-\xf0\x9f\x98\x80"',
		"get bytes-fffe80-\xff\xfe\x80",
	],
	...[
		"get new?line",
		"get 'quo\\'te\"s'",
		"get back?slash",
		`get ${"n".repeat(255)}`,
		"get ' leading blank'",
	],
	...["get ./-dash", "get st?r?a??", "put bytes-fffe80-\xff\xfe\x80 got/\xff", "put new?line got"],
	...[
		`-put ./-dash got/${"m".repeat(255)}`,
		`-put plain.txt ${"m".repeat(256)}`,
		`-mkdir ${"m".repeat(256)}`,
	],
	...[
		"rename got/\xff got/\xfe",
		"ln -s \xff\xfe got/\xfd",
		"rm n*line",
		"ls -la got",
		`-cd ${"d/".repeat(900)}x`,
	],
];

const SMALL = [
	"get sizes/1048576 small",
	"put small small-requests",
	"-reget sizes/1048576 small",
	"ls -l small-requests",
];

const BIG = [
	...[
		"put BIG big",
		"get big down",
		"!cp half resumed",
		"reget big resumed",
		"put half reput",
		"!cp down again",
	],
	...["reput again reput", "put -p BIG big", "get -p big again"],
];

const MANY = ["ls -1 MANY", "get -r MANY got-many", "put -r got-many put-many", "ls -ln put-many"];
