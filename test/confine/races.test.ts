/*
 * Another process exchanges names while requests use them: it exchanges a directory with
 * a link to the outside, and moves a directory out and back. The requested file may or
 * may not exist at the time; the reply never shows the outside.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { during, type Exchange } from "./exchange.ts";
import { GUARDS, Jail, SECRET, USERS } from "./jail.ts";
import { askRound, CONTENT, stepOut } from "./rounds.ts";

/** The least number of exchanges, and of requests. */
const EXCHANGES = 30_000;
const ROUNDS = 150;

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

for (const user of USERS)
	describe(`races against a confined session of ${user.name}`, { skip: unlessInstalled("python3") }, () => {
		for (const { name: guarded, by, skip } of GUARDS) {
			it(`never lead outside when a directory is exchanged with a link, ${guarded}`, {
				skip,
			}, async (test) => {
				const jail = await Jail.make(test, user, by);
				jail.file("d/secret", CONTENT);
				jail.link("d/link", CONTENT);
				jail.link("link", join(jail.inside, "d"));
				jail.link("other", "../out/dir");
				jail.file(join(jail.outside, "dir/only-outside"), "");
				jail.file(join(jail.outside, "dir/victim"), "");
				jail.directory(join(jail.outside, "dir/victim-directory"));
				const before = snapshotTree(jail.outside, NO_TIME_IS_RECENT);
				const session = await jail.start();
				const seen = new Set<string>();
				const exchange: Exchange = {
					how: "exchange",
					one: join(jail.inside, "d"),
					other: join(jail.inside, "other"),
					user,
				};
				await during(exchange, async (exchanges) => {
					for (let i = 0; i < ROUNDS || exchanges() < EXCHANGES; i++) await askRound(session, i, seen);
				});
				assert.equal((await session.stop()).status, 0);
				assert.deepEqual(snapshotTree(jail.outside, NO_TIME_IS_RECENT), before);
				/* It was a race: each of these sometimes succeeded and sometimes failed. */
				for (const [good, bad] of [
					[`${FXP.STAT} attrs`, `${FXP.STAT} status`],
					["open handle", "open status"],
					["opendir handle", "opendir status"],
					[`${FXP.MKDIR} 0`, `${FXP.MKDIR} 3`],
				] as const)
					assert.ok(seen.has(good) && seen.has(bad), `${good}, ${bad}: ${[...seen].sort().join("; ")}`);
			});

			it(`never lead further outside when a directory is moved out and back, ${guarded}`, {
				skip,
			}, async (test) => {
				const jail = await Jail.make(test, user, by);
				jail.directory("a");
				jail.directory("a/b");
				jail.directory("a/b/c");
				const session = await jail.start();
				const exchange: Exchange = {
					how: "move",
					one: join(jail.inside, "a/b"),
					other: join(jail.outside, "b"),
					user,
				};
				await during(exchange, async (exchanges) => {
					for (let i = 0; i < 10 * ROUNDS || exchanges() < EXCHANGES; i++) await stepOut(session);
				});
				assert.equal((await session.stop()).status, 0);
				assert.deepEqual(readdirSync(jail.outside).sort(), ["dir", "fifo", "link", "secret", "socket"]);
				assert.equal(readFileSync(join(jail.outside, "secret"), "utf8"), SECRET);
				assert.equal(statSync(join(jail.inside, "a/made")).size, 0);
			});
		}
	});
