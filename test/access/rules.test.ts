/*
 * Which rule applies to a path: tables, and random rules on all paths of a small tree.
 * There, minimatch is asked about each path and each directory above it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Minimatch } from "minimatch";
import { parseAccessPattern } from "../../src/files/access-pattern.ts";
import {
	isChangeable,
	isCreatable,
	isReadable,
	isSeen,
	isWithin,
	RIGHTS,
	type Right,
} from "../../src/files/access-rights.ts";
import { type AccessRule, AccessRules } from "../../src/files/access-rules.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { Random } from "../differential/random.ts";
import { isFast } from "../helpers/fast.ts";

function rule(right: Right, text: string): AccessRule {
	const pattern = parseAccessPattern(asByteString(text));
	if (typeof pattern === "string") throw new Error(`${text}: ${pattern}`);
	return { right, text: asByteString(text), pattern, origin: { kind: "option", option: "--access" } };
}

/** Makes rules from lines: the right, a space, the pattern. */
function rules(...lines: readonly string[]): AccessRules {
	return new AccessRules(
		lines.map((line) => {
			const [word = "", text = ""] = line.split(/ (.*)/s);
			const right = RIGHTS.find((one) => one === word);
			if (right === undefined) throw new Error(line);
			return rule(right, text);
		}),
	);
}

describe("the right at a path", () => {
	for (const [lines, rows] of [
		[[], { "/": "full", "/a": "full", "/a/b": "full" }],
		[["read /"], { "/": "read", "/a": "read", "/a/b": "read" }],
		[["read /**"], { "/": "full", "/a": "read", "/.a": "read", "/a/b": "read" }],
		[
			["drop /in/**"],
			{ "/in": "full", "/in/a": "drop", "/in/a/b": "drop", "/inn/a": "full", "/x/in/a": "full" },
		],
		[["drop /in"], { "/in": "drop", "/in/a": "drop", "/inn": "full" }],
		[["drop in/x"], { "/in/x": "drop", "/in/x/y": "drop", "/a/in/x": "full" }],
		[["none *.exe"], { "/a.exe": "none", "/d/a.exe": "none", "/d.exe/a": "none", "/a.exe.txt": "full" }],
		[["hidden .ssh"], { "/.ssh": "hidden", "/h/.ssh/id": "hidden", "/h/.sshd": "full" }],
		[["none *"], { "/": "full", "/a": "none", "/.a": "none" }],
		[["full /a/ok", "none /a"], { "/a": "none", "/a/x": "none", "/a/ok": "full", "/a/ok/x": "full" }],
		[["none /a", "full /a/ok"], { "/a": "none", "/a/ok": "none" }],
		[["full *.txt", "read /"], { "/a": "read", "/a.txt": "full", "/b.txt/c": "full" }],
		[["add /a/**/z"], { "/a": "full", "/a/z": "add", "/a/b/z": "add", "/a/b/c/z/y": "add", "/a/b": "full" }],
		[["add **/z"], { "/z": "add", "/a/z": "add", "/zz": "full" }],
		[["add /{a,b}/c"], { "/a/c": "add", "/b/c": "add", "/c/c": "full" }],
		[["add /[ab]?"], { "/ax": "add", "/b": "full", "/cx": "full" }],
		[["none /\xff\xfe"], { "/\xff\xfe": "none", "/\xff": "full", "/\xc3\xbf\xc3\xbe": "full" }],
		[["none /??"], { "/\xc3\xa4": "none", "/a": "full" }],
		[["none a\nb"], { "/a\nb": "none", "/a": "full" }],
		[["none *b"], { "/a\nb": "none" }],
		[["none \\!a"], { "/!a": "none", "/b": "full" }],
		[["none #a"], { "/#a": "none" }],
		[["none \\*"], { "/*": "none", "/a": "full" }],
	] as const)
		it(`follows from ${JSON.stringify(lines)}`, () => {
			const subject = rules(...lines);
			for (const [path, right] of Object.entries(rows))
				assert.equal(subject.right(subject.at(asByteString(path))), right, path);
		});

	it("agrees with minimatch on the path and the directories above it", () => {
		const random = new Random(1);
		const names = ["a", "b", ".c", "a.x"] as const;
		const parts = ["a", "b", ".c", "*", "**", "*.x", "?", "{a,b}", "!(a)", "a*"] as const;
		const paths = [""];
		for (let start = 0, depth = 0; depth < 4; depth++) {
			const end = paths.length;
			for (; start < end; start++) for (const name of names) paths.push(`${paths[start]}/${name}`);
		}
		const options = { dot: true, nocomment: true, nonegate: true };
		for (let round = 0; round < (isFast ? 50 : 150); round++) {
			const texts = Array.from({ length: random.below(5) + 1 }, () => {
				const length = random.below(4) + 1;
				const steps = Array.from({ length }, () => random.pick(parts));
				return length === 1 && random.below(2) === 0 ? (steps[0] ?? "") : `/${steps.join("/")}`;
			});
			const subject = new AccessRules(texts.map((text, i) => rule(RIGHTS[i % 6] ?? "full", text)));
			const patterns = new Map(texts.map((text) => [text, new Minimatch(text, options)]));
			const directly = (text: string, path: string): boolean =>
				patterns.get(text)?.match(text.includes("/") ? path : path.slice(path.lastIndexOf("/") + 1)) === true;
			const expected = new Map<string, number>();
			/* A directory stands before what is in it. */
			for (const path of paths.slice(1)) {
				const found = texts.findIndex((text) => directly(text, path));
				const above = expected.get(path.slice(0, path.lastIndexOf("/"))) ?? texts.length;
				expected.set(path, Math.min(found === -1 ? texts.length : found, above));
			}
			for (const [path, number] of expected)
				assert.equal(subject.at(asByteString(path)), number, `${JSON.stringify(texts)} ${path}`);
			/* namesBeneath is true above each path to which an earlier rule with a slash applies. */
			for (const [path, number] of expected)
				for (let up = path; ; ) {
					up = up.slice(0, up.lastIndexOf("/"));
					if (up === "") break;
					const text = texts[number];
					const above = expected.get(up) ?? -1;
					if (text?.includes("/") === true && number < above && directly(text, path))
						assert.ok(subject.namesBeneath(asByteString(up)), `${JSON.stringify(texts)} ${up} above ${path}`);
				}
		}
	});
});

