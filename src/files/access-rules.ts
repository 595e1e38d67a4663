/*
 * The rules of Access: the first rule whose pattern matches a path or a directory above
 * it applies. Paths start at the client's "/" and have no links, dots or repeated
 * slashes. Nothing here looks at the file system.
 *
 * A directory's rule applies to everything beneath it, unless an earlier rule matches
 * something there. So for each directory it is enough to know its rule and how far the
 * patterns of earlier rules have matched its path.
 */
import { type ByteString, sliceBytes } from "../posix/byte-string.ts";
import { SEPARATOR } from "../posix/path.ts";
import { type AccessPattern, ANY_DEPTH, type Row, type Step } from "./access-pattern.ts";
import { isWithin, type Right } from "./access-rights.ts";

/** Where a rule was set. */
export type RuleOrigin =
	| { readonly kind: "option"; readonly option: string }
	| { readonly kind: "file"; readonly file: ByteString; readonly line: number };

export interface AccessRule {
	readonly right: Right;
	/** The pattern as written. */
	readonly text: ByteString;
	readonly pattern: AccessPattern;
	readonly origin: RuleOrigin;
}

/** A rule's pattern, part of which has matched a directory's path. */
interface Progress {
	readonly rule: number;
	readonly row: Row;
	/** The steps that may match the next component. */
	readonly at: readonly number[];
}

/** A test of the names in a directory, for one rule. */
interface NameTest {
	readonly rule: number;
	readonly matches: (name: ByteString) => boolean;
}

/** The rules in a directory. */
export interface Place {
	/** The number of the rule that applies there; the number of rules if none does. */
	readonly rule: number;
	/** The patterns of earlier rules that may still match something beneath. */
	readonly progress: readonly Progress[];
	/** Tests for names in the directory by earlier rules, in the rules' order. */
	readonly tests: readonly NameTest[];
}

/** The most directories whose places are cached. */
const PLACES_MAX = 1024;

export class AccessRules {
	readonly #rules: readonly AccessRule[];
	/** Patterns without a slash. */
	readonly #floating: readonly NameTest[];
	readonly #root: Place;
	readonly #places = new Map<ByteString, Place>();
	/** Whether any rule makes existing files appear missing. */
	readonly conceals: boolean;

	constructor(rules: readonly AccessRule[]) {
		this.#rules = rules;
		this.conceals = rules.some(({ right }) => right === "hidden" || right === "drop");
		this.#floating = rules.flatMap(({ pattern }, rule) =>
			pattern.anchored ? [] : [{ rule, matches: anyOf(pattern.rows.flatMap((row) => nameTests(row, [0]))) }],
		);
		const start = rules.flatMap(({ pattern }, rule) =>
			pattern.anchored ? pattern.rows.map((row) => ({ rule, row, at: [0] })) : [],
		);
		const whole = start.find(({ row }) => row.length === 0);
		this.#root = this.#place(whole?.rule ?? rules.length, start);
	}

	/** The rule with that number; undefined if no rule applies. */
	rule(number: number): AccessRule | undefined {
		return this.#rules[number];
	}

	/** The right of the rule with that number. */
	right(number: number): Right {
		return this.#rules[number]?.right ?? "full";
	}

	/** The number of the rule that applies to a path. */
	at(path: ByteString): number {
		const slash = path.lastIndexOf("/");
		if (slash === path.length - 1) return this.#root.rule;
		return ruleOf(
			this.place(slash === 0 ? SEPARATOR : sliceBytes(path, 0, slash)),
			sliceBytes(path, slash + 1),
		);
	}

	/** The rules in the directory with that path. */
	place(directory: ByteString): Place {
		const known = this.#places.get(directory);
		if (known !== undefined) return known;
		let place = this.#root;
		for (let at = 1; at < directory.length; ) {
			const slash = directory.indexOf("/", at);
			const end = slash === -1 ? directory.length : slash;
			place = this.#enter(place, sliceBytes(directory, at, end));
			at = end + 1;
		}
		if (this.#places.size === PLACES_MAX) this.#places.clear();
		this.#places.set(directory, place);
		return place;
	}

	/** Whether a rule with a slash may apply to something beneath a directory, but not to the directory. */
	namesBeneath(directory: ByteString): boolean {
		return this.place(directory).progress.length > 0;
	}

	/** Whether an earlier rule than the directory's may apply to something beneath it. */
	mayShowBeneath(directory: ByteString): boolean {
		const { progress, tests } = this.place(directory);
		return progress.length > 0 || tests.length > 0;
	}

	/**
	 * Whether nothing in a directory gains rights when the directory's rule changes from
	 * `oldRule` to `newRule`. No rule with a slash may name anything beneath; rules
	 * without one match the same names before and after.
	 */
	keepsRights(oldRule: number, newRule: number): boolean {
		const narrower = (rule: number): boolean =>
			isWithin(this.right(Math.min(newRule, rule)), this.right(Math.min(oldRule, rule)));
		return narrower(this.#rules.length) && this.#floating.every(({ rule }) => narrower(rule));
	}

	#enter(place: Place, name: ByteString): Place {
		const progress = place.progress.map(({ rule, row, at }) => ({ rule, row, at: advance(row, at, name) }));
		return this.#place(ruleOf(place, name), progress);
	}

	#place(rule: number, reached: readonly Progress[]): Place {
		const progress = reached.filter((one) => one.rule < rule && one.at.some((at) => at < one.row.length));
		const tests = progress.flatMap((one) => {
			const found = nameTests(one.row, one.at);
			return found.length === 0 ? [] : [{ rule: one.rule, matches: anyOf(found) }];
		});
		const floating = this.#floating.filter((test) => test.rule < rule);
		return { rule, progress, tests: [...tests, ...floating].sort((a, b) => a.rule - b.rule) };
	}
}

/** The number of the rule that applies to a name in a directory. */
export function ruleOf({ rule, tests }: Place, name: ByteString): number {
	for (const test of tests) if (test.matches(name)) return test.rule;
	return rule;
}

/** The positions after matching one component. A `**` may match it and stay, or match nothing and leave it to the next step. */
function advance(row: Row, at: readonly number[], name: ByteString): readonly number[] {
	const next = new Set<number>();
	for (const position of reachable(row, at)) {
		const step = row[position];
		if (step === ANY_DEPTH) next.add(position);
		else if (step?.(name) === true) next.add(position + 1);
	}
	return [...next];
}

/** The tests for names that complete the pattern. A `**` at the end matches at least one component. */
function nameTests(row: Row, at: readonly number[]): readonly ((name: ByteString) => boolean)[] {
	return reachable(row, at)
		.filter((position) => position === row.length - 1)
		.flatMap((position) => {
			const step: Step | undefined = row[position];
			if (step === undefined) return [];
			return [step === ANY_DEPTH ? () => true : step];
		});
}

/** The positions themselves, and those after each `**` that matches nothing. */
function reachable(row: Row, at: readonly number[]): readonly number[] {
	const found = new Set<number>();
	for (const start of at)
		for (let position = start; position < row.length; position++) {
			found.add(position);
			if (row[position] !== ANY_DEPTH) break;
		}
	return [...found];
}

function anyOf(tests: readonly ((name: ByteString) => boolean)[]): (name: ByteString) => boolean {
	const [only] = tests;
	return tests.length === 1 && only !== undefined ? only : (name) => tests.some((test) => test(name));
}
