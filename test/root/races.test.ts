/*
 * Another process exchanges names that a rooted session uses: it exchanges a directory
 * with a link, and moves a directory or the working directory out of the root and back.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { during, type Exchange } from "../confine/exchange.ts";
import { GUARDS, Jail, SECRET, USERS } from "../confine/jail.ts";
import { askRound, CONTENT, isStatus, stepOut } from "../confine/rounds.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { oneName, status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";

/** The least numbers of exchanges and of rounds of requests. */
const EXCHANGES = 30_000;
const ROUNDS = 150;

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };
const OUTSIDE = ["dir", "fifo", "link", "secret", "socket"];

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
					jail.file("d/secret", CONTENT);
					jail.link("d/link", CONTENT);
					jail.link("link", "/d");
					jail.link("other", absolute ? join(jail.outside, "dir") : "../out/dir");
					jail.file(join(jail.outside, "dir/only-outside"), "");
					jail.file(join(jail.outside, "dir/victim"), "");
					jail.directory(join(jail.outside, "dir/victim-directory"));
					const before = snapshotTree(jail.outside, NO_TIME_IS_RECENT);
					const session = await jail.start(["--root", jail.inside]);
					const seen = new Set<string>();
					const exchange: Exchange = {
						how: "exchange",
						one: join(jail.inside, "d"),
						other: join(jail.inside, "other"),
						user,
					};
					await during(exchange, async (exchanges) => {
						for (let i = 0; i < ROUNDS || exchanges() < EXCHANGES; i++)
							await askRound(session, i, seen, true);
					});
					assert.equal((await session.stop()).status, 0);
					assert.deepEqual(snapshotTree(jail.outside, NO_TIME_IS_RECENT), before);
					/* It was a race: each of these sometimes succeeded and sometimes failed. */
					for (const [good, bad] of [
						[`${FXP.STAT} attrs`, `${FXP.STAT} status`],
						["open handle", "open status"],
						["opendir handle", "opendir status"],
						[`${FXP.MKDIR} 0`, `${FXP.MKDIR} 2`],
					] as const)
						assert.ok(seen.has(good) && seen.has(bad), `${good}, ${bad}: ${[...seen].sort().join("; ")}`);
				});

			for (const from of ["a path", "the working directory"])
				it(`never lead outside from ${from} when a directory is moved out and back, ${guarded}`, {
					skip,
				}, async (test) => {
					const jail = await Jail.make(test, user, by);
					for (const path of ["a", "a/b", "a/b/c"]) jail.directory(path);
					const isPath = from === "a path";
					const session = await jail.start(["--root", jail.inside, ...(isPath ? [] : ["-d", "/a/b"])]);
					const exchange: Exchange = {
						how: "move",
						one: join(jail.inside, "a/b"),
						other: join(jail.outside, "b"),
						user,
					};
					await during(exchange, async (exchanges) => {
						for (let i = 0; i < 10 * ROUNDS || exchanges() < EXCHANGES; i++)
							await (isPath ? stepOut : askFromWorkingDirectory)(session);
					});
					assert.equal((await session.stop()).status, 0);
					assert.deepEqual(readdirSync(jail.outside).sort(), OUTSIDE);
					assert.equal(readFileSync(join(jail.outside, "secret"), "utf8"), SECRET);
					assert.equal(statSync(join(jail.inside, "a/made")).size, 0);
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
