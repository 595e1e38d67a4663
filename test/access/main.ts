/*
 * npm run access -- [--runs N] [--seed S] [--each N] [--first N] [--pairs N]
 *     [--root | --confine] [--user ID] [--subject FILE] [--faults]
 * Compares sessions with rules of Access with the model, in N sequences, --each of
 * which have the same rules and sessions; --first leaves out that many such groups,
 * and --pairs run side by side.
 * --root makes the tree the servers' root (OpenSSH's by chroot(2)), --confine confines
 * this server to it, --user runs both as another user, with a copy of the built server.
 * --faults shows that the comparison finds deliberate mistakes.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildVariant, removeVariants } from "../differential/variants.ts";
import { type Plan, runCampaign } from "./campaign.ts";
import { BEYOND_SEQUENCES, FAULTS } from "./faults.ts";

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

/** Builds this server with each deliberate fault; returns how many no sequence showed. */
async function findFaults(): Promise<number> {
	let missed = 0;
	for (const fault of FAULTS.filter((one) => !BEYOND_SEQUENCES.includes(one))) {
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
