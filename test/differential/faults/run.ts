// Shows that the tester finds deliberate faults: builds this server with each in
// turn and runs sequences until a difference shows.

import { findPrograms } from "../../helpers/worlds.ts";
import { runCampaign } from "../campaign.ts";
import { buildVariant, removeVariants, type Variant } from "../variants.ts";
import { fileFaults } from "./files.ts";
import { nameFaults } from "./names.ts";
import { protocolFaults } from "./protocol.ts";

export const faults: readonly Variant[] = [...fileFaults, ...nameFaults, ...protocolFaults];

export interface FaultPlan {
	readonly reference: string;
	readonly seed: number;
	/** A fault that so many sequences do not show counts as missed. */
	readonly runs: number;
	readonly pairs: number;
	/** Only faults whose name holds this. */
	readonly only: string;
	readonly say: (text: string) => void;
}

/** Runs all faults; returns how many were missed. */
export async function runFaults(plan: FaultPlan): Promise<number> {
	let missed = 0;
	for (const variant of faults.filter(({ name }) => name.includes(plan.only))) {
		const subject = buildVariant(variant);
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
		plan.say(`${variant.name.padEnd(60)} ${result}`);
	}
	removeVariants();
	return missed;
}
