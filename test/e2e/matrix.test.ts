// Every client runs its script against this server and against OpenSSH's,
// behind the same sshd: what the client prints and what lies on the disk
// afterwards must be the same.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import type { Sshd } from "../helpers/sshd.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { SCENARIOS } from "./clients/list.ts";
import { type Scenario, type Stage, Transcript } from "./clients/scenario.ts";
import { FULL_LOAD, LIGHT_LOAD, type Load, type Login, ownLogin, Surroundings } from "./setup.ts";
import { withoutTolerated } from "./tolerated-texts.ts";

const SESSIONS_AT_A_TIME = 20;

// Most clients wait for round trips most of the time, so several run side by side.
describe("the matrix of clients", { concurrency: 3 }, () => {
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
		test(`${scenario.name} does and prints the same with both servers`, async () => {
			await compare(scenario, ownLogin(), FULL_LOAD, 1);
		});
		test(`${scenario.name} does and prints the same in ${SESSIONS_AT_A_TIME} sessions at a time`, async () => {
			await compare(scenario, many, LIGHT_LOAD, SESSIONS_AT_A_TIME);
		});
	}

	async function compare(scenario: Scenario, login: Login, load: Load, sessions: number): Promise<void> {
		const [port, peerPort] = sshd.ports;
		assert.ok(port !== undefined && peerPort !== undefined);
		// Clients set times in whole seconds.
		const since = Math.floor(Date.now() / 1000) * 1000;
		const start = (toPort: number, count: number) =>
			Array.from({ length: count }, () => {
				const stage = surroundings.stage(sshd, toPort, login, load);
				return outcome(scenario, stage, since).finally(() => rmSync(stage.directory, { recursive: true }));
			});
		const [peer, ...ours] = await Promise.all([...start(peerPort, 1), ...start(port, sessions)]);
		for (const one of ours) assertSameLines(one, peer ?? []);
	}
});

/** Runs a script and returns what it printed and left, line by line. */
async function outcome(scenario: Scenario, stage: Stage, since: number): Promise<string[]> {
	const transcript = new Transcript(stage, scenario.masks);
	await scenario.run(stage, transcript);
	const options = { recentSinceMilliseconds: since };
	return [
		...(scenario.showsServerTexts ? withoutTolerated(`${transcript}`) : `${transcript}`).split("\n"),
		...snapshotTree(stage.local, options).map((line) => `local ${line}`),
		...snapshotTree(stage.remote, options).map((line) => `remote ${line}`),
	].map((line) => line.replaceAll(stage.directory, "DIR"));
}

/** As deepEqual, but shows the lines around the first difference instead of two long lists. */
function assertSameLines(ours: readonly string[], peer: readonly string[]): void {
	const length = Math.max(ours.length, peer.length);
	for (let index = 0; index < length; index += 1) {
		if (ours[index] === peer[index]) continue;
		const around = peer.slice(Math.max(0, index - 12), index).join("\n");
		assert.fail(
			`line ${index} differs, after:\n${around}\n` +
				`OpenSSH's server:\n${peer.slice(index, index + 5).join("\n")}\n` +
				`this server:\n${ours.slice(index, index + 5).join("\n")}`,
		);
	}
}
