/*
 * Attempts to get around the rules of Access, by root and by a plain user; and
 * servers with deliberate faults, each of which an attempt has to show.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { buildVariant } from "../differential/variants.ts";
import { OURS } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { type Asker, type ProbeName, probeNames, runProbe } from "./probes.ts";

const NOBODY = 65534;
const staging = mkdtempSync(join(tmpdir(), "access-server-"));
after(() => rmSync(staging, { recursive: true, force: true }));
chmodSync(staging, 0o755);

const askers: readonly (readonly [who: string, asker: Asker])[] =
	process.getuid?.() === 0
		? [
				["root", { program: OURS }],
				["a plain user", { program: [stageServer(staging).executable], uid: NOBODY, gid: NOBODY }],
			]
		: [["a plain user", { program: OURS }]];

for (const [who, asker] of askers)
	describe(`rules of Access, asked by ${who}`, () => {
		for (const name of probeNames) it(`hold: ${name}`, () => runProbe(name, asker));
	});

/** The attempt that each fault lets succeed. */
const SHOWN_BY: Readonly<Record<FaultName, ProbeName>> = {
	"the path as it was sent is judged": "links and dots don't change the right",
	"a directory is renamed as a file is": "a directory is not renamed where its content would get more rights",
	"a link is made to whatever is there": "a link gives no right over a file that has fewer",
	"files are told by device and inode": "a reused inode is not the session's own",
	"a batch that is filtered to nothing ends the listing": "a listing goes on after entries that are not seen",
};

describe("deliberate faults in the rules of Access", () => {
	for (const fault of FAULTS)
		it(`are found: ${fault}`, async () => {
			const program = [process.execPath, buildVariant(fault, "test/access/variant.ts")] as const;
			await assert.rejects(runProbe(SHOWN_BY[fault], { program }), { name: "AssertionError" });
		});
});
