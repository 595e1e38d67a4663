/*
 * The part of the fuzzer that runs in the fuzzed sessions' world: runs them one
 * after another and reports on descriptor 3, a line each, before it starts a
 * session, when it is over and when it has failed. A session may kill it.
 */
import { writeSync } from "node:fs";
import type { ServerCommand } from "../helpers/server-under-test.ts";
import { generate } from "./generate.ts";
import type { FuzzInput, Mode } from "./input.ts";
import { runInside } from "./inside.ts";
import { complaintAbout, type Observation, repliesIn } from "./judge.ts";
import { runProgram } from "./program.ts";
import { makeTree } from "./tree.ts";
import { enterWorld, SECRET, untouchable } from "./world.ts";

/** What the host reports about a session. */
export type Message =
	| { readonly what: "start"; readonly number: number; readonly mode: Mode }
	| { readonly what: "over"; readonly replies: number }
	| { readonly what: "failed"; readonly number: number; readonly mode: Mode; readonly complaint: string }
	| { readonly what: "done"; readonly sessions: number; readonly megabytes: number };

const REPORT = 3;
/** A session of the program takes as long as many that run inside. */
const PROGRAM_EVERY = 40;
const LOOK_AROUND_EVERY = 400;
const MEMORY_MAX_MEGABYTES = 700;

export interface HostOrder {
	readonly seed: number;
	/** The number of the first session. */
	readonly from: number;
	/** When to stop (ms since 1970). */
	readonly until: number;
	/** Where to stop: one more than the last session's number. */
	readonly to: number;
	/** Inputs to run instead of generated ones. */
	readonly inputs: readonly FuzzInput[];
}

export async function host(order: HostOrder): Promise<void> {
	const server = enterWorld();
	const before = untouchable();
	let sessions = 0;
	for (const [number, input] of inputsOf(order)) {
		report({ what: "start", number, mode: input.mode });
		const observed = await runOne(input, server);
		report({ what: "over", replies: repliesIn(observed.output) });
		const complaint =
			complaintAboutOne(input, observed) ??
			(sessions % LOOK_AROUND_EVERY === 0 ? lookAround(before) : undefined);
		sessions++;
		if (complaint !== undefined) report({ what: "failed", number, mode: input.mode, complaint });
	}
	const complaint = lookAround(before);
	if (complaint !== undefined) report({ what: "failed", number: order.from, mode: "inside", complaint });
	report({ what: "done", sessions, megabytes: megabytes() });
}

function* inputsOf({ seed, from, until, to, inputs }: HostOrder): Iterable<[number, FuzzInput]> {
	yield* inputs.entries();
	if (inputs.length > 0) return;
	for (let number = from; number < to && Date.now() < until; number++) {
		const mode = number % PROGRAM_EVERY === 0 ? "program" : "inside";
		yield [number, generate(seed, number, mode)];
	}
}

async function runOne(input: FuzzInput, server: ServerCommand): Promise<Observation> {
	makeTree();
	return input.mode === "inside" ? runInside(input) : await runProgram(input, server);
}

function complaintAboutOne(input: FuzzInput, observed: Observation): string | undefined {
	if (input.args.includes("--confine") && observed.output.includes(SECRET))
		return "a confined session read outside";
	return complaintAbout(input, observed);
}

function lookAround(before: string): string | undefined {
	if (untouchable() !== before) return "a file outside the tree has been touched";
	return megabytes() > MEMORY_MAX_MEGABYTES ? `the process has grown to ${megabytes()} MB` : undefined;
}

function megabytes(): number {
	return Math.round(process.memoryUsage.rss() / 1_000_000);
}

function report(message: Message): void {
	writeSync(REPORT, `${JSON.stringify(message)}\n`);
}
