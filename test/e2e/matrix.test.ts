/*
 * Every client runs its script against this server and against OpenSSH's, through
 * the same sshd. What it prints and what is on the disk afterwards must be the same.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SSHD_PACKAGES, unlessInstalled } from "../helpers/peer-programs.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import type { Sshd } from "../helpers/sshd.ts";
import { SCENARIOS } from "./clients/list.ts";
import type { Scenario } from "./clients/scenario.ts";
import { assertSameLines, outcome } from "./compare.ts";
import { FULL_LOAD, LIGHT_LOAD, type Load, type Login, ownLogin, Surroundings } from "./setup.ts";

const SESSIONS_AT_A_TIME = 20;

// Clients mostly wait for round trips, so several run at a time.
describe("the matrix of clients", { concurrency: 3, skip: unlessInstalled(...SSHD_PACKAGES) }, () => {
	const surroundings = new Surroundings();
	let sshd: Sshd;
	let many: Login;
	before(async () => {
		sshd = await surroundings.sshd({
			subsystem: surroundings.server.line,
			portCount: 2,
			config: ([, peerPort]) => [`Match LocalPort ${peerPort}`, `ForceCommand ${OPENSSH_SERVER}`],
		});
		many = process.getuid?.() === 0 ? await surroundings.account() : ownLogin();
	});
	after(() => surroundings.close());

	for (const scenario of SCENARIOS) {
		const options = { skip: unlessInstalled(...scenario.packages) };
		test(`${scenario.name} does and prints the same with both servers`, options, async () => {
			await compare(scenario, ownLogin(), FULL_LOAD, 1);
		});
		test(
			`${scenario.name} does and prints the same in ${SESSIONS_AT_A_TIME} sessions at a time`,
			options,
			async () => {
				await compare(scenario, many, LIGHT_LOAD, SESSIONS_AT_A_TIME);
			},
		);
	}

	async function compare(scenario: Scenario, login: Login, load: Load, sessions: number): Promise<void> {
		const [port, peerPort] = sshd.ports;
		assert.ok(port !== undefined && peerPort !== undefined);
		const start = (toPort: number, count: number) =>
			Array.from({ length: count }, () => outcome(scenario, surroundings.stage(sshd, toPort, login, load)));
		const [peer, ...ours] = await Promise.all([...start(peerPort, 1), ...start(port, sessions)]);
		for (const one of ours) assertSameLines(one, peer ?? []);
	}
});
