// The load generator against OpenSSH's server: what it counts, and that it
// notices wrong answers. No test here looks at a time.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { judge } from "./aims.ts";
import { compileLoad } from "./native.ts";
import { measure, runChecked } from "./sample.ts";
import { ratio, spread } from "./stats.ts";

const server = "/usr/lib/openssh/sftp-server";
const skip = existsSync(server) ? false : "install openssh-sftp-server";

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
		test(`READs what was asked for ${flags.join("") || "through pipes"}`, async () => {
			const sample = await run(...flags, "--verify", "read", join(directory, "file"), 32768, 32768 * 70);
			assert.equal(sample.requests, 70);
			assert.equal(sample.bytes, 32768 * 70);
			assert.ok(sample.wallNs > 0 && sample.cpuNs > 0 && sample.peakKiB > 0);
		});

	test("WRITEs a file and finds its bytes in it", async () => {
		const file = join(directory, "written");
		const sample = await run("--verify", "write", file, 5000, 5000 * 100);
		assert.equal(sample.requests, 100);
		assert.equal(statSync(file).size, 500_000);
	});

	for (const kind of ["stat", "lstat", "missing", "setstat", "mkdir", "rename", "readlink", "realpath"])
		test(`gets a right answer to each request of ${kind}`, async () => {
			const sample = await run("--verify", kind, join(directory, "paths"), 40, 10);
			assert.equal(sample.requests, 40);
		});

	test("takes turns with OPEN and CLOSE", async () => {
		assert.equal((await run("open", join(directory, "paths"), 5, 10)).requests, 10);
	});

	test("lists a directory to its end", async () => {
		const sample = await run("--verify", "readdir", join(directory, "paths"), 20, 3);
		assert.equal(sample.requests, 3 * 4);
	});

	test("has a file copied within the server", async () => {
		const copy = join(directory, "copied");
		assert.equal((await run("copy", join(directory, "file"), copy)).bytes, 200_000);
		assert.deepEqual(readFileSync(copy), readFileSync(join(directory, "file")));
	});

	test("measures start-up, and any program as a whole", async () => {
		assert.equal((await run("start")).requests, 1);
		const whole = await measure(load, ["run", "--", process.execPath, "-e", "0"]);
		assert.ok(whole.cpuNs > 0 && whole.peakKiB > 10_000);
	});

	test("fails when a file isn't there", async () => {
		await assert.rejects(run("stat", join(directory, "nothing"), 3, 10), /STAT was answered by type 101/);
	});

	test("fails when a directory has other entries than it was told", async () => {
		await assert.rejects(run("readdir", join(directory, "paths"), 21, 1), /22 names/);
	});

	test("fails when the server goes away", async () => {
		await assert.rejects(measure(load, ["start", "--", "true"]), /hung up|Broken pipe/);
	});
});

describe("the figures", () => {
	test("spread gives the quartiles", () => {
		assert.deepEqual(spread([5, 1, 4, 2, 3]), { q1: 2, median: 3, q3: 4 });
		assert.deepEqual(spread([1, 2]), { q1: 1.25, median: 1.5, q3: 1.75 });
	});

	test("ratio pairs what was measured in turns", () => {
		assert.deepEqual(ratio([2, 8, 9], [1, 2, 3]), { q1: 2.5, median: 3, q3: 3.5, ofMedians: 4 });
	});

	test("judge knows which way is better", () => {
		assert.equal(judge(3.2, { metric: "rate", atLeast: 3, aim: 5 }), "met");
		assert.equal(judge(0.2, { metric: "cpu", atLeast: 0.4, aim: 0.2 }), "aim met");
		assert.equal(judge(1.2, { metric: "time", atLeast: 1.15, aim: 1.05 }), "short");
		assert.equal(judge(1, { metric: "rate", atLeast: 1 }), "aim met");
	});
});
