/*
 * RENAME in a directory in which only owners may remove files: the new name is
 * removed again when the old one can't be.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const NOBODY = 65534;

describe("RENAME out of a sticky directory", {
	skip: unlessRoot() || unlessInstalled("openssh-sftp-server"),
}, () => {
	it("leaves another user's file in place, and nothing at the new name", async () => {
		const twins = await Twins.start({
			uid: NOBODY,
			gid: NOBODY,
			build(directory) {
				mkdirSync(join(directory, "sticky"));
				chmodSync(join(directory, "sticky"), 0o1777);
				mkdirSync(join(directory, "own"));
				chownSync(join(directory, "own"), NOBODY, NOBODY);
				/* A user who may write to a file may link it, whatever fs.protected_hardlinks says. */
				oldFile(join(directory, "sticky/file"), "of root", 0o666);
			},
		});
		assert.deepEqual(await twins.ask(FXP.RENAME, "sticky/file", "own/file"), status(3));
		twins.make((directory) => {
			assert.equal(existsSync(join(directory, "sticky/file")), true);
			assert.equal(existsSync(join(directory, "own/file")), false);
		});
		await twins.stop();
	});
});
