/*
 * npm run access -- [--runs N] [--seed S] [--each N] [--first N] [--pairs N]
 *     [--root | --confine] [--user ID] [--subject FILE] [--faults]
 * Compares sessions that have rules of Access with the model, in --runs sequences.
 * --each sequences form a group, which shares rules and sessions. --first skips that
 * many groups, and --pairs groups run at the same time.
 * --root makes the tree the root of both servers (OpenSSH's by chroot(2)), --confine
 * confines this server to it, and --user runs copies of both as another user.
 * --faults checks that the comparison detects deliberate mistakes.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildVariant, removeVariants } from "../differential/variants.ts";
import { type Plan, runCampaign } from "./campaign.ts";
import { FAULTS, UNDETECTED_BY_CAMPAIGN } from "./faults.ts";

const { values } = parseArgs({
	options: {
		runs: { type: "string", default: "1000" },
		each: { type: "string", default: "25" },
		first: { type: "string", default: "0" },
		pairs: { type: "string", default: "1" },
		seed: { type: "string", default: "1" },
		subject: { type: "string", default: "bin/sftp-server" },
		faults: { type: "boolean", default: false },
		root: { type: "boolean", default: false },
		confine: { type: "boolean", default: false },
		user: { type: "string" },
	},
});

const say = (text: string): void => {
	process.stdout.write(`${text}\n`);
};

function planFor(subject: string): Plan {
	return {
		program: [process.execPath, resolve(subject)],
		setup: {
			guard: values.root ? "root" : values.confine ? "confine" : "none",
			...(values.user === undefined ? {} : { uid: Number(values.user) }),
		},
		seed: Number(values.seed),
		runs: Number(values.runs),
		each: Number(values.each),
		first: Number(values.first),
		pairs: Number(values.pairs),
	};
}

async function compare(): Promise<number> {
	const started = performance.now();
	const { found, sequences, counts } = await runCampaign({
		...planFor(values.subject),
		onProgress: (done) => done % 1000 === 0 && say(`${done} sequences`),
	});
	if (found !== undefined)
		say(
			`a difference after ${found.afterSequences} sequences: ${found.difference}\n${JSON.stringify(found.scenario)}`,
		);
	for (const [what, count] of [...counts].sort()) say(`  ${what.padEnd(30)} ${count}`);
	const seconds = (performance.now() - started) / 1000;
	say(`${sequences} sequences without a difference, ${seconds.toFixed(0)} s`);
	return found === undefined ? 0 : 1;
}

/** Builds this server with each deliberate fault; returns how many were not detected. */
async function findFaults(): Promise<number> {
	let missed = 0;
	for (const fault of FAULTS.filter((one) => !UNDETECTED_BY_CAMPAIGN.includes(one))) {
		const { found, sequences } = await runCampaign(planFor(buildVariant(fault, "test/access/variant.ts")));
		if (found === undefined) missed++;
		const result = found === undefined ? `NOT FOUND in ${sequences}` : `found after ${found.afterSequences}`;
		say(`${fault.padEnd(56)} ${result}${found === undefined ? "" : `: ${found.difference}`}`);
	}
	removeVariants();
	return missed;
}

void (values.faults ? findFaults() : compare()).then((status) => {
	process.exitCode = status;
});
