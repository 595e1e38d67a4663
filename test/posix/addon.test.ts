/*
 * The addon's typed face: every function throws at every wrong call and returns
 * a negative errno on failure. Runs in a process of its own, which reports how
 * far it got.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { before, describe, it } from "node:test";
import { addon } from "../../src/posix/addon.ts";
import { signatures } from "./signatures.ts";
import type { Tried } from "./wrong-calls.ts";

describe("the addon", () => {
	const tried = new Map<string, Tried>();
	let end = "";
	before(() => {
		const script = ["test/helpers/run-script.mjs", "test/posix/wrong-calls.ts"];
		const { stdout, stderr, status, signal } = spawnSync(process.execPath, script, { encoding: "utf8" });
		for (const line of stdout.split("\n").filter((text) => text !== "")) {
			const one: Tried = JSON.parse(line);
			tried.set(one.name, one);
		}
		end = `after ${[...tried.keys()].at(-1)}: status ${status}, signal ${signal}\n${stderr}`;
	});

	it("has a signature for every function", () => {
		assert.deepEqual(Object.keys(addon).sort(), Object.keys(signatures).sort());
	});

	for (const name of Object.keys(addon)) {
		it(`refuses invalid calls of ${name} and answers valid ones`, () => {
			const one = tried.get(name) ?? assert.fail(`not tried, ${end}`);
			assert.deepEqual(one.complaints, []);
			assert.ok(one.calls >= 2);
		});
	}
});

describe("the process", () => {
	const ends: readonly [code: string, status: number | null, signal: string | null][] = [
		["exit(0)", 0, null],
		["exit(255)", 255, null],
		["exitBySignal(1)", null, "SIGHUP"],
		["exitBySignal(9)", null, "SIGKILL"],
		["catchSignals();addon.exitBySignal(15)", null, "SIGTERM"],
		/* SIGCHLD is ignored by default, so it does not end the process. */
		["exitBySignal(17)", 128 + 17, null],
	];
	for (const [code, status, signal] of ends) {
		it(`ends at once by ${code}`, () => {
			const program = `const addon = require(${JSON.stringify(resolve("dist/posix.node"))});
				process.on("exit", () => console.log("later"));
				addon.${code};`;
			const ended = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
			assert.deepEqual([ended.status, ended.signal, ended.stdout], [status, signal, ""]);
		});
	}
});
