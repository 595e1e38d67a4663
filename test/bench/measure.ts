/*
 * Runs workloads in rounds. Each round runs the measured server and the one that it is
 * compared with, in alternating order, so that a noisy machine hurts both alike.
 */
import { type Sample, throwIfInterrupted } from "./sample.ts";
import type { Contender, Workload } from "./workloads/workload.ts";

// For other servers an order of magnitude is enough, so fewer rounds do.
const otherServersRounds = 3;

export type Series = {
	readonly label: string;
	readonly samples: Sample[];
	/** Why there are no samples, or no more: it can't do the work, or did it wrong. */
	failure?: string;
};

export type Result = {
	readonly name: string;
	readonly title: string;
	readonly per: Workload["per"];
	/** In the order of the workload's contenders. */
	readonly series: readonly Series[];
};

async function runOnce(contender: Contender, series: Series): Promise<void> {
	if (series.failure !== undefined) return;
	try {
		series.samples.push(await contender.run());
	} catch (error) {
		throwIfInterrupted();
		series.failure = error instanceof Error ? error.message : String(error);
	}
}

/** All rounds of one workload. A contender's failure ends its own series only. */
export async function measureWorkload(workload: Workload, pairs: number): Promise<Result> {
	const entries = workload.contenders.map((contender) => {
		const series: Series = { label: contender.label, samples: [] };
		return { contender, series };
	});
	const pair = entries.slice(0, 2);
	const yardsticks = entries.slice(2);
	for (let round = 0; round < pairs * (workload.repeat ?? 1); round++) {
		const order = round % 2 === 0 ? pair : [...pair].reverse();
		for (const { contender, series } of order) await runOnce(contender, series);
		for (const { contender, series } of yardsticks)
			if (contender.inEachRound === true || round < otherServersRounds) await runOnce(contender, series);
	}
	return {
		name: workload.name,
		title: workload.title,
		per: workload.per,
		series: entries.map(({ series }) => series),
	};
}