describe("a rule with a slash", () => {
	for (const [lines, directory, expected] of [
		[["drop /a/b"], "/", true],
		[["drop /a/b"], "/a", true],
		[["drop /a/b"], "/a/b", false],
		[["drop /a/b"], "/b", false],
		[["drop /a/**"], "/a", true],
		[["drop /a/**"], "/a/b", false],
		[["drop /*/b"], "/x", true],
		[["drop /**/b"], "/x/y/z", true],
		[["drop b"], "/x", false],
		[["read /a", "drop /a/b"], "/a", false],
		[["drop /a/b", "read /a"], "/a", true],
	] as const)
		it(`${expected ? "names" : "doesn't name"} anything beneath ${directory} in ${JSON.stringify(lines)}`, () => {
			assert.equal(rules(...lines).namesBeneath(asByteString(directory)), expected);
		});
});

describe("moving a directory from one rule to another", () => {
	for (const [lines, oldRule, newRule, expected] of [
		[["add /a/**"], 1, 0, true],
		[["add /a/**"], 0, 1, false],
		[["add /a/**", "drop /b/**"], 0, 1, true],
		[["add /a/**", "drop /b/**"], 1, 0, false],
		/* In the new directory, *.exe would no longer be the first rule that matches. */
		[["full /a/**", "none *.exe"], 2, 0, false],
		[["none *.exe", "full /a/**"], 2, 1, true],
	] as const)
		it(`${expected ? "gains no rights" : "may gain rights"}: ${JSON.stringify(lines)} ${oldRule} ${newRule}`, () => {
			assert.equal(rules(...lines).keepsRights(oldRule, newRule), expected);
		});
});

