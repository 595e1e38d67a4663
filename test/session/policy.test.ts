/*
 * The policy on its own: how lists are read, what -R, -P and -p decide, and what
 * is logged about it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Policy } from "../../src/session/policy.ts";
import { listItems, patternFault, unknownItems } from "../../src/session/request-list.ts";

/** Those of the names that a list given to -P refuses. */
function refusedBy(list: string, ...names: readonly string[]): readonly string[] {
	const policy = new Policy(false, list, undefined);
	return names.filter((name) => !policy.decide({ name, writes: false }).permitted);
}

describe("a list of requests", () => {
	const lists: readonly [criterion: string, list: string, items: readonly string[]][] = [
		["is divided by commas", "open,close", ["open", "close"]],
		["ends at an empty item", "open,,close", ["open"]],
		["may end in a comma", "open,", ["open"]],
		["is empty when its first item is empty", ",open", []],
		["is empty when the text is empty", "", []],
		["keeps blanks and upper case", " open,Open", [" open", "Open"]],
		["has at most forty items", Array(41).fill("x").join(","), Array(40).fill("x")],
		["has its first forty items when an empty one follows", `${"x,".repeat(40)},y`, Array(40).fill("x")],
	];
	for (const [criterion, list, items] of lists) {
		it(criterion, () => assert.deepEqual(listItems(list), items));
	}

	const patterns: readonly [criterion: string, list: string, refused: readonly string[]][] = [
		["matches exactly without a pattern", "stat", ["stat"]],
		["takes * for any characters", "*stat", ["stat", "lstat", "fstat"]],
		["takes ? for one", "?stat", ["lstat", "fstat"]],
		["takes sets and ranges", "[a-f]stat", ["fstat"]],
		["takes negated sets", "[!a-f]stat", ["lstat"]],
		["takes alternatives", "{l,f}stat", ["lstat", "fstat"]],
		["takes an empty alternative", "{,f}stat", ["stat", "fstat"]],
		["takes nested alternatives, beside names", "x,{l,{f,s}}stat", ["lstat", "fstat"]],
		["takes sets that contain a comma", "[l,f]stat", ["lstat", "fstat"]],
		["has no pattern in a name with an at sign", "stat@openssh.com,+(l", []],
		["takes alternatives without a comma", "@(lstat|fstat)", ["lstat", "fstat"]],
		["has no negation before a pattern", "!stat", []],
		["has no comments", "#*", []],
		["takes a pattern beside names", "fstat,l*", ["lstat", "fstat"]],
		["does not end at an item that matches nothing", "x*,stat", ["stat"]],
	];
	for (const [criterion, list, refused] of patterns) {
		it(criterion, () => assert.deepEqual(refusedBy(list, "stat", "lstat", "fstat"), refused));
	}

	const faults: readonly (readonly [list: string, fault: string | undefined])[] = [
		...["{rem,rmd", "rem},rmd", "{rmdir}}", "[remove,", "@(remove", "{a,[b}]", "x,}{"].map(
			(list) => [list, "its brackets are not balanced"] as const,
		),
		["set*,,rename", "it has an empty item"],
		["set*,", "it has an empty item"],
		[`${"x,".repeat(40)}y*`, "it has more than 40 items"],
		["stat,,rename", undefined],
		[`${"x,".repeat(40)}y`, undefined],
		["", undefined],
		["set*,{remove,rmdir},[a-f]stat,@(open)", undefined],
	];
	for (const [list, fault] of faults)
		it(`with patterns must be complete: ${list.slice(0, 20)}`, () => assert.equal(patternFault(list), fault));

	it("says which of its items match no request", () => {
		const names = ["stat", "lstat"];
		assert.deepEqual(unknownItems("stat,nonsense,*stat,x*,LSTAT", names), ["nonsense", "x*", "LSTAT"]);
		assert.deepEqual(unknownItems("stat,,nonsense", names), []);
	});
});

describe("a policy", () => {
	const operations = [
		{ name: "stat", writes: false },
		{ name: "mkdir", writes: true },
	] as const;
	type Row = readonly [readOnly: boolean, denied: string | undefined, allowed: string | undefined];
	const rows: readonly [policy: Row, permitted: string, logged: readonly string[]][] = [
		[[false, undefined, undefined], "stat mkdir", []],
		[[true, undefined, undefined], "stat", ["Refusing mkdir request in read-only mode"]],
		[[false, "stat", undefined], "mkdir", ["Refusing denylisted stat request"]],
		[
			[false, undefined, "stat"],
			"stat",
			["Permitting allowlisted stat request", "Refusing non-allowlisted mkdir request"],
		],
		[
			[false, "stat", "stat,mkdir"],
			"mkdir",
			["Refusing denylisted stat request", "Permitting allowlisted mkdir request"],
		],
		[
			[true, "mkdir", "mkdir"],
			"",
			["Refusing non-allowlisted stat request", "Refusing mkdir request in read-only mode"],
		],
		[
			[false, undefined, ""],
			"",
			["Refusing non-allowlisted stat request", "Refusing non-allowlisted mkdir request"],
		],
		[[false, "", undefined], "stat mkdir", []],
	];
	for (const [[readOnly, denied, allowed], permitted, logged] of rows) {
		it(`of ${readOnly ? "-R" : "no -R"}, -P ${denied} and -p ${allowed} permits ${permitted || "nothing"}`, () => {
			const policy = new Policy(readOnly, denied, allowed);
			const found = operations.map((operation) => ({ operation, ...policy.decide(operation) }));
			const names = found.flatMap(({ permitted, operation }) => (permitted ? [operation.name] : []));
			assert.equal(names.join(" "), permitted);
			const lines = found.flatMap(({ event, operation }) => event?.describe(operation.name).text ?? []);
			assert.deepEqual(lines, logged);
		});
	}
});
