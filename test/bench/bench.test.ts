/*
 * The load generator with OpenSSH's server and the bare loops: it counts correctly
 * and detects wrong answers. No test here depends on a time.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { judge } from "./aims.ts";
import { compileBare, compileLimit, compileLoad } from "./native.ts";
import { measure, runChecked } from "./sample.ts";
import { ratio, spread } from "./stats.ts";

const server = "/usr/lib/openssh/sftp-server";
const skip = unlessInstalled("openssh-sftp-server");
const pathKinds = ["stat", "lstat", "missing", "setstat", "mkdir", "rename", "readlink", "realpath"];
const clients = [[], ["--awake"]] as const;

describe("the load generator", { skip }, () => {
	let directory = "";
	let load = "";
	const run = (...args: (string | number)[]) => measure(load, [...args.map(String), "--", server]);

	before(() => {
		load = compileLoad();
		directory = mkdtempSync(join(tmpdir(), "sftp-bench-test-"));
		runChecked(load, ["make", join(directory, "paths"), "10", "10"]);
		writeFileSync(join(directory, "file"), Buffer.from(Array.from({ length: 200_000 }, (_, i) => i * 7)));
	});
	after(() => rmSync(directory, { recursive: true, force: true }));

	for (const flags of [[], ["--socket"], ["--discard"], ["--socket", "--discard"]])
		test(`READs the requested bytes ${flags.join("") || "through pipes"}`, async () => {
			const sample = await run(...flags, "--verify", "read", join(directory, "file"), 32768, 32768 * 70);
			assert.equal(sample.requests, 70);
			assert.equal(sample.bytes, 32768 * 70);
			assert.ok(sample.wallNs > 0 && sample.cpuNs > 0 && sample.peakKiB > 0);
		});

	test("WRITEs a file with the right bytes", async () => {
		const file = join(directory, "written");
		const sample = await run("--verify", "write", file, 5000, 5000 * 100);
		assert.equal(sample.requests, 100);
		assert.equal(statSync(file).size, 500_000);
	});

	for (const client of clients) {
		const as = client.length > 0 ? `, ${client.join()}` : "";

		for (const kind of pathKinds)
			test(`gets a correct answer to each request of ${kind}${as}`, async () => {
				const sample = await run(...client, "--verify", kind, join(directory, "paths"), 40, 10);
				assert.equal(sample.requests, 40);
			});

		test(`alternates OPEN and CLOSE${as}`, async () => {
			assert.equal((await run(...client, "open", join(directory, "paths"), 5, 10)).requests, 10);
		});

		test(`lists a directory to its end${as}`, async () => {
			const sample = await run(...client, "--verify", "readdir", join(directory, "paths"), 20, 3);
			assert.equal(sample.requests, 3 * 4);
		});

		test(`runs a brief session to its end${as}`, async () => {
			const args = [join(directory, "paths"), 20, 7, join(directory, "file")];
			const sample = await run(...client, "--verify", "session", ...args);
			/* OPENDIR, READDIR twice, CLOSE; 7 STATs; OPEN, 7 READs and one at the end, CLOSE. */
			assert.deepEqual([sample.requests, sample.bytes], [4 + 7 + 10, 200_000]);
		});

		test(`fails when a file is missing${as}`, async () => {
			await assert.rejects(
				run(...client, "stat", join(directory, "nothing"), 3, 10),
				/STAT was answered by type 101/,
			);
		});

		test(`fails when a directory has an unexpected number of entries${as}`, async () => {
			await assert.rejects(run(...client, "readdir", join(directory, "paths"), 21, 1), /22 names/);
		});

		test(`fails when the server goes away${as}`, async () => {
			await assert.rejects(measure(load, [...client, "start", "--", "true"]), /hung up|Broken pipe/);
		});

		test(`fails when the server goes away while requests are in flight${as}`, async () => {
			const work = ["stat", join(directory, "paths"), "40", "10"];
			const brief = ["sh", "-c", "printf '\\0\\0\\0\\5\\2\\0\\0\\0\\3'; head -c 40 >/dev/null"];
			await assert.rejects(measure(load, [...client, ...work, "--", ...brief]), /hung up|Broken pipe/);
		});
	}

	for (const work of [["--window", 1, "stat"], ["open"]])
		test(`never sleeps with --awake: ${work.join(" ")}`, async () => {
			const asleep = await run(...work, join(directory, "paths"), 400, 10);
			const awake = await run("--awake", ...work, join(directory, "paths"), 400, 10);
			/* Not 0: while the server is inside a pipe call, a reader may have to wait for its lock. */
			assert.ok(awake.loadSwitches * 10 < asleep.loadSwitches);
		});

	test("makes the server copy a file", async () => {
		const copy = join(directory, "copied");
		assert.equal((await run("copy", join(directory, "file"), copy)).bytes, 200_000);
		assert.deepEqual(readFileSync(copy), readFileSync(join(directory, "file")));
	});

	test("measures start-up, and any program as a whole", async () => {
		assert.equal((await run("start")).requests, 1);
		const whole = await measure(load, ["run", "--", process.execPath, "-e", "0"]);
		assert.ok(whole.cpuNs > 0 && whole.peakKiB > 10_000);
	});

	test("limit's client of list never sleeps with awake", async () => {
		const list = ["list", join(directory, "paths"), "400"];
		const asleep = await measure(compileLimit(), list);
		const awake = await measure(compileLimit(), [...list, "awake"]);
		/* Not 0: at the end it may sleep until its server has exited. */
		assert.ok(awake.loadSwitches * 10 < asleep.loadSwitches);
	});
});

