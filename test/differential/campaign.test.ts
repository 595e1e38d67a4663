/*
 * The differential tester's part of the suite: every difference it has found,
 * and sequences from fixed seeds, on the server as it is and with all storage
 * slow.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { releaseBase, type Suite } from "../debian/release.ts";
import { type Agent, buildAgent } from "../helpers/agent.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { findPrograms, type Programs, startAgents } from "../helpers/worlds.ts";
import { runCampaign } from "./campaign.ts";
import { Pair } from "./run.ts";
import { readSession, sessionText } from "./script.ts";
import { SLOW_STORAGE } from "./variant-names.ts";
import { buildVariant } from "./variants.ts";

const FOUND = "test/differential/found";
const scripts = readdirSync(FOUND).filter((name) => name.endsWith(".txt"));

interface Subject {
	readonly name: string;
	/** Path of its executable. */
	build(): string;
	readonly seeds: readonly number[];
	readonly runs: number;
	/** Whether the tree is the root of both servers. */
	readonly isRooted?: true;
	/** Another release of Debian that the reference is of. */
	readonly suite?: Suite;
}

const subjects: readonly Subject[] = [
	{ name: "the server", build: () => "bin/sftp-server", seeds: [1, 2], runs: 1000 },
	{
		name: "the server on slow storage",
		build: () => buildVariant(SLOW_STORAGE),
		seeds: [3],
		runs: 500,
	},
	{ name: "the server with a root", build: () => "bin/sftp-server", seeds: [4], runs: 300, isRooted: true },
	{ name: "the server", build: () => "bin/sftp-server", seeds: [5], runs: 300, suite: "trixie" },
];

for (const { name, build, seeds, runs, isRooted = false, suite } of subjects) {
	describe(`${name} behaves as OpenSSH's${suite === undefined ? "" : ` of Debian's ${suite}`}`, {
		skip: unlessInstalled(suite === undefined ? "openssh-sftp-server" : "debootstrap") || unlessRoot(),
	}, () => {
		let programs: Programs;
		let agents: readonly [Agent, Agent];

		before(async () => {
			const reference = suite === undefined ? OPENSSH_SERVER : join(releaseBase(suite), OPENSSH_SERVER);
			programs = findPrograms(reference, build(), [], isRooted);
			agents = await startAgents(buildAgent(), programs);
		});
		after(() => {
			for (const agent of agents) agent.stop();
		});

		/* These use paths as they are outside the root. */
		for (const script of isRooted ? [] : scripts) {
			it(`in ${script}`, async () => {
				const session = readSession(readFileSync(join(FOUND, script), "latin1"));
				const { difference } = await new Pair(programs, agents, new Map()).run(session);
				assert.deepEqual(difference, []);
			});
		}

		for (const seed of seeds) {
			it(`in ${runs} sequences of seed ${seed}`, async () => {
				const { found, sequences } = await runCampaign({
					programs,
					seed,
					runs,
					first: 0,
					pairs: 2,
					stopAfterFound: 1,
					shrinks: true,
				});
				assert.deepEqual(
					found.map(({ session, difference }) => `${difference.join("\n")}\n${sessionText(session)}`),
					[],
				);
				assert.ok(sequences >= runs);
			});
		}
	});
}

it("a server that hangs is ended, and that is a difference", {
	skip: unlessInstalled("openssh-sftp-server") || unlessRoot(),
}, async () => {
	const hangs = findPrograms(OPENSSH_SERVER, "/bin/sh", ["-c", "sleep 1000"]);
	const programs = { ...hangs, sessionSeconds: 1 };
	const pair = new Pair(programs, await startAgents(buildAgent(), programs), new Map());
	const session = readSession('sequence burst held\n\tinit 1 3 ""\n');
	const { difference, hung } = await pair.run(session);
	pair.stop();
	assert.deepEqual([difference, hung], [["end: reference exit 0, subject did not end"], true]);
});
