/*
 * Another process exchanges names that a rooted session uses: it exchanges a directory
 * with a link, and moves a directory or the working directory out of the root and back.
 */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { GUARDS, Jail, USERS } from "../confine/jail.ts";
import { isStatus, raceOverMoved, raceWithLink, stepOut } from "../confine/rounds.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { oneName, status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";

/** Requests on the working directory, which may be outside at the time, and on its siblings there. */
async function askFromWorkingDirectory(session: ServerSession): Promise<void> {
	for (const path of ["../secret", "../dir/secret", "./../secret", "c/../../secret"]) {
		assert.ok(isStatus(await session.ask(FXP.STAT, path), 2), path);
		assert.ok(isStatus(await session.ask(FXP.OPEN, path, FXF.READ, attrs()), 2), path);
		assert.ok(isStatus(await session.ask(FXP.REMOVE, path), 2), path);
	}
	const resolved = await session.ask(FXP.REALPATH, ".");
	assert.ok(resolved.kind === "status" || JSON.stringify(resolved) === JSON.stringify(oneName("/a/b")));
	const made = await session.ask(FXP.OPEN, "../made", FXF.WRITE | FXF.CREAT, attrs());
	if (made.kind === "handle") await session.ask(FXP.CLOSE, made.handle);
}

for (const user of USERS)
	describe(`races against a rooted session of ${user.name}`, { skip: unlessInstalled("python3") }, () => {
		for (const { name: guarded, by, skip } of GUARDS) {
			for (const absolute of [true, false])
				it(`never lead outside when a directory is exchanged with ${absolute ? "an absolute" : "a relative"} link, ${guarded}`, {
					skip,
				}, async (test) => {
					const jail = await Jail.make(test, user, by);
					const outside = absolute ? join(jail.outside, "dir") : "../out/dir";
					await raceWithLink(jail, { user, rootArgs: ["--root", jail.inside] }, { inside: "/d", outside });
				});

			for (const from of ["a path", "the working directory"])
				it(`never lead outside from ${from} when a directory is moved out and back, ${guarded}`, {
					skip,
				}, async (test) => {
					const jail = await Jail.make(test, user, by);
					const root = ["--root", jail.inside];
					await (from === "a path"
						? raceOverMoved(jail, { user, rootArgs: root }, stepOut)
						: raceOverMoved(jail, { user, rootArgs: [...root, "-d", "/a/b"] }, askFromWorkingDirectory));
				});
		}

		it("leave no entries in an open directory that was moved outside", async (test) => {
			const jail = await Jail.make(test, user);
			const session = await jail.start(["--root", jail.inside, "-d", "/d"]);
			const handles = [await session.open(FXP.OPENDIR, "/d"), await session.open(FXP.OPENDIR, ".")];
			renameSync(join(jail.inside, "d"), join(jail.outside, "d"));
			for (const handle of handles) assert.deepEqual(await session.ask(FXP.READDIR, handle), status(1));
			for (const path of [".", "", "file", ".."])
				assert.deepEqual(await session.ask(FXP.REALPATH, path), status(2), path);
			for (const path of [".", "file", "..", "../secret"])
				assert.deepEqual(await session.ask(FXP.STAT, path), status(2), path);
			assert.equal((await session.stop()).status, 0);
		});
	});
