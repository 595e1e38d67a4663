/*
 * REALPATH and expand-path as requests. test/files/realpath.test.ts tests the
 * canonicalizer itself.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { oneName, type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const EXPAND = "expand-path@openssh.com";
const NO_FILE = status(2);
const NO_USER = status(2, "no such user");
const { username, homedir } = userInfo();

describe("REALPATH and expand-path", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				oldFile(join(directory, "file"));
				mkdirSync(join(directory, "folder"));
				mkdirSync(join(directory, "~"));
				symlinkSync("folder", join(directory, "link"));
			},
			env: { HOME: "/usr/lib" },
		});
	});
	after(() => twins.stop());

	const rows: readonly [path: string, realpath: ServerReply, expanded: ServerReply][] = [
		["", oneName("ROOT"), oneName("ROOT")],
		[".", oneName("ROOT"), oneName("ROOT")],
		["/", oneName("/"), oneName("/")],
		["file", oneName("ROOT/file"), oneName("ROOT/file")],
		["new", oneName("ROOT/new"), oneName("ROOT/new")],
		["new/", NO_FILE, NO_FILE],
		["link", oneName("ROOT/folder"), oneName("ROOT/folder")],
		["link/..", oneName("ROOT"), oneName("ROOT")],
		["\xff\n", oneName("ROOT/\xff\n"), oneName("ROOT/\xff\n")],
		["~", oneName("ROOT/~"), oneName("ROOT")],
		["~/", oneName("ROOT/~"), oneName("ROOT")],
		["~/file", oneName("ROOT/~/file"), oneName("ROOT/file")],
		["~//file", oneName("ROOT/~/file"), oneName("ROOT/file")],
		["~/missing/x", NO_FILE, NO_FILE],
		["a/~", NO_FILE, NO_FILE],
		["folder/~", oneName("ROOT/folder/~"), oneName("ROOT/folder/~")],
		["~daemon", oneName("ROOT/~daemon"), oneName("/usr/sbin")],
		["~daemon/", NO_FILE, oneName("/usr/sbin")],
		["~daemon//x", NO_FILE, oneName("/usr/sbin/x")],
		[`~${username}`, oneName(`ROOT/~${username}`), existsSync(homedir) ? oneName(homedir) : NO_FILE],
		["~no-such-user", oneName("ROOT/~no-such-user"), NO_USER],
		["~no-such-user/x", NO_FILE, NO_USER],
		["~\xff", oneName("ROOT/~\xff"), NO_USER],
		["n".repeat(256), status(5), status(5)],
		["x/".repeat(2500), status(5), status(5)],
		[`~daemon/${"x/".repeat(2040)}`, status(2), NO_FILE],
	];
	for (const [path, realpath, expanded] of rows) {
		const shown = path.length > 30 ? `${path.slice(0, 10)}... (${path.length} bytes)` : JSON.stringify(path);
		it(`REALPATH of ${shown}`, async () => assert.deepEqual(await twins.ask(FXP.REALPATH, path), realpath));
		it(`expand-path of ${shown}`, async () => assert.deepEqual(await twins.ask(EXPAND, path), expanded));
	}

	it("expand-path accepts the same users as OpenSSH's", async () => {
		for (const length of [4070, 4080, 4084, 4085, 4086, 4087, 4088, 4090, 4095, 4096, 5000])
			await twins.ask(EXPAND, `~daemon/${"./".repeat(length / 2 - 4)}`);
	});
});
