/*
 * Makes every wrong call of every function of the addon, then right ones, and
 * writes what was not as expected: one line of JSON per function. Runs in a
 * process of its own, because the test is whether it survives.
 */
import { writeSync } from "node:fs";
import { addon } from "../../src/posix/addon.ts";
import type { Refusal } from "./arguments.ts";
import { type Signature, signatures } from "./signatures.ts";

/** The outcome of one function. */
export interface Tried {
	readonly name: string;
	readonly calls: number;
	readonly complaints: readonly string[];
}

type Call = readonly [expected: Refusal | undefined, ...args: readonly unknown[]];

for (const [name, call] of Object.entries(addon)) {
	const signature = Object.entries(signatures).find(([key]) => key === name)?.[1];
	if (signature !== undefined) writeSync(1, `${JSON.stringify(tryAll(name, call, signature))}\n`);
}

function tryAll(name: string, call: (...args: never) => unknown, signature: Signature): Tried {
	const complaints: string[] = [];
	const answerTo = (args: readonly unknown[], expected: Refusal | undefined): unknown => {
		try {
			const answer: unknown = Reflect.apply(call, undefined, args);
			if (expected !== undefined) complaints.push(`no ${expected} for ${shown(args)} but ${String(answer)}`);
			return answer;
		} catch (error) {
			const thrown = error instanceof Error ? error.constructor.name : String(error);
			if (thrown !== expected) complaints.push(`${thrown} for ${shown(args)}, not ${expected}`);
			return undefined;
		}
	};
	const calls = [...wrongCalls(signature), ...edgeCalls(signature)];
	for (const [expected, ...args] of calls) answerTo(args, expected);
	if (signature.isAnswer !== undefined) {
		const right = signature.parameters.flatMap((parameter) => parameter.right);
		const answer = answerTo(right, undefined);
		if (!signature.isAnswer(answer)) complaints.push(`${String(answer)} for ${shown(right)}`);
	}
	return { name, calls: calls.length, complaints };
}

/** Too few arguments, one too many, and each wrong argument among right ones. */
function wrongCalls({ parameters }: Signature): readonly Call[] {
	const right = parameters.flatMap((parameter) => parameter.right);
	const short = right.map((_, count) => ["TypeError", ...right.slice(0, count)] as const);
	const long = [1, 20].map((more) => ["TypeError", ...right, ...new Array(more).fill(0)] as const);
	const wrong = parameters.flatMap((parameter, i) =>
		parameter.wrong.map(([refusal, ...values]): Call => [refusal, ...replaced(parameters, i, values)]),
	);
	return [...short, ...long, ...wrong];
}

/** Right calls; none where a right call does not return. */
function edgeCalls({ parameters, isAnswer }: Signature): readonly Call[] {
	if (isAnswer === undefined) return [];
	return parameters.flatMap(({ edges }, i) =>
		edges.map((values): Call => [undefined, ...replaced(parameters, i, values)]),
	);
}

/** The right arguments, except for one parameter. */
function replaced(parameters: Signature["parameters"], index: number, values: readonly unknown[]): unknown[] {
	return parameters.flatMap(({ right }, i) => (i === index ? values : right));
}

function shown(args: readonly unknown[]): string {
	const one = (value: unknown): string => {
		if (Buffer.isBuffer(value)) return `${value.length} bytes`;
		return typeof value === "object" && value !== null
			? Object.prototype.toString.call(value)
			: String(value);
	};
	return `(${args.map(one).join(", ")})`;
}
