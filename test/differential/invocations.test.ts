/* Starts of the server with all kinds of arguments, environments and descriptors, compared with OpenSSH's. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type Invocation, TwinWorlds } from "../helpers/worlds.ts";
import { invocations } from "./invocations.ts";
import { treeText } from "./trees.ts";

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
	let worlds: TwinWorlds;

	before(async () => {
		worlds = await TwinWorlds.make(treeText("small"));
	});
	after(() => worlds.stop());

	for (const [group, rows] of invocations) {
		describe(group, () => {
			for (const row of rows) {
				it(`end as with OpenSSH's server when given ${title(row)}`, async () => {
					const { openssh, ours } = await worlds.run(row);
					assert.equal(openssh.state, `exit ${row.exit}`);
					assert.deepEqual(ours, openssh);
				});
			}
		});
	}
});
