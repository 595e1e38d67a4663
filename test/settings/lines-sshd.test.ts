/* Words, quotes, escapes, comments and file patterns, compared with sshd. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Random } from "../differential/random.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { assigned, evaluate } from "./config.ts";
import { SshdJudge } from "./sshd-judge.ts";

const skip = unlessInstalled("openssh-server") || unlessRoot();
const asked = { user: "root", address: "192.0.2.7", localAddress: "192.0.2.1", localPort: 22 };

describe("a line", { skip }, () => {
	it("generated from a seed has the words that sshd finds, and is an error when sshd reports one", (test) => {
		const judge = new SshdJudge(test);
		const ours = join(judge.directory, "config");
		const random = new Random(4);
		const counts = { taken: 0, refused: 0 };
		for (let i = 0; i < 500; i++) {
			const [space, rest] = randomLine(random);
			const line = (keyword: string) => `${space}${keyword}${rest}`;
			writeFileSync(ours, `${line("LogFile")}\nLogFormat json\n`, "latin1");
			const result = evaluate(ours);
			const theirs = judge
				.values("Banner", `${line("Banner")}\n`, asked)
				/* sshd makes a relative name absolute. */
				?.map((value) => value.replace(`${Buffer.from(process.cwd()).toString("latin1")}/`, ""));
			if (typeof result === "string") {
				/* sshd accepts an empty name, and ignores a line whose keyword has an unclosed quote. */
				const isStricter = theirs?.[0] === "none" || result.endsWith('expected the path of a file, not ""');
				assert.ok(theirs === undefined || isStricter, `${JSON.stringify(line("Banner"))}: ${result}`);
				counts.refused++;
			} else {
				const [file] = assigned(result).map((one) => one.slice("LogFile ".length));
				assert.deepEqual([file], theirs, JSON.stringify(line("Banner")));
				counts.taken++;
			}
		}
		assert.ok(counts.taken > 100 && counts.refused > 100, JSON.stringify(counts));
	});
});

describe("Include", { skip }, () => {
	const names = [
		"a",
		"b",
		"c.conf",
		"d.conf",
		"a-b",
		"A",
		".hidden",
		"x y",
		"[z]",
		"\xe9",
		"10",
		"9",
		"folder/in",
		"f2/in",
	];
	const patterns = [
		"*",
		"*.conf",
		"?",
		"[ab]*",
		"[!ab]*",
		"[^ab]*",
		"[a-c]*",
		"[c-a]*",
		"[]z]*",
		"\\\\[z\\\\]",
		".*d*",
		"*/in",
		"f*/*",
		"f*/missing",
		"no*such",
		"a b",
		"b a",
		'"x y" a',
		"missing*/* a",
	];
	for (const pattern of patterns)
		it(`reads the files that sshd reads, in the same order: ${pattern}`, (test) => {
			const judge = new SshdJudge(test);
			for (const folder of ["theirs", "ours"])
				for (const [i, name] of names.entries()) {
					const file = join(judge.directory, folder, name.normalize());
					mkdirSync(join(file, ".."), { recursive: true });
					writeFileSync(file, folder === "theirs" ? `AcceptEnv ${i}\n` : `Confine /${i}\n`);
				}
			const include = (folder: string) =>
				pattern.replaceAll(/"[^"]+"|\S+/g, (word) =>
					word.startsWith('"')
						? `"${judge.directory}/${folder}/${word.slice(1)}`
						: `${judge.directory}/${folder}/${word}`,
				);
			const theirs = judge.values("AcceptEnv", `Include ${include("theirs")}\n`, asked);
			const ours = join(judge.directory, "ours", "..", "config");
			writeFileSync(
				ours,
				`Include ${pattern.replaceAll(/"[^"]+"|\S+/g, (word) => (word.startsWith('"') ? `"ours/${word.slice(1)}` : `ours/${word}`))}\n`,
			);
			const result = evaluate(ours);
			const here =
				typeof result === "string" ? undefined : assigned(result).map((one) => one.slice("Confine /".length));
			assert.deepEqual(here, theirs);
		});
});

/** What precedes the keyword, and what follows it. */
function randomLine(random: Random): readonly [string, string] {
	const space = random.pick(["", "", " ", "\t "]);
	const separator = random.pick([" ", "=", " = ", "\t", " =", "= ", ""]);
	const pieces = [
		"a",
		"b/",
		" ",
		"\t",
		'"',
		"'",
		"\\",
		"#",
		"=",
		"\\\\",
		'\\"',
		"\\'",
		"\\ ",
		"\xe9",
		"a b",
		'"c d"',
		"'e f'",
	] as const;
	const length = random.between(1, 7);
	const text = Array.from({ length }, () => random.pick(pieces)).join("");
	return [space, separator + text + random.pick(["", " ", " # x", "\r", " \f"])];
}
