/* A short run of the fuzzer, always the same, and the inputs that once failed. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";

/* Only root can make the fuzzer's world. */
const skip = unlessRoot();

async function fuzz(...args: readonly string[]): Promise<string> {
	const command = ["test/helpers/run-script.mjs", "test/fuzz/main.ts", ...args];
	/* Coverage and the sanitizers pass their settings in the environment. */
	const inherited = ["NODE_V8_COVERAGE", "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS"];
	const env = Object.fromEntries(
		inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
	);
	const { status, stdout, stderr } = await runCommand(process.execPath, command, { env });
	assert.equal(status, 0, `${stdout}${stderr}`);
	return stdout.toString();
}

describe("the fuzzer", { skip }, () => {
	it("finds nothing in a thousand sessions", async () => {
		const said = await fuzz("--seed", "1", "--sessions", "1000");
		const [, replies] = /, 1000 sessions, (\d+) replies, 0 failed$/m.exec(said) ?? [];
		assert.ok(Number(replies) > 1000, said);
	});

	it("finds nothing in the inputs that once failed", async () => {
		const names = readdirSync("test/fuzz/found").map((name) => name.replace(/\.json$/, ""));
		const said = await fuzz("--replay", ...names);
		assert.match(said, new RegExp(`, ${names.length} sessions, \\d+ replies, 0 failed$`, "m"));
	});
});
