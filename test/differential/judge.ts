/*
 * Compares what two servers did with the same bytes. Every reply, line and tree
 * entry is compared whole; only the table in differences.ts makes exceptions.
 */
import type { Answer } from "../helpers/agent.ts";
import { type Context, rules } from "../helpers/differences.ts";
import { escapedStderr } from "../helpers/escaped-stderr.ts";
import { datagramText } from "../helpers/worlds.ts";
import { describeReply, type Moment, maskReply, splitReplies } from "./replies.ts";

/** How often each tolerated difference occurred. */
export type Tolerated = Map<string, number>;

interface Lists<T> {
	readonly what: string;
	readonly reference: readonly T[];
	readonly ours: readonly T[];
	readonly same: (reference: T, ours: T) => boolean;
	/** The names of the rules that allow the pair, or our item without a counterpart. */
	readonly pair: (reference: T, ours: T) => string | undefined;
	readonly extra: (ours: T, index: number) => string | undefined;
	readonly show: (item: T | undefined) => string;
}

/** Walks two lists side by side; returns the first difference in words. */
function compareLists<T>(lists: Lists<T>, tolerated: Tolerated): string[] {
	const { reference, ours } = lists;
	let there = 0;
	for (let here = 0; here < ours.length || there < reference.length; ) {
		const [theirs, own] = [reference[there], ours[here]];
		const both = theirs !== undefined && own !== undefined;
		if (both && lists.same(theirs, own)) {
			there++;
			here++;
			continue;
		}
		const pair = both ? lists.pair(theirs, own) : undefined;
		const rule = pair ?? (own === undefined ? undefined : lists.extra(own, here));
		if (rule === undefined) {
			return [
				`${lists.what} ${there}:`,
				`  reference: ${lists.show(theirs)}`,
				`  subject:   ${lists.show(own)}`,
			];
		}
		tolerated.set(rule, (tolerated.get(rule) ?? 0) + 1);
		there += pair === undefined ? 0 : 1;
		here++;
	}
	return [];
}

/** Compares the replies of one sequence. */
export function compareReplies(
	reference: Buffer,
	ours: Buffer,
	context: Context,
	moment: Moment,
	tolerated: Tolerated,
): string[] {
	const masked = (stream: Buffer): Buffer[] => splitReplies(stream).map((reply) => maskReply(reply, moment));
	return compareLists(
		{
			what: "reply",
			reference: masked(reference),
			ours: masked(ours),
			same: (theirs, own) => theirs.equals(own),
			pair: (theirs, own) => rules.find((rule) => rule.reply?.(theirs, own, context))?.name,
			extra: (own) => rules.find((rule) => rule.extraReply?.(own, context))?.name,
			show: describeReply,
		},
		tolerated,
	);
}

function compareLines(
	what: string,
	reference: readonly string[],
	ours: readonly string[],
	context: Context,
	tolerated: Tolerated,
): string[] {
	return compareLists(
		{
			what,
			reference,
			ours,
			same: (theirs, own) => theirs === own,
			pair: (theirs, own) => rules.find((rule) => rule.line?.(logText(theirs), logText(own), context))?.name,
			extra: (own, at) =>
				rules.find((rule) => rule.extraLine?.(logText(own), logText(ours[at - 1] ?? ""), context))?.name,
			show: (line) => (line === undefined ? "nothing" : JSON.stringify(line)),
		},
		tolerated,
	);
}

/** The text that a rule examines: a datagram's without its head. */
function logText(line: string): string {
	return line.replace(/^<\d+>TIME \S+\[PID\]: /, "");
}

function logLines(answers: readonly Answer[]): { errors: string; datagrams: string[] } {
	return {
		errors: answers.map(({ errors }) => errors?.toString("latin1") ?? "").join(""),
		datagrams: answers.flatMap(({ datagrams }) => datagrams.map(datagramText)),
	};
}

/** Compares what two sessions logged, on stderr and to the log socket. */
export function compareLogs(
	reference: readonly Answer[],
	ours: readonly Answer[],
	context: Context,
	tolerated: Tolerated,
): string[] {
	const [theirs, own] = [logLines(reference), logLines(ours)];
	return [
		...compareLines(
			"line of stderr",
			escapedStderr(theirs.errors).split("\r\n"),
			own.errors.split("\r\n"),
			context,
			tolerated,
		),
		...compareLines("datagram", theirs.datagrams, own.datagrams, context, tolerated),
	];
}

/** The tree's text with every time that is "now" masked. */
function coverTimes(tree: string, { from, to }: Moment): string {
	return tree.replace(/([ma]time=)(-?\d+)\.\d{9}/g, (all: string, key: string, seconds: string) =>
		Number(seconds) >= from && Number(seconds) <= to ? `${key}now` : all,
	);
}

/** Compares two trees entry by entry. */
export function compareTrees(reference: Answer, ours: Answer, moment: Moment): string[] {
	const entries = ({ trees }: Answer): Map<string, string> =>
		new Map(
			coverTimes(trees.join(""), moment)
				.split("\n")
				.map((line) => [line.split("\t", 1)[0] ?? "", line]),
		);
	const [theirs, own] = [entries(reference), entries(ours)];
	const paths = [...new Set([...theirs.keys(), ...own.keys()])];
	return paths
		.filter((path) => theirs.get(path) !== own.get(path))
		.slice(0, 3)
		.flatMap((path) => [
			`tree entry ${path}:`,
			`  reference: ${theirs.get(path) ?? "nothing"}`,
			`  subject:   ${own.get(path) ?? "nothing"}`,
		]);
}