describe("a right", () => {
	/* The manual's table, for other sessions and for the one that created the file. */
	const foreign = { isDirectory: false, isOwn: () => false };
	const own = { isDirectory: false, isOwn: () => true };
	const directory = { isDirectory: true, isOwn: () => false };
	for (const [right, seen, read, created, changed, ownSeen, ownRead, ownChanged] of [
		["full", true, true, true, true, true, true, true],
		["read", true, true, false, false, true, true, false],
		["add", true, true, true, false, true, true, true],
		["drop", false, false, true, false, true, true, true],
		["none", true, false, false, false, true, false, false],
		["hidden", false, false, false, false, false, false, false],
	] as const)
		it(`${right} permits what the table says`, () => {
			assert.deepEqual(
				[
					isSeen(right, foreign),
					isReadable(right, foreign),
					isCreatable(right),
					isChangeable(right, foreign),
				],
				[seen, read, created, changed],
			);
			assert.deepEqual(
				[isSeen(right, own), isReadable(right, own), isChangeable(right, own)],
				[ownSeen, ownRead, ownChanged],
			);
			assert.equal(isSeen(right, directory), right !== "hidden");
			assert.equal(isReadable(right, directory), right !== "hidden" && right !== "none");
			assert.equal(isChangeable(right, directory), right === "full");
		});

	it("permits no more than those above it", () => {
		const within = RIGHTS.flatMap((one) =>
			RIGHTS.filter((other) => isWithin(one, other)).map((other) => `${one} ${other}`),
		);
		assert.deepEqual(within, [
			...["full full", "read full", "read read", "read add", "add full", "add add"],
			...["drop full", "drop add", "drop drop"],
			...["none full", "none read", "none add", "none none"],
			...RIGHTS.map((other) => `hidden ${other}`),
		]);
	});
});

describe("a pattern", () => {
	for (const [text, complaint] of [
		["", "the pattern is empty"],
		["a/", "a pattern can't end in a slash"],
		["/a//b", "no component can be empty, . or .."],
		["/a/[b", undefined],
		["/a/./b", "no component can be empty, . or .."],
		["/a/../b", "no component can be empty, . or .."],
		["..", "no component can be empty, . or .."],
		["/{a,.}", "no component can be empty, . or .."],
		["{1..2000}", "its braces expand to more than 1000 patterns"],
		["~/keep", "~ is not expanded in a pattern"],
		["~user/keep", "~ is not expanded in a pattern"],
		["~", "~ is not expanded in a pattern"],
		["~$*.docx", undefined],
		["/srv/~/a", undefined],
		["/srv/%u", "tokens such as %u are not expanded in a pattern ([%] is a percent sign)"],
		["%d/**", "tokens such as %u are not expanded in a pattern ([%] is a percent sign)"],
		["/srv/[%]u", undefined],
		["/srv/100%", undefined],
		["!/srv/**", "a pattern can't be negated (\\! is an exclamation mark)"],
		["!*.exe", "a pattern can't be negated (\\! is an exclamation mark)"],
		["!(*.exe)", undefined],
		["\\!important", undefined],
		["{*.exe,/srv/in}", "its braces mix patterns with and without a slash"],
		["{*.exe,*.com}", undefined],
		["{/srv/in,/srv/out/**}", undefined],
		["/srv/{a,b/c}", undefined],
	] as const)
		it(`${JSON.stringify(text)} is ${complaint === undefined ? "accepted" : "refused"}`, () => {
			const parsed = parseAccessPattern(asByteString(text));
			assert.equal(typeof parsed === "string" ? parsed : undefined, complaint);
		});

	it("with many stars in a name takes bounded time", () => {
		/* A backtracking matcher would not finish in a lifetime. */
		const subject = rules(`none ${"*a".repeat(20)}*b`);
		assert.equal(subject.at(asByteString(`/${"a".repeat(255)}`)), 1);
		assert.equal(subject.at(asByteString(`/${"a".repeat(254)}b`)), 0);
	});

	it("matches the names that minimatch matches", () => {
		const letters = ["a", "b", ".", "*", "?", "!", "+", ")", "]", "-"];
		const texts = (length: number): string[] =>
			length === 0 ? [""] : texts(length - 1).flatMap((rest) => letters.map((letter) => letter + rest));
		const names = texts(3).filter((name) => !/^\.*$/.test(name));
		for (const glob of texts(3)) {
			const pattern = parseAccessPattern(asByteString(glob));
			if (typeof pattern === "string") continue;
			const judge = new Minimatch(glob, { dot: true, nonegate: true, platform: "linux" });
			const [[matches] = []] = pattern.rows;
			assert.ok(typeof matches === "function", glob);
			for (const name of names)
				assert.equal(matches(asByteString(name)), judge.match(name), `${glob} ${name}`);
		}
	});

	it("with many ** and stars takes bounded time", () => {
		const text = `/${Array.from({ length: 30 }, () => "**/a").join("/")}/b`;
		const path = "/a".repeat(500);
		assert.equal(rules(`none ${text}`).at(asByteString(path)), 1);
	});
});
