/*
 * Attempts to get around the rules of Access, as root and as a plain user. Servers
 * with deliberate faults show that the attempts can succeed.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { buildVariant } from "../differential/variants.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { OURS } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { type Client, type ProbeName, probeNames, runProbe } from "./probes.ts";

const NOBODY = 65534;
const staging = mkdtempSync(join(tmpdir(), "access-server-"));
after(() => rmSync(staging, { recursive: true, force: true }));
chmodSync(staging, 0o755);

const clients: readonly (readonly [who: string, client: Client, skip: string | false])[] =
	process.getuid?.() === 0
		? [
				["root", { program: OURS }, false],
				[
					"a plain user",
					{ program: [stageServer(staging).executable], uid: NOBODY, gid: NOBODY },
					unlessRoot(),
				],
			]
		: [["a plain user", { program: OURS }, false]];

for (const [who, client, skip] of clients)
	describe(`rules of Access, for ${who}`, { skip }, () => {
		for (const name of probeNames) it(name, () => runProbe(name, client));
	});

/** For each fault, the attempt that succeeds. */
const FOUND_BY: Readonly<Record<FaultName, ProbeName>> = {
	"rules are applied to the path as sent": "links and dots don't change the rights",
	"a directory is renamed like a file":
		"a directory can't be renamed to where its contents would gain rights",
	"a hard link is made without a check": "a hard link gains no rights",
	"own files are recognized by device and inode alone": "a reused inode is not an own file",
	"a batch without visible entries ends the listing":
		"a listing continues after a batch of invisible entries",
};

describe("deliberate faults in the rules of Access", () => {
	for (const fault of FAULTS)
		it(`are detected: ${fault}`, async () => {
			const program = [process.execPath, buildVariant(fault, "test/access/variant.ts")] as const;
			await assert.rejects(runProbe(FOUND_BY[fault], { program }), { name: "AssertionError" });
		});
});
