/* Rules of Access in a rooted session: they apply to paths as the client sees them. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { Jail } from "../confine/jail.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { oneName, status } from "../helpers/server-replies.ts";

it("rules of Access in a root match the paths that the client sees", async (test) => {
	const jail = await Jail.make(test, { name: "the tests' own" });
	jail.directory("hidden");
	jail.file("hidden/file", "content");
	jail.link("to-hidden", "/hidden");
	const rules = ["hidden /hidden", "read /d/**"].flatMap((rule) => ["--access", rule]);
	const session = await jail.start(["--root", jail.inside, ...rules]);
	const write = (path: string) => session.ask(FXP.OPEN, path, FXF.WRITE | FXF.CREAT, attrs());
	for (const path of ["/d/file", "/d/new", "/../d/file"])
		assert.deepEqual(await write(path), status(3), path);
	assert.equal((await write("/new")).kind, "handle");
	for (const path of ["/hidden", "/hidden/file", "/to-hidden", "/to-hidden/file", "d/../hidden"])
		assert.deepEqual(await session.ask(FXP.STAT, path), status(2), path);
	for (const path of [jail.outside, "../out", `${jail.outside}/secret`])
		assert.deepEqual(await session.ask(FXP.STAT, path), status(2), path);
	assert.deepEqual(await session.ask(FXP.REALPATH, "d/.."), oneName("/"));
	const handle = await session.open(FXP.OPENDIR, "/");
	const listing = await session.ask(FXP.READDIR, handle);
	const entries = listing.kind === "names" ? listing.names : [];
	assert.deepEqual(entries.map(({ name }) => name).sort(), [".", "..", "d", "file", "new", "to-hidden"]);
	const [here, above] = [".", ".."].map((name) => entries.find((entry) => entry.name === name)?.attrs);
	assert.ok(here !== undefined);
	assert.deepEqual(above, here);
	assert.equal((await session.stop()).status, 0);
});

it("rules of Access in a root still apply when the root moves into a directory with its old name", async (test) => {
	const jail = await Jail.make(test, { name: "the tests' own" });
	const session = await jail.start(["--root", jail.inside, "--access", "read /d/**"]);
	const write = (path: string) => session.ask(FXP.OPEN, path, FXF.WRITE | FXF.TRUNC, attrs());
	assert.deepEqual(await write("/d/file"), status(3));
	const moved = join(jail.inside, "moved");
	renameSync(jail.inside, join(jail.base, "moved"));
	mkdirSync(jail.inside);
	renameSync(join(jail.base, "moved"), moved);
	for (const path of ["/d/file", "/d/../d/file"]) assert.deepEqual(await write(path), status(3), path);
	assert.deepEqual(await session.ask(FXP.SETSTAT, "/d/file", attrs({ size: 0n })), status(3));
	assert.equal(readFileSync(join(moved, "d/file"), "utf8"), "content");
	assert.equal((await write("/file")).kind, "handle");
	assert.equal((await session.stop()).status, 0);
});
