/*
 * Another process exchanges names while requests use them: it exchanges a directory with
 * a link to the outside, and moves a directory out and back. The requested file may or
 * may not exist at the time; the reply never shows the outside.
 */
import { join } from "node:path";
import { describe, it } from "node:test";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { GUARDS, Jail, USERS } from "./jail.ts";
import { raceOverMoved, raceWithLink, stepOut } from "./rounds.ts";

for (const user of USERS)
	describe(`races against a confined session of ${user.name}`, { skip: unlessInstalled("python3") }, () => {
		for (const { name: guarded, by, skip } of GUARDS) {
			it(`never lead outside when a directory is exchanged with a link, ${guarded}`, {
				skip,
			}, async (test) => {
				const jail = await Jail.make(test, user, by);
				await raceWithLink(jail, { user }, { inside: join(jail.inside, "d"), outside: "../out/dir" });
			});

			it(`never lead further outside when a directory is moved out and back, ${guarded}`, {
				skip,
			}, async (test) => {
				await raceOverMoved(await Jail.make(test, user, by), { user }, stepOut);
			});
		}
	});
