/*
 * Match as sshd evaluates it: the same criteria for both, in a file where every
 * block adds its own value to a keyword that collects values.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Group, Subject } from "../../src/settings/match.ts";
import { Random } from "../differential/random.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { assigned, evaluate } from "./config.ts";
import { type Asked, SshdJudge } from "./sshd-judge.ts";

const skip = unlessInstalled("openssh-server") || unlessRoot();

/** Users that every Debian has. */
const USERS = ["root", "daemon", "bin", "www-data", "nobody"] as const;
const ADDRESSES = [
	"192.0.2.7",
	"10.1.2.3",
	"127.0.0.1",
	"2001:db8::7",
	"2001:db8:0:1::7",
	"::1",
	"::ffff:192.0.2.7",
	"fe80::1%lo",
] as const;
const PORTS = [22, 2222, 65535] as const;

function groupsOf(user: string): readonly Group[] {
	const words = (option: string) =>
		execFileSync("id", [option, user], { encoding: "utf8" }).trim().split(" ");
	const names = words("-Gn");
	return words("-G").map((id, i) => ({ id: Number(id), name: names[i] }));
}

const groups = new Map((skip ? [] : USERS).map((user) => [user as string, groupsOf(user)]));

function subject({ user, address, localAddress, localPort }: Asked): Subject {
	return { user, groups: () => groups.get(user) ?? [], address, localAddress, localPort };
}

/** The numbers of the criteria that match: here, and in sshd. */
function compare(test: TestContext, criteria: readonly string[], asked: readonly Asked[]): number {
	const judge = new SshdJudge(test);
	const file = (line: (i: number) => string) =>
		criteria.map((text, i) => `Match ${text}\n${line(i)}\n`).join("");
	const ours = join(judge.directory, "config");
	writeFileSync(
		ours,
		file((i) => `Confine /${i}`),
	);
	let holding = 0;
	for (const one of asked) {
		const here = assigned(evaluate(ours, subject(one))).map((line) => line.slice("Confine /".length));
		const theirs = judge.values(
			"AcceptEnv",
			file((i) => `AcceptEnv ${i}`),
			one,
		);
		const shown = (numbers: readonly string[]) => numbers.map((i) => criteria[Number(i)]);
		assert.ok(theirs !== undefined, "sshd takes the file");
		assert.deepEqual(shown(here), shown(theirs), JSON.stringify(one));
		holding += here.length;
	}
	return holding;
}

const everybody: readonly Asked[] = USERS.flatMap((user) =>
	ADDRESSES.map((address, i) => ({
		user,
		address,
		localAddress: ADDRESSES[(i + 3) % ADDRESSES.length] ?? address,
		localPort: PORTS[i % PORTS.length] ?? 22,
	})),
);

describe("Match", { skip }, () => {
	it("applies to the same sessions as in sshd", (test) => {
		const criteria = [
			"All",
			"all # comment",
			"User root",
			"user ROOT",
			"User=root",
			"User = root",
			'User "root"',
			'User ro"ot"',
			"User root,daemon",
			"User root User daemon",
			"User *,!root",
			"User !root,*",
			"User !r*,*",
			"User r?ot",
			"User ????",
			"User www-data # comment",
			"User www-*,bi?",
			"User root,!root",
			"Group root",
			"Group bin,daemon",
			"Group *,!root",
			"Group *",
			"Group nogroup User nobody",
			"Group no-such-group",
			"Address 192.0.2.7",
			"Address 192.0.2.0/24",
			"Address 192.0.2.0/24,!192.0.2.7",
			"Address !192.0.2.7,192.0.2.0/24",
			"Address 0.0.0.0/0",
			"Address ::/0",
			"Address *",
			"Address *,!10.0.0.0/8",
			"Address 10.*",
			"Address ?.?.?.?",
			"Address ::1",
			"Address 0:0:0:0:0:0:0:1",
			"Address 2001:db8::/32",
			"Address 2001:DB8::7",
			"Address 2001:db8::/64,10.0.0.0/8",
			"Address 2001:*",
			"Address ::ffff:192.0.2.7",
			"Address ::ffff:c000:207",
			"Address ::ffff:0:0/96",
			"Address fe80::/10",
			"Address fe80::1",
			"Address fe80::1%lo",
			"LocalAddress 192.0.2.0/24",
			"LocalAddress 127.0.0.1,::1",
			"LocalPort 22",
			"LocalPort=2222",
			"User root Address 10.0.0.0/8 LocalPort 2222",
			"Address 10.0.0.0/8 User daemon,bin Group *",
		];
		assert.ok(compare(test, criteria, everybody) > 100);
	});

	for (const seed of [1, 2, 3])
		it(`applies to the same sessions as in sshd, for random criteria from seed ${seed}`, (test) => {
			const random = new Random(seed);
			const criteria = Array.from({ length: 300 }, () => randomCriteria(random));
			assert.ok(
				compare(
					test,
					criteria,
					everybody.filter(() => random.chance(30)),
				) > 100,
			);
		});

	it("in an included file ends with the file, and applies where the Include does", (test) => {
		const judge = new SshdJudge(test);
		const trees: readonly (readonly [main: string, parts: Readonly<Record<string, string>>])[] = [
			["Include a\nSET 1", { a: "SET 2\nMatch User daemon\nSET 3" }],
			["Include a b\nSET 1", { a: "Match User root\nSET 3", b: "SET 4" }],
			["Match User root\nInclude a\nSET 1", { a: "SET 2\nMatch Address 10.*\nSET 3" }],
			[
				"Match User root\nInclude a\nSET 1",
				{ a: "Include b\nMatch All\nSET 3\nInclude b", b: "SET 4\nMatch User bin\nSET 5" },
			],
			["SET 1\nMatch User root\nSET 2\nMatch All\nSET 3\nInclude a\nSET 4", { a: "SET 5" }],
			[
				"Match User daemon\nInclude [ab]\nSET 1",
				{ a: "SET 2", b: "Match User root\nSET 3\nMatch User d*\nSET 4" },
			],
		];
		for (const [main, parts] of trees)
			for (const one of everybody.slice(0, 16)) {
				/* In sshd a block's values replace the global ones of a keyword that collects, so none is global. */
				const all = sets(judge, `Match All\n${main}`, parts, ["AcceptEnv", "Confine"], one);
				assert.deepEqual(
					all.here.map((value) => value.replace("/", "")),
					all.theirs,
					`${main} ${JSON.stringify(one)}`,
				);
				const first = sets(judge, main, parts, ["ClientAliveInterval", "Umask"], one);
				assert.equal(Number(first.here[0] ?? 0), Number(first.theirs[0]), `${main} ${JSON.stringify(one)}`);
			}
	});
});

