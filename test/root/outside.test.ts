/*
 * Every request that takes a path, with every kind of path to the outside of a root:
 * nothing outside changes, and the replies are as if nothing existed there.
 */
import assert from "node:assert/strict";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { GUARDS, Jail, SECRET, USERS, type User } from "../confine/jail.ts";
import { following, notFollowing, ways } from "../confine/questions.ts";
import { FXP } from "../helpers/packets.ts";
import type { ServerReply } from "../helpers/server-replies.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

const NAMES = ["", "secret", "dir", "dir/secret", "link", "fifo", "socket", "missing", "missing/deeper"];

const LINKS: readonly (readonly [name: string, target: (jail: Jail) => string])[] = [
	["absolute", ({ outside }) => outside],
	["relative", () => "../out"],
	["chain", () => "d/up"],
	["d/up", () => "../relative"],
	["upwards", () => ".."],
	["far-upwards", () => "../../../../../../.."],
	["root", () => "/proc/self/root"],
	["working-directory", () => "/proc/self/cwd"],
	["descriptor", () => "/proc/self/fd/0"],
	["to-secret", ({ outside }) => join(outside, "secret")],
	["to-relative-secret", () => "../out/secret"],
	["to-directory", () => "../out/dir"],
	["to-missing", () => "../out/missing"],
	["to-passwd", () => "/etc/passwd"],
];

/** A reply without times, free space and the jail's own names. */
function gist(reply: ServerReply, { base }: Jail): string {
	/* Handle numbers differ, and so does the free space of a file system that others use. */
	if (reply.kind === "extended" || reply.kind === "handle") return JSON.stringify({ kind: reply.kind });
	const text = JSON.stringify(reply, (key, value) =>
		key === "atime" || key === "mtime" || key === "longname"
			? undefined
			: typeof value === "bigint"
				? String(value)
				: value,
	);
	return text.replaceAll(base, "BASE");
}

/** Makes all requests in a rooted session; returns the gist of each reply. */
async function askAll(jail: Jail, test: TestContext): Promise<Map<string, string>> {
	for (const [name, target] of LINKS) jail.link(name, target(jail));
	const session = await jail.start(["--root", jail.inside]);
	test.after(() => session.kill("SIGKILL"));
	const replies = new Map<string, string>();
	const paths = ["/proc/self/root", "/proc/1/root", "/proc/self/cwd/.."].flatMap((path) => [
		path,
		`${path}/etc`,
	]);
	for (const way of [...ways(jail, 1), ...LINKS.map(([name]) => name)])
		paths.push(...NAMES.map((name) => (name === "" ? way : `${way}/${name}`)));
	for (const path of paths) {
		const questions = [...following(path), ...notFollowing(path)];
		for (const [i, reply] of (await session.askAll(questions)).entries()) {
			const at = `${replies.size} ${questions[i]?.[0]} ${path.replaceAll(jail.base, "BASE")}`;
			replies.set(at, gist(reply, jail));
			if (reply.kind === "data") assert.notEqual(reply.data.toString(), SECRET);
			if (reply.kind === "handle") await session.ask(FXP.CLOSE, reply.handle);
		}
	}
	assert.equal((await session.stop()).status, 0);
	return replies;
}

async function compare(test: TestContext, user: User, by: readonly string[]): Promise<void> {
	const jail = await Jail.make(test, user, by);
	await jail.addSpecialFiles();
	const before = snapshotTree(jail.outside, NO_TIME_IS_RECENT);
	const replies = await askAll(jail, test);
	assert.deepEqual(snapshotTree(jail.outside, NO_TIME_IS_RECENT), before);
	const alone = await Jail.make(test, user, by);
	await alone.addSpecialFiles();
	mkdirSync(join(alone.base, "elsewhere"));
	renameSync(alone.outside, join(alone.base, "elsewhere/out"));
	assert.deepEqual([...replies], [...(await askAll(alone, test))]);
	const kinds = new Set([...replies.values()].map((reply) => JSON.parse(reply).kind));
	assert.deepEqual([...kinds].sort(), ["attrs", "extended", "handle", "names", "status"]);
}

for (const user of USERS)
	describe(`files outside the root, for a session of ${user.name}`, { skip: user.skip }, () => {
		for (const { name: guarded, by, skip } of GUARDS)
			it(`appear not to exist, ${guarded}`, { skip }, async (test) => {
				await compare(test, user, by);
			});
	});
