/*
 * npm run access -- [--runs N] [--seed S] [--faults]
 * Compares sessions with rules of Access with the model, and (--faults) shows that
 * the comparison finds deliberate mistakes.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";

const { values } = parseArgs({
	options: {
		runs: { type: "string", default: "1000" },
		each: { type: "string", default: "25" },
		seed: { type: "string", default: "1" },
		subject: { type: "string", default: "bin/sftp-server" },
	},
});

const say = (text: string): void => {
	process.stdout.write(`${text}\n`);
};

async function main(): Promise<number> {
	const started = performance.now();
	const { found, sequences, counts } = await runCampaign({
		program: [process.execPath, resolve(values.subject)],
		seed: Number(values.seed),
		runs: Number(values.runs),
		each: Number(values.each),
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

void main().then((status) => {
	process.exitCode = status;
});
