/* Generates scenarios, compares the server with the model, and shrinks a scenario that differs. */
import { Random } from "../differential/random.ts";
import type { Program } from "../helpers/server-session.ts";
import { generateScenario, type Scenario } from "./requests.ts";
import type { SetupOptions } from "./setup.ts";
import { type Counts, TwinTrees } from "./twin-trees.ts";

const SHRINK_TRIES = 150;

export interface Plan {
	readonly program: Program;
	readonly setup?: SetupOptions;
	readonly seed: number;
	/** The number of sequences. */
	readonly runs: number;
	/** The number of sequences in a group: they share rules and sessions. */
	readonly each: number;
	/** The number of groups to skip first. */
	readonly first?: number;
	/** The number of groups that run at the same time. */
	readonly pairs?: number;
	onProgress?(sequences: number): void;
}

export interface Found {
	readonly scenario: Scenario;
	readonly difference: string;
	readonly afterSequences: number;
}

export interface Summary {
	readonly found: Found | undefined;
	readonly sequences: number;
	readonly counts: Counts;
}

/** Runs all sequences, or up to the first difference. */
export async function runCampaign(plan: Plan): Promise<Summary> {
	const { program, setup, seed, runs, each, first = 0, pairs = 1, onProgress } = plan;
	const counts: Counts = new Map();
	let number = first;
	let begun = 0;
	let sequences = 0;
	let found: Found | undefined;
	/* Groups are independent, so any pair of trees can run the next one. */
	const runGroups = async (): Promise<void> => {
		const twins = new TwinTrees(program, counts, setup);
		try {
			while (found === undefined && begun < runs) {
				const scenario = generateScenario(new Random(seed, number++), Math.min(each, runs - begun));
				begun += scenario.sequences.length;
				const differing = await twins.run(scenario);
				if (found !== undefined) return;
				if (differing !== undefined) {
					const afterSequences = sequences + differing.sequence + 1;
					const upTo = { ...scenario, sequences: scenario.sequences.slice(0, differing.sequence + 1) };
					found = { scenario, difference: differing.difference, afterSequences };
					found = { ...(await shrink(upTo, differing.difference, twins)), afterSequences };
					return;
				}
				sequences += scenario.sequences.length;
				onProgress?.(sequences);
			}
		} finally {
			twins.remove();
		}
	};
	await Promise.all(Array.from({ length: pairs }, runGroups));
	return { found, sequences, counts };
}

/** Returns the smallest scenario found that still differs. */
async function shrink(
	scenario: Scenario,
	difference: string,
	twins: TwinTrees,
): Promise<{ scenario: Scenario; difference: string }> {
	let best = { scenario, difference };
	let left = SHRINK_TRIES;
	const tries = async (candidate: Scenario): Promise<boolean> => {
		if (left-- <= 0) return false;
		const result = await twins.run(candidate);
		if (result === undefined) return false;
		best = { scenario: candidate, difference: result.difference };
		return true;
	};
	const without = async <T>(
		items: readonly T[],
		rebuild: (rest: readonly T[]) => Scenario,
	): Promise<void> => {
		let rest = items;
		for (let size = Math.ceil(rest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
			for (let at = rest.length - size; at >= 0; at -= size) {
				const fewer = [...rest.slice(0, at), ...rest.slice(at + size)];
				if (await tries(rebuild(fewer))) {
					rest = fewer;
					at = Math.min(at + size, rest.length);
				}
			}
	};
	await without(best.scenario.sequences, (sequences) => ({ ...best.scenario, sequences }));
	for (const index of best.scenario.sequences.keys())
		await without(best.scenario.sequences[index] ?? [], (steps) => ({
			...best.scenario,
			sequences: best.scenario.sequences.map((one, i) => (i === index ? steps : one)),
		}));
	await without(best.scenario.rules, (rules) => ({ ...best.scenario, rules }));
	return best;
}
