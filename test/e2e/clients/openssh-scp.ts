/*
 * OpenSSH's scp, which uses SFTP since version 9: up, down, recursive, with times,
 * odd names, and from remote to remote through this machine. A shell script, since
 * only a shell can pass scp names that are not UTF-8.
 */
import { runCommand } from "../../helpers/run-command.ts";
import { opensshOptions } from "../../helpers/sshd.ts";
import { assertBig, type Scenario, type Stage } from "./scenario.ts";

export const opensshScp: Scenario = {
	name: "scp",
	packages: [],
	showsServerTexts: false,
	masks: [],
	async run(stage, transcript) {
		const shell = (script: string) =>
			runCommand("sh", ["-s"], {
				input: Buffer.from(prelude(stage) + script, "latin1"),
				cwd: stage.local,
				env: { HOME: stage.home },
			});
		transcript.command("big", await shell(BIG));
		for (const name of ["local/down", "local/down-p", "remote/up", "remote/through"])
			assertBig(stage, `${stage.directory}/${name}`);
		transcript.command("all else", await shell(stage.brief ? SHORT : LONG));
	},
};

/** Shows each command of a script and its status; a failure does not end the script. */
function prelude(stage: Stage): string {
	const { served } = stage;
	const host = `${stage.user}@127.0.0.1`;
	return [
		`options="-P ${stage.port} ${opensshOptions(stage.sshd).join(" ")}"`,
		'scp() { command scp $options $mux "$@"; echo "status $?: scp $*"; } 2>&1',
		`at=${host}:${served.remote}; url=scp://${host}:${stage.port}/${served.remote}`,
		`remote=${stage.remote}; served=${served.remote}`,
		`big=${stage.bigFile}; many=${stage.manyDirectory}; manyat=${host}:${served.manyDirectory}`,
		"",
	].join("\n");
}

// The many small commands share a connection; each still has its own session and server process.
const MASTER = `
mux="-o ControlPath=$HOME/mux"
ssh -fNM -E "$HOME/mux.log" -p \${options#-P} $mux "\${at%%:*}"
`;

const MASTER_END = `
ssh -O exit $mux x 2>/dev/null
`;

const CLEANUP = `
rm "$remote/up" "$remote/through" down down-p
`;

const FILES = `
scp $at/plain.txt .
scp $at/plain.txt $at/modes/755 .
scp -p $at/modes/755 kept
scp $at/link through-link
scp -r $at/tree .
scp -rp $at/tree kept-tree
scp -r $at/tree/ tree-again
scp "$at/sizes/3*" "$at/sizes/{0,1}" .
scp plain.txt $at/up.txt
scp -p kept $at/
scp -r tree $at/up-tree
scp -rp kept-tree $at/
scp -r tree kept-tree plain.txt $at/tree
scp -q -l 100000 plain.txt $at/limited
scp -X buffer=1000 $at/sizes/1048576 small-requests
scp -X nrequests=2 small-requests $at/small-requests
scp -3 $url/plain.txt $url/plain-through
scp -3 -rp $url/tree $url/tree-through
scp $url/sizes/32769 $url/odd
`;

const ODD = `
mkdir odd
scp "$at/odd/emoji-\u{1f600}" odd/
scp "$at/odd/bytes-fffe80-\xff\xfe\x80" odd/
scp "$at/odd/new?line" "$at/odd/ leading blank" "$at/odd/./-dash" odd/
scp "$at/odd/quo'te\\"s" "$at/odd/back\\\\\\\\slash" "$at/odd/st\\\\*r\\\\[a\\\\]\\\\?" odd/
scp "$at/odd/${"n".repeat(255)}" odd/
scp -rp odd $at/odd/again
scp -r $at/odd odd-again
scp ./odd/-dash "$at/odd/${"m".repeat(256)}"
scp ./odd/-dash "$at/odd/\xff"
`.replaceAll("\u{1f600}", Buffer.from("\u{1f600}").toString("latin1"));

const ERRORS = `
scp $at/nowhere .
scp "$at/no*where" .
scp $at/tree .
scp $at/dangling .
scp nowhere $at/
scp plain.txt $at/no/where
scp plain.txt $at/plain.txt/x
scp -r $at/dangling $at/plain.txt no-directory
scp -r tree $at/plain.txt
scp -3 $url/nowhere $url/x
scp plain.txt ~nobody-of-that-name
scp plain.txt "\${at%%:*}:~nobodyofthatname/x"
scp plain.txt "\${at%%:*}:~/../../../../..$served/x-home"
`;

const BIG = `
scp $big $at/up
scp $at/up down
scp -3 $url/up $url/through
scp -p $at/through down-p
`;

const MANY = `
scp -rq $manyat got
ls got | wc -l
`;

const SHORT = MASTER + CLEANUP + ODD + MASTER_END;
const LONG = MASTER + CLEANUP + FILES + ODD + ERRORS + MANY + MASTER_END;
