/*
 * npm run differential -- [--runs N] [--seed S] [--script FILE ...] [--show] [--faults] [--lookahead] [--rooted]
 * Compares this server with OpenSSH's on generated sequences or on sequences from
 * files; with --faults, shows that the comparison finds deliberate mistakes. --show
 * prints session number --first of the seed; --lookahead makes the server treat all
 * storage as slow; --rooted makes the tree the root of both, ours by --root and
 * OpenSSH's by chroot(2).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildAgent } from "../helpers/agent.ts";
import { OUTPUT } from "../helpers/output.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { findPrograms, type Programs, startAgents } from "../helpers/worlds.ts";
import { type Found, runCampaign, type Summary } from "./campaign.ts";
import { generateSession } from "./generate.ts";
import { Pair } from "./run.ts";
import { readSession, sessionText } from "./script.ts";
import { SLOW_STORAGE } from "./variant-names.ts";
import { buildVariant } from "./variants.ts";

const RUNS = 1000;
const FAULT_RUNS = 20_000;
const FOUND_FOLDER = join(OUTPUT, "differential/found");

const { values } = parseArgs({
	options: {
		runs: { type: "string" },
		seed: { type: "string", default: "1" },
		first: { type: "string", default: "0" },
		pairs: { type: "string", default: "3" },
		"stop-after": { type: "string", default: "5" },
		reference: { type: "string", default: OPENSSH_SERVER },
		subject: { type: "string", default: "bin/sftp-server" },
		"subject-arg": { type: "string", multiple: true, default: [] },
		script: { type: "string", multiple: true, default: [] },
		show: { type: "boolean", default: false },
		faults: { type: "boolean", default: false },
		only: { type: "string", default: "" },
		lookahead: { type: "boolean", default: false },
		rooted: { type: "boolean", default: false },
	},
});

const say = (text: string): void => {
	process.stdout.write(`${text}\n`);
};

/** Saves the session as a script that can be run again; returns the path and the text. */
function keep(seed: number, found: Found): [string, string] {
	mkdirSync(FOUND_FOLDER, { recursive: true });
	const path = join(FOUND_FOLDER, `seed-${seed}-session-${found.number}.txt`);
	const text = `${found.difference.map((line) => `# ${line}`).join("\n")}\n${sessionText(found.session)}`;
	writeFileSync(path, text);
	return [path, text];
}

function reportFound(seed: number, found: Found): void {
	const [path, text] = keep(seed, found);
	say(`\nA difference after ${found.afterSequences} sequences, in ${path}:\n${text}`);
}

function reportCounts(what: string, counts: ReadonlyMap<string, number>): void {
	say(`${what}:`);
	for (const [name, count] of [...counts].sort()) {
		say(`  ${name.padEnd(40)} ${count}`);
	}
}

function reportSummary(seed: number, summary: Summary): void {
	const rate = (summary.sequences / summary.seconds).toFixed(1);
	say(
		`${summary.sequences} sequences in ${summary.sessions} sessions, ${summary.seconds.toFixed(0)} s, ${rate} a second`,
	);
	reportCounts("packets sent", summary.packets);
	reportCounts("replies of the reference", summary.replies);
	reportCounts("ends of sessions", summary.ends);
	reportCounts("tolerated differences met", summary.tolerated);
	for (const found of summary.unrepeated) {
		say(`differed once, but not when run again, ${keep(seed, found)[0]}:\n${found.difference.join("\n")}`);
	}
	say(`differences: ${summary.found.length}`);
}

async function runScripts(programs: Programs, paths: readonly string[]): Promise<number> {
	const pair = new Pair(programs, await startAgents(buildAgent(), programs), new Map());
	let differing = 0;
	for (const path of paths) {
		const { difference, states } = await pair.run(readSession(readFileSync(path, "latin1")));
		differing += difference.length > 0 ? 1 : 0;
		say(`${path}: ${difference.length > 0 ? difference.join("\n") : `no difference (${states.join(", ")})`}`);
	}
	pair.stop();
	return differing;
}

async function main(): Promise<number> {
	if (values.show) {
		say(sessionText(generateSession(Number(values.seed), Number(values.first))));
		return 0;
	}
	if (values.faults) {
		/* Imported here because it loads the addon, which may fail in this process (npm run sanitize). */
		const { runFaults }: typeof import("./faults/run.ts") = require("./faults/run.ts");
		return runFaults({
			reference: values.reference,
			seed: Number(values.seed),
			runs: Number(values.runs ?? FAULT_RUNS),
			pairs: Number(values.pairs),
			only: values.only,
			say,
		});
	}
	const subject = values.lookahead ? buildVariant(SLOW_STORAGE) : values.subject;
	const programs = findPrograms(values.reference, subject, values["subject-arg"], values.rooted);
	if (values.script.length > 0) {
		return runScripts(programs, values.script);
	}
	const seed = Number(values.seed);
	const summary = await runCampaign({
		programs,
		seed,
		runs: Number(values.runs ?? RUNS),
		first: Number(values.first),
		pairs: Number(values.pairs),
		stopAfterFound: Number(values["stop-after"]),
		shrinks: true,
		onFound: (found) => reportFound(seed, found),
		onProgress: (sequences) => say(`${sequences} sequences`),
	});
	reportSummary(seed, summary);
	return summary.found.length;
}

void main().then((differences) => {
	process.exitCode = differences === 0 ? 0 : 1;
});
