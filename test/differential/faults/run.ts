/*
 * Shows that the tester finds deliberate faults: builds this server with each in
 * turn and runs sequences until a difference appears.
 */
import { findPrograms } from "../../helpers/worlds.ts";
import { runCampaign } from "../campaign.ts";
import { buildVariant, removeVariants } from "../variants.ts";
import { faults } from "./list.ts";

export interface FaultPlan {
	readonly reference: string;
	readonly seed: number;
	/** A fault that this many sequences do not reveal counts as missed. */
	readonly runs: number;
	readonly pairs: number;
	/** Only faults whose names contain this text. */
	readonly only: string;
	readonly say: (text: string) => void;
}

/** Runs all faults; returns how many were missed. */
export async function runFaults(plan: FaultPlan): Promise<number> {
	let missed = 0;
	for (const { name } of faults.filter((fault) => fault.name.includes(plan.only))) {
		const subject = buildVariant(name);
		const { found, sequences } = await runCampaign({
			programs: findPrograms(plan.reference, subject),
			seed: plan.seed,
			runs: plan.runs,
			first: 0,
			pairs: plan.pairs,
			stopAfterFound: 1,
			shrinks: false,
		});
		const [first] = found;
		missed += first === undefined ? 1 : 0;
		const result = first === undefined ? `NOT FOUND in ${sequences}` : `found after ${first.afterSequences}`;
		plan.say(`${name.padEnd(60)} ${result}`);
	}
	removeVariants();
	return missed;
}
