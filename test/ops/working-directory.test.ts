/*
 * A working directory that was removed: requests that need its path fail and
 * others work, as with OpenSSH's server.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmdirSync } from "node:fs";
import { describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { Twins } from "../helpers/twins.ts";

const EXPAND = "expand-path@openssh.com";

describe("a working directory that has been removed", needsOpenssh, () => {
	it("has no path, and absolute paths work as before", async () => {
		const twins = await Twins.start();
		twins.make((directory) => rmdirSync(directory));
		for (const what of [FXP.REALPATH, EXPAND]) {
			for (const path of [".", "file", ""]) assert.deepEqual(await twins.ask(what, path), status(2));
			await twins.ask(what, "/etc/.");
		}
		assert.deepEqual(await twins.ask(FXP.STAT, "file"), status(2));
		await twins.ask(FXP.LSTAT, "/etc/passwd");
		/* So that the trees can be compared. */
		twins.make((directory) => mkdirSync(directory));
		await twins.stop();
	});
});