describe("the bare loops", () => {
	const onNode = join("test", "bench", "bare-stat.cjs");
	const loops: readonly [title: string, path: () => string, kinds: readonly string[]][] = [
		["in C", compileBare, ["stat", "lstat", "missing", "open"]],
		["on node", () => onNode, ["stat", "lstat", "missing"]],
	];
	let directory = "";
	const run = (server: string, kind: string, paths: string) =>
		measure(compileLoad(), ["--verify", kind, paths, "200", "10", "--", server]);

	before(() => {
		directory = mkdtempSync(join(tmpdir(), "sftp-bench-test-"));
		runChecked(compileLoad(), ["make", directory, "10", "0"]);
	});
	after(() => rmSync(directory, { recursive: true, force: true }));

	for (const [title, path, kinds] of loops) {
		for (const kind of kinds)
			test(`the one ${title} answers ${kind}`, async () => {
				assert.ok((await run(path(), kind, directory)).requests >= 200);
			});

		test(`the one ${title} reports a missing file`, async () => {
			await assert.rejects(run(path(), "stat", join(directory, "nothing")), /answered by type 101/);
		});
	}
});

describe("the figures", () => {
	test("spread gives the quartiles", () => {
		assert.deepEqual(spread([5, 1, 4, 2, 3]), { q1: 2, median: 3, q3: 4 });
		assert.deepEqual(spread([1, 2]), { q1: 1.25, median: 1.5, q3: 1.75 });
	});

	test("ratio pairs the measurements of each turn", () => {
		assert.deepEqual(ratio([2, 8, 9], [1, 2, 3]), { q1: 2.5, median: 3, q3: 3.5, ofMedians: 4 });
	});

	test("judge knows which direction is better", () => {
		assert.equal(judge(3.2, { metric: "rate", atLeast: 3, aim: 5 }), "met");
		assert.equal(judge(0.2, { metric: "cpu", atLeast: 0.4, aim: 0.2 }), "aim met");
		assert.equal(judge(1.2, { metric: "time", atLeast: 1.15, aim: 1.05 }), "short");
		assert.equal(judge(1, { metric: "rate", atLeast: 1 }), "aim met");
	});
});
