/* The deliberate faults can be installed, and the differential tester finds one of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { faults } from "./faults/list.ts";
import { runFaults } from "./faults/run.ts";

const SURE = "RMDIR of a path that ends in a dot";

describe("deliberate faults", () => {
	for (const { name, install } of faults) it(`can be installed: ${name}`, () => install());

	it("are at least twenty-five, with unique names", () => {
		assert.ok(faults.length >= 25);
		assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
	});

	it("are found, shown for one of them", {
		skip: unlessInstalled("openssh-sftp-server") || unlessRoot(),
	}, async () => {
		const said: string[] = [];
		const say = (text: string) => said.push(text);
		const missed = await runFaults({
			...{ reference: OPENSSH_SERVER, seed: 1, runs: 2000, pairs: 1, only: SURE },
			say,
		});
		assert.equal(missed, 0, said.join("\n"));
		assert.match(said.join("\n"), /found after \d+/);
	});
});
