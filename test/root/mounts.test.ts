/* File systems mounted inside a root, and hard links in it, are inside and lead nowhere else. */
import assert from "node:assert/strict";
import { linkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Jail, SECRET, USERS } from "../confine/jail.ts";
import { following, notFollowing } from "../confine/questions.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { oneName, status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

/** Runs the server in a mount namespace of its own, in which `script` has mounted something. */
const mounting = (script: string): readonly string[] => [
	...["unshare", "--mount", "--propagation", "private", "sh", "-c", `${script} && exec "$@"`, "sh"],
];

async function content(session: ServerSession, path: string): Promise<string> {
	const handle = await session.open(FXP.OPEN, path, FXF.READ, attrs());
	const reply = await session.ask(FXP.READ, handle, 0n, 100);
	await session.ask(FXP.CLOSE, handle);
	return reply.kind === "data" ? reply.data.toString() : reply.kind;
}

describe("a file system mounted inside a root", { skip: unlessRoot() }, () => {
	const root = { name: "root" };

	it("is inside, and `..` in it is the directory above its mount point", async (test) => {
		const jail = await Jail.make(test, root, mounting("mount --bind ../out/dir d"));
		jail.link("to-mounted", "/d/secret");
		const session = await jail.start(["--root", jail.inside]);
		for (const path of ["/d/secret", "d/../d/secret", "to-mounted"])
			assert.equal(await content(session, path), SECRET, path);
		for (const path of ["/d/../secret", "/d/../../secret", "/d/../../out/secret"])
			assert.deepEqual(await session.ask(FXP.STAT, path), status(2), path);
		assert.deepEqual(await session.ask(FXP.REALPATH, "/d/.."), oneName("/"));
		const handle = await session.open(FXP.OPENDIR, "/d");
		const reply = await session.ask(FXP.READDIR, handle);
		const parent = reply.kind === "names" ? reply.names.find(({ name }) => name === "..") : undefined;
		const top = await session.ask(FXP.STAT, "/");
		assert.deepEqual(top, { kind: "attrs", attrs: parent?.attrs });
		assert.deepEqual(
			await session.ask("posix-rename@openssh.com", "/d/secret", "/secret"),
			status(4, "Invalid cross-device link"),
		);
		assert.equal((await session.stop()).status, 0);
	});

	it("is refused to every request if it is a procfs", async (test) => {
		const script = "mkdir proc && mount --bind /proc proc";
		const jail = await Jail.make(test, root, mounting(script));
		for (const [name, target] of [
			["to-root", "/proc/self/root"],
			["to-cwd", "proc/self/cwd"],
			["to-descriptor", "/proc/self/fd/0"],
			["to-memory", "/proc/self/mem"],
		] as const)
			jail.link(name, target);
		const before = snapshotTree(jail.outside, NO_TIME_IS_RECENT);
		const session = await jail.start(["--root", jail.inside]);
		const ways = ["/proc", "/proc/self", "/proc/1", "/proc/thread-self"];
		const paths = [
			"root",
			"cwd",
			"exe",
			"mem",
			"environ",
			"maps",
			"fd",
			"fd/0",
			`root${jail.outside}/secret`,
		];
		const links = ["to-root", "to-cwd", "to-descriptor", "to-memory"];
		for (const path of [
			...ways.flatMap((way) => paths.map((name) => `${way}/${name}`)),
			...links.map((name) => `${name}/x`),
		])
			for (const [what, ...fields] of [...following(path), ...notFollowing(path)]) {
				const reply = await session.ask(what, ...fields);
				assert.ok(reply.kind === "status" && reply.code !== 0, `${what} ${path}: ${reply.kind}`);
			}
		for (const path of links)
			for (const [what, ...fields] of following(path)) {
				const reply = await session.ask(what, ...fields);
				assert.ok(reply.kind === "status" && reply.code !== 0, `${what} ${path}: ${reply.kind}`);
			}
		assert.deepEqual(await session.ask(FXP.STAT, "/proc/self/status"), status(3));
		assert.equal((await session.stop()).status, 0);
		assert.deepEqual(snapshotTree(jail.outside, NO_TIME_IS_RECENT), before);
	});
});

for (const user of USERS)
	describe(`hard links in a root, for ${user.name}`, { skip: user.skip }, () => {
		it("are inside by their names in the root, and get no new names outside", async (test) => {
			const jail = await Jail.make(test, user);
			linkSync(join(jail.outside, "secret"), join(jail.inside, "brought"));
			mkdirSync(join(jail.inside, "out"));
			const session = await jail.start(["--root", jail.inside]);
			assert.equal(await content(session, "/brought"), SECRET);
			assert.deepEqual(
				await session.ask("hardlink@openssh.com", "/brought", "../out/new"),
				status(user.uid === undefined ? 0 : 3),
			);
			assert.deepEqual(
				await session.ask("hardlink@openssh.com", `${jail.outside}/secret`, "/new"),
				status(2),
			);
			assert.equal((await session.stop()).status, 0);
			assert.deepEqual(
				snapshotTree(jail.outside, NO_TIME_IS_RECENT).filter((line) => line.includes("/new")),
				[],
			);
		});
	});
