import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type Agent, type Answer, buildAgent, buildTree, Job } from "./agent.ts";
import { CONNECTION, type Invocation, invocations } from "./invocations.ts";
import { datagramText } from "./judge.ts";
import {
	DEBIAN_SERVER,
	findPrograms,
	OTHER_NAME,
	type Program,
	type Programs,
	SEARCH_PATH,
	startAgents,
} from "./programs.ts";
import { TREE_ROOT } from "./session.ts";
import { TESTER, treeText } from "./trees.ts";

/** What a started program did, as far as it can be told apart. */
interface Conduct {
	readonly state: string;
	readonly stdout: string;
	readonly stderr: string;
	readonly datagrams: readonly string[];
}

function startFields(program: Program, { args, env, uid, closed, renamed }: Invocation): Buffer {
	const user = uid ?? TESTER[0];
	const fields = [
		`x${renamed === true ? program.otherPath : program.path}`,
		`d${TREE_ROOT}`,
		`u${user}`,
		`g${user}`,
		`a${renamed === true ? OTHER_NAME : "sftp-server"}`,
		...args.map((arg) => `a${arg}`),
		...[SEARCH_PATH, ...(env ?? [CONNECTION])].map((one) => `e${one}`),
		...(closed ?? []).map((fd) => `c${fd}`),
	];
	return Buffer.from(fields.map((field) => `${field}\0`).join(""), "latin1");
}

async function conduct(agent: Agent, program: Program, invocation: Invocation): Promise<Conduct> {
	const job = new Job().add("B", buildTree(treeText("small"))).add("S", startFields(program, invocation));
	if (invocation.input !== undefined) job.add("W", Buffer.from(invocation.input, "latin1")).add("I");
	const answer: Answer = await agent.run(job.add("C").add("X"));
	return {
		state: answer.state,
		stdout: answer.output.toString("latin1"),
		stderr: answer.errors?.toString("latin1") ?? "",
		datagrams: answer.datagrams.map(datagramText),
	};
}

function title({ args, env, uid, closed, input, renamed }: Invocation): string {
	const parts = [
		args.map((arg) => JSON.stringify(arg.length > 40 ? `${arg.slice(0, 40)}...` : arg)).join(" ") ||
			"nothing",
		env === undefined ? "" : `with ${JSON.stringify(env).slice(0, 60)}`,
		uid === undefined ? "" : `as uid ${uid}`,
		closed === undefined ? "" : `with ${closed.join(", ")} closed`,
		input === undefined ? "" : `and input ${JSON.stringify(input)}`,
		renamed === true ? "under another name" : "",
	];
	return parts.filter((part) => part !== "").join(" ");
}

describe("invocations", { skip: unlessInstalled("openssh-sftp-server") || unlessRoot() }, () => {
	let programs: Programs;
	let agents: readonly [Agent, Agent];

	before(async () => {
		programs = findPrograms(DEBIAN_SERVER, "bin/sftp-server");
		agents = await startAgents(buildAgent(), programs);
	});
	after(() => {
		for (const agent of agents) agent.stop();
	});

	for (const [group, rows] of invocations) {
		describe(group, () => {
			for (const row of rows) {
				it(`does as OpenSSH's server when given ${title(row)}`, async () => {
					const [reference, subject] = await Promise.all([
						conduct(agents[0], programs.reference, row),
						conduct(agents[1], programs.subject, row),
					]);
					assert.equal(reference.state, `exit ${row.exit}`);
					assert.deepEqual(subject, reference);
				});
			}
		});
	}
});