/** What the same files set for a keyword of sshd's and one of ours; they have SET in its place. */
function sets(
	judge: SshdJudge,
	main: string,
	parts: Readonly<Record<string, string>>,
	[theirKeyword, ourKeyword]: readonly [string, "Confine" | "Umask"],
	asked: Asked,
): { readonly here: readonly string[]; readonly theirs: readonly string[] } {
	/* sshd takes relative names from /etc/ssh, so both get absolute ones. */
	const write = (set: string, folder: string) => {
		const path = join(judge.directory, folder);
		mkdirSync(path, { recursive: true });
		const text = (content: string) =>
			content
				.replaceAll("SET ", set)
				.replaceAll(/Include .*/g, (line) => line.replaceAll(/ (\S+)/g, ` ${path}/$1`));
		for (const [part, content] of Object.entries(parts)) writeFileSync(join(path, part), text(content));
		return text(main);
	};
	const theirs = judge.values(theirKeyword, write(`${theirKeyword} `, "theirs"), asked);
	assert.ok(theirs !== undefined, "sshd takes the files");
	const ours = join(judge.directory, "config");
	writeFileSync(ours, write(ourKeyword === "Confine" ? "Confine /" : "Umask ", "ours"));
	const here = assigned(evaluate(ours, subject(asked))).map((line) => line.slice(ourKeyword.length + 1));
	return { here, theirs };
}

function randomCriteria(random: Random): string {
	const parts = Array.from({ length: random.between(1, 3) }, () => {
		const name = random.pick(["User", "Group", "Address", "LocalAddress", "LocalPort"]);
		if (name === "LocalPort") return `${name} ${random.pick(PORTS)}`;
		const item = name.endsWith("Address") ? () => randomNetwork(random) : () => randomName(random);
		/* A list of only negations is refused here and matches nothing in sshd. */
		const items = [
			item(),
			...Array.from({ length: random.below(4) }, () => (random.chance(30) ? "!" : "") + item()),
		];
		const swapped = random.chance(50) ? items.reverse() : items;
		return `${name} ${swapped.join(",")}`;
	});
	return parts.join(" ");
}

function randomName(random: Random): string {
	return withWildcards(random, random.pick(USERS));
}

/** Characters of the text, some of them replaced by "?" or a run of them by "*". */
function withWildcards(random: Random, text: string): string {
	if (random.chance(50)) return text;
	const start = random.below(text.length);
	const end = start + random.below(text.length - start + 1);
	const wildcard = random.chance(50) ? "*" : "?".repeat(end - start);
	return text.slice(0, start) + wildcard + text.slice(end) || "*";
}

function randomNetwork(random: Random): string {
	const address = random.pick(ADDRESSES);
	if (random.chance(30)) return address;
	const networks = [
		"10.0.0.0/8",
		"192.0.2.0/25",
		"192.0.2.6/31",
		"0.0.0.0/1",
		"2001:db8::/48",
		"2001:db8::/47",
		"::/127",
		"8000::/1",
	] as const;
	if (random.chance(50)) return random.pick(networks);
	const pattern = withWildcards(random, address.replace(/%.*/, ""));
	return /[*?]/.test(pattern) ? pattern : address;
}
