/* A short campaign against the model, with fixed seeds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { OURS } from "../helpers/server-session.ts";
import { runCampaign } from "./campaign.ts";

const skip = unlessInstalled("openssh-sftp-server") || unlessRoot();

describe("sessions with rules of Access agree with the model", { skip }, () => {
	for (const seed of [1, 2])
		it(`in 200 sequences from seed ${seed}`, async () => {
			const { found, sequences, counts } = await runCampaign({ program: OURS, seed, runs: 200, each: 8 });
			assert.equal(found && `${found.difference}\n${JSON.stringify(found.scenario)}`, undefined);
			assert.equal(sequences, 200);
			/* Requests of each kind were served and refused. */
			for (const what of ["open", "mkdir", "remove", "rename", "posix-rename", "hardlink", "setstat", "list"])
				for (const verdict of ["served", "3"])
					assert.ok((counts.get(`${what} ${verdict}`) ?? 0) > 0, `${what} ${verdict}`);
			for (const what of ["open 2", "stat 2", "remove 2", "rename 4", "write served", "read served"])
				assert.ok((counts.get(what) ?? 0) > 0, what);
		});

	for (const [name, setup] of [
		["rooted in the tree", { guard: "root" }],
		["confined to the tree", { guard: "confine" }],
		["as a plain user", { guard: "none", uid: 65534 }],
		["as a plain user rooted in the tree", { guard: "root", uid: 65534 }],
	] as const)
		it(`${name}, in 60 sequences`, async () => {
			const { found, sequences, counts } = await runCampaign({
				program: OURS,
				setup,
				seed: 3,
				runs: 60,
				each: 6,
			});
			assert.equal(found && `${found.difference}\n${JSON.stringify(found.scenario)}`, undefined);
			assert.equal(sequences, 60);
			for (const what of ["open", "mkdir", "remove", "posix-rename"])
				for (const verdict of ["served", "3"])
					assert.ok((counts.get(`${what} ${verdict}`) ?? 0) > 0, `${what} ${verdict}`);
		});
});
