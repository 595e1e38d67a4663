/*
 * Runs the sessions of one seed on several pairs of servers at a time, until
 * enough sequences have run or enough differences were found, and counts what
 * was sent.
 */
import { buildAgent } from "../helpers/agent.ts";
import { type Programs, startAgents } from "../helpers/worlds.ts";
import { generateSession } from "./generate.ts";
import type { Tolerated } from "./judge.ts";
import { replyName } from "./replies.ts";
import { type Outcome, Pair } from "./run.ts";
import type { Session } from "./session.ts";
import { shrink } from "./shrink.ts";

export interface Found {
	/** The number of the session within its seed. */
	readonly number: number;
	/** The smallest session that still differs. */
	readonly session: Session;
	readonly difference: readonly string[];
	/** Sequences run so far, on all pairs, when it was found. */
	readonly afterSequences: number;
}

export interface Summary {
	readonly sequences: number;
	readonly sessions: number;
	/** Packets sent by name; " (damaged)" follows the name of damaged ones. */
	readonly packets: ReadonlyMap<string, number>;
	/** The reference's replies by type, a STATUS by its code. */
	readonly replies: ReadonlyMap<string, number>;
	/** How the sessions of the reference ended. */
	readonly ends: ReadonlyMap<string, number>;
	readonly tolerated: Tolerated;
	readonly found: readonly Found[];
	/** Differences that a second run of the session did not reproduce. */
	readonly unrepeated: readonly Found[];
	readonly seconds: number;
}

export interface Plan {
	readonly programs: Programs;
	readonly seed: number;
	/** Sequences to run; a few more run, since sessions are run to their end. */
	readonly runs: number;
	/** The first session's number. */
	readonly first: number;
	readonly pairs: number;
	readonly stopAfterFound: number;
	readonly shrinks: boolean;
	readonly onFound?: (found: Found) => void;
	readonly onProgress?: (sequences: number) => void;
}

const PROGRESS_EVERY = 1000;

function increment(counts: Map<string, number>, key: string): void {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}

class Campaign {
	readonly #plan: Plan;
	readonly #packets = new Map<string, number>();
	readonly #replies = new Map<string, number>();
	readonly #ends = new Map<string, number>();
	readonly #tolerated: Tolerated = new Map();
	readonly #found: Found[] = [];
	readonly #unrepeated: Found[] = [];
	#next: number;
	#sequences = 0;
	#sessions = 0;

	constructor(plan: Plan) {
		this.#plan = plan;
		this.#next = plan.first;
	}

	async run(): Promise<Summary> {
		const started = performance.now();
		const program = buildAgent();
		await Promise.all(Array.from({ length: this.#plan.pairs }, () => this.#lane(program)));
		return {
			sequences: this.#sequences,
			sessions: this.#sessions,
			packets: this.#packets,
			replies: this.#replies,
			ends: this.#ends,
			tolerated: this.#tolerated,
			found: this.#found,
			unrepeated: this.#unrepeated,
			seconds: (performance.now() - started) / 1000,
		};
	}

	async #lane(program: string): Promise<void> {
		const pair = new Pair(
			this.#plan.programs,
			await startAgents(program, this.#plan.programs),
			this.#tolerated,
		);
		while (this.#sequences < this.#plan.runs && this.#found.length < this.#plan.stopAfterFound) {
			const number = this.#next++;
			const session = generateSession(this.#plan.seed, number);
			const outcome = await pair.run(session);
			this.#count(session, outcome);
			if (outcome.difference.length > 0) {
				await this.#examine(pair, number, session, outcome);
			}
		}
		pair.stop();
	}

	#count(session: Session, { sequencesRun, states, replies }: Outcome): void {
		const before = this.#sequences;
		this.#sessions++;
		this.#sequences += sequencesRun;
		for (const { packets } of session.sequences.slice(0, sequencesRun)) {
			for (const { name, damage } of packets) {
				increment(this.#packets, damage.length > 0 ? `${name} (damaged)` : name);
			}
		}
		for (const reply of replies) {
			increment(this.#replies, replyName(reply));
		}
		increment(this.#ends, states.at(-1) ?? "");
		if (Math.floor(before / PROGRESS_EVERY) !== Math.floor(this.#sequences / PROGRESS_EVERY)) {
			this.#plan.onProgress?.(this.#sequences);
		}
	}

	/** A difference counts if it can be reproduced, unlike a change of minute between two long names. */
	async #examine(pair: Pair, number: number, session: Session, outcome: Outcome): Promise<void> {
		const afterSequences = this.#sequences;
		const upTo = { ...session, sequences: session.sequences.slice(0, outcome.sequencesRun) };
		const differs = async (one: Session): Promise<boolean> => (await pair.run(one)).difference.length > 0;
		const again = await pair.run(upTo);
		if (again.difference.length === 0) {
			this.#unrepeated.push({ number, session: upTo, difference: outcome.difference, afterSequences });
			return;
		}
		const small = this.#plan.shrinks && !again.hung ? await shrink(upTo, differs) : upTo;
		const { difference } = small === upTo ? again : await pair.run(small);
		const found = {
			number,
			session: small,
			difference: difference.length > 0 ? difference : outcome.difference,
			afterSequences,
		};
		this.#found.push(found);
		this.#plan.onFound?.(found);
	}
}

/** Runs the plan to completion. */
export function runCampaign(plan: Plan): Promise<Summary> {
	return new Campaign(plan).run();
}
