/*
 * Every request that takes a path, by every route to the outside: the answer is
 * always the same, and nothing there changes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { someOf } from "../helpers/fast.ts";
import { attrs, FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { GUARDS, Jail, USERS } from "./jail.ts";
import { following, notFollowing, type Question, ways } from "./questions.ts";

const DENIED = status(3);

async function makeJail(...args: Parameters<typeof Jail.make>): Promise<Jail> {
	const jail = await Jail.make(...args);
	await jail.addSpecialFiles();
	if (process.getuid?.() === 0)
		execFileSync("mknod", ["-m", "666", join(jail.outside, "device"), "c", "1", "5"]);
	for (const [name, target] of [
		["absolute", jail.outside],
		["relative", "../out"],
		["chain", "d/up"],
		["d/up", "../relative"],
		["upwards", ".."],
		["root", "/proc/self/root"],
		["to-secret", join(jail.outside, "secret")],
		["to-relative-secret", "../out/secret"],
		["to-directory", "../out/dir"],
		["to-missing", "../out/missing"],
		["to-deep-missing", "/nowhere/at/all"],
		["to-passwd", "/etc/passwd"],
		["to-descriptor", "/proc/self/fd/0"],
		["to-exe", "/proc/self/exe"],
		["to-device", "/dev/zero"],
		["to-device-outside", "../out/device"],
	] as const)
		jail.link(name, target);
	return jail;
}

const NAMES = [
	...["secret", "dir", "dir/secret", "link", "fifo", "socket", "device", "missing", "missing/deeper"],
];

/** Paths through these links; the links themselves may be read, renamed and removed. */
const LINKS = [
	...["to-secret", "to-relative-secret", "to-directory", "to-missing", "to-deep-missing", "to-passwd"],
	...[
		"to-descriptor",
		"to-exe",
		"to-device",
		"to-device-outside",
		"absolute",
		"relative",
		"chain",
		"upwards",
		"root",
	],
];

const SYSTEM = [
	...[
		"/",
		"/.",
		"..",
		"../",
		"/etc",
		"/etc/passwd",
		"/etc/shadow",
		"/dev",
		"/dev/null",
		"/dev/mem",
		"/dev/sda",
	],
	...["/proc", "/proc/self", "/proc/self/mem", "/proc/self/maps", "/proc/self/environ", "/proc/self/fd"],
	...["/proc/self/exe", "/proc/self/cwd", "/proc/self/task", "/proc/1/root", "/sys", "/tmp", "/nonexistent"],
	...Array.from({ length: 24 }, (_, fd) => `/proc/self/fd/${fd}`),
];

/** Makes the requests in one piece; every one must be denied. */
async function assertDenied(
	session: ServerSession,
	path: string,
	questions: readonly Question[],
): Promise<void> {
	for (const [i, reply] of (await session.askAll(questions)).entries())
		assert.deepEqual(reply, DENIED, `${questions[i]?.[0]} ${path}`);
}

for (const user of USERS)
	describe(`the outside of a confined session of ${user.name}`, { skip: user.skip }, () => {
		for (const { name: guarded, by, skip } of GUARDS) {
			it(`is refused to every request by every route, whether it exists or not, ${guarded}`, {
				skip,
			}, async (test) => {
				const jail = await makeJail(test, user, by);
				const session = await jail.start();
				const before = snapshot(jail);
				const outside = ways(jail, session.pid);
				const named = outside.flatMap((way) => NAMES.map((name) => `${way}/${name}`));
				for (const path of [
					...someOf(test, named, 50),
					...outside.filter((way) => way.includes("/")),
					...SYSTEM,
				])
					await assertDenied(session, path, [...following(path), ...notFollowing(path)]);
				assert.deepEqual(snapshot(jail), before);
				assert.equal((await session.stop()).status, 0);
			});

			it(`is refused through links inside, dangling ones too, ${guarded}`, {
				skip,
			}, async (test) => {
				const jail = await makeJail(test, user, by);
				const session = await jail.start();
				const before = snapshot(jail);
				for (const link of LINKS) {
					const beneath = `${link}/x`;
					await assertDenied(session, link, following(link));
					await assertDenied(session, beneath, [...following(beneath), ...notFollowing(beneath)]);
					assert.equal((await session.ask(FXP.LSTAT, link)).kind, "attrs", link);
					assert.equal((await session.ask(FXP.READLINK, link)).kind, "names", link);
				}
				assert.deepEqual(snapshot(jail), before);
				assert.equal((await session.stop()).status, 0);
			});
		}

		it("can't be distinguished from a missing file by a slash, a dot or two dots after a link", async (test) => {
			const jail = await makeJail(test, user);
			jail.link("to-missing-directory", "../out/missing-directory");
			const before = snapshot(jail);
			const session = await jail.start();
			for (const end of ["/", "//", "/.", "/..", "/./", "/../"]) {
				const [there, missing] = [`to-directory${end}`, `to-missing-directory${end}`];
				const questions = [...following(missing), ...notFollowing(missing)];
				for (const [i, [what, ...fields]] of [...following(there), ...notFollowing(there)].entries()) {
					const [whatOfMissing = what, ...ofMissing] = questions[i] ?? [];
					const reply = await session.ask(what, ...fields);
					assert.deepEqual(reply, await session.ask(whatOfMissing, ...ofMissing), `${what} ${there}`);
					assert.equal(reply.kind, "status");
				}
			}
			assert.deepEqual(snapshot(jail), before);
			assert.equal((await session.stop()).status, 0);
		});

		it("is unchanged when links to it are changed, moved, linked and removed", async (test) => {
			const jail = await makeJail(test, user);
			const session = await jail.start();
			const before = snapshotTree(jail.outside, NO_TIME_IS_RECENT);
			const ok = async (...[what, ...fields]: Question) =>
				assert.deepEqual(await session.ask(what, ...fields), status(0), `${what}`);
			await ok("lsetstat@openssh.com", "to-secret", attrs({ times: [1, 2] }));
			await ok("posix-rename@openssh.com", "to-secret", "d/moved");
			await ok("posix-rename@openssh.com", "d/moved", "to-secret");
			await ok("hardlink@openssh.com", "to-secret", "same");
			await ok(FXP.RENAME, "to-missing", "renamed");
			await ok("posix-rename@openssh.com", "file", "to-relative-secret");
			for (const name of ["same", "to-secret", "absolute", "to-relative-secret"]) await ok(FXP.REMOVE, name);
			assert.deepEqual(snapshotTree(jail.outside, NO_TIME_IS_RECENT), before);
			assert.equal((await session.stop()).status, 0);
		});

		it("is not reached by the names of its own directories", async (test) => {
			const jail = await makeJail(test, user);
			mkdirSync(join(jail.base, "in-other"));
			const session = await jail.start();
			for (const path of [`${jail.inside}-other`, `${jail.inside}x`, jail.base, `${jail.base}/i`])
				assert.deepEqual(await session.ask(FXP.STAT, path), DENIED, path);
			assert.equal((await session.stop()).status, 0);
		});
	});

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

/** Both sides, except for files that can't be read. */
function snapshot({ inside, outside }: Jail): string[] {
	return [inside, outside].flatMap((directory) => snapshotTree(directory, NO_TIME_IS_RECENT));
}
