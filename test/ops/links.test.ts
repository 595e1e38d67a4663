/* SYMLINK, whose first string is the target as in OpenSSH, and READLINK. */
import assert from "node:assert/strict";
import { mkdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { oneName, type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const OK = status(0);
const NO_FILE = status(2);

describe("SYMLINK and READLINK", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				oldFile(join(directory, "file"));
				mkdirSync(join(directory, "folder"));
			},
		});
	});
	after(() => twins.stop());

	it("SYMLINK takes the target first, then the link's path", async () => {
		assert.deepEqual(await twins.ask(FXP.SYMLINK, "the target", "the-link"), OK);
		twins.make((directory) => assert.equal(readlinkSync(join(directory, "the-link")), "the target"));
	});

	const targets = ["file", "/", "..", "a//b/", "\xff\xfe", "a\nb", "t".repeat(4095)];
	for (const [i, target] of targets.entries()) {
		const shown = target.length > 20 ? `of ${target.length} bytes` : JSON.stringify(target);
		it(`READLINK gives the target ${shown} as it was given`, async () => {
			assert.deepEqual(await twins.ask(FXP.SYMLINK, target, `link-${i}`), OK);
			assert.deepEqual(await twins.ask(FXP.READLINK, `link-${i}`), oneName(target));
		});
	}

	const refused: readonly [criterion: string, target: string, link: string, expected: ServerReply][] = [
		["an empty target", "", "link", NO_FILE],
		["an empty link", "target", "", NO_FILE],
		["a target of 4096 bytes", "t".repeat(4096), "link", status(5)],
		["a link of 256 bytes", "target", "n".repeat(256), status(5)],
		["an existing name", "target", "file", status(4, "File exists")],
		["an existing link", "the-link", "the-link", status(4, "File exists")],
		["a missing directory on the way", "target", "missing/link", NO_FILE],
		["a file on the way", "target", "file/link", NO_FILE],
	];
	for (const [criterion, target, link, expected] of refused) {
		it(`SYMLINK refuses ${criterion}`, async () => {
			assert.deepEqual(await twins.ask(FXP.SYMLINK, target, link), expected);
		});
	}

	const unreadable: readonly [criterion: string, path: string, expected: ServerReply][] = [
		["a file as a bad message", "file", status(5)],
		["a directory as a bad message", "folder", status(5)],
		["a missing file", "missing", NO_FILE],
		["an empty path", "", NO_FILE],
		["a path below a file", "file/x", NO_FILE],
		["a name of 256 bytes as a bad message", "n".repeat(256), status(5)],
	];
	for (const [criterion, path, expected] of unreadable) {
		it(`READLINK refuses ${criterion}`, async () => {
			assert.deepEqual(await twins.ask(FXP.READLINK, path), expected);
		});
	}
});
