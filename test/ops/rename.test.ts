/* RENAME, which never replaces a file; posix-rename, which does; and hardlink. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const OK = status(0);
const FAILURE = status(4);
const NO_FILE = status(2);
const EXISTS = status(4, "File exists");
const NOT_EMPTY = status(4, "Directory not empty");
const IS_DIRECTORY = status(4, "Is a directory");
const POSIX_RENAME = "posix-rename@openssh.com";
const HARDLINK = "hardlink@openssh.com";
const long = "n".repeat(256);

describe("RENAME, posix-rename and hardlink", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start();
	});
	after(() => twins.stop());
	/* Each row gets a new tree. */
	let row = 0;
	beforeEach(() => {
		row++;
		twins.make((directory) => {
			const at = (name: string): string => join(directory, `${row}`, name);
			mkdirSync(at(""));
			oldFile(at("file"), "file");
			oldFile(at("other"), "other");
			for (const name of ["empty", "full", "folder"]) mkdirSync(at(name));
			oldFile(at("full/inside"), "inside");
			symlinkSync("file", at("link"));
			symlinkSync("folder", at("folder-link"));
			symlinkSync("missing", at("dangling"));
		});
	});

	type Row = readonly [
		from: string,
		to: string,
		rename: ServerReply,
		posixRename: ServerReply,
		hardlink: ServerReply,
	];
	const NOT_DIRECTORY = NO_FILE;
	const INVALID = status(5);
	const NO_LINK_TO_DIRECTORY = status(3);
	const rows: readonly Row[] = [
		["file", "new", OK, OK, OK],
		["file", "file", EXISTS, OK, EXISTS],
		["file", "other", EXISTS, OK, EXISTS],
		["file", "link", EXISTS, OK, EXISTS],
		["file", "dangling", EXISTS, OK, EXISTS],
		["file", "empty", EXISTS, IS_DIRECTORY, EXISTS],
		["file", "full/new", OK, OK, OK],
		["file", "missing/new", NO_FILE, NO_FILE, NO_FILE],
		["file", "other/new", NOT_DIRECTORY, NOT_DIRECTORY, NOT_DIRECTORY],
		["file", "", NO_FILE, NO_FILE, NO_FILE],
		["file", long, INVALID, INVALID, INVALID],
		["missing", "new", NO_FILE, NO_FILE, NO_FILE],
		["missing", "file", NO_FILE, NO_FILE, NO_FILE],
		["", "new", NO_FILE, NO_FILE, NO_FILE],
		["", "", NO_FILE, NO_FILE, NO_FILE],
		["folder", "new", OK, OK, NO_LINK_TO_DIRECTORY],
		["folder", "folder", FAILURE, OK, EXISTS],
		["folder", "empty", FAILURE, OK, EXISTS],
		["folder", "full", FAILURE, NOT_EMPTY, EXISTS],
		["folder", "file", FAILURE, NOT_DIRECTORY, EXISTS],
		["folder", "folder/inside", INVALID, INVALID, NO_LINK_TO_DIRECTORY],
		["full", ".", FAILURE, status(4, "Device or resource busy"), EXISTS],
		["link", "new", OK, OK, OK],
		["link", "file", FAILURE, OK, EXISTS],
		["link", "dangling", OK, OK, EXISTS],
		["folder-link", "empty", FAILURE, IS_DIRECTORY, EXISTS],
		["dangling", "new", OK, OK, OK],
		["dangling", "link", FAILURE, OK, EXISTS],
		["dangling", "dangling", OK, OK, EXISTS],
		["folder", "dangling", NOT_DIRECTORY, NOT_DIRECTORY, EXISTS],
	];
	for (const [from, to, rename, posixRename, hardlink] of rows) {
		const shown = [from, to].map((path) => (path === long ? "a name of 256 bytes" : JSON.stringify(path)));
		const kinds: readonly [string, number | string, ServerReply][] = [
			["RENAME", FXP.RENAME, rename],
			["posix-rename", POSIX_RENAME, posixRename],
			["hardlink", HARDLINK, hardlink],
		];
		for (const [name, what, expected] of kinds) {
			it(`${name} of ${shown.join(" to ")}`, async () => {
				const paths = [from, to].map((path) => (path === "" ? "" : `${row}/${path}`));
				assert.deepEqual(await twins.ask(what, ...paths), expected);
			});
		}
	}

	it("fail across file systems", async () => {
		const elsewhere = mkdtempSync("/dev/shm/rename-");
		try {
			const crossing = status(4, "Invalid cross-device link");
			assert.deepEqual(await twins.ask(FXP.RENAME, `${row}/file`, `${elsewhere}/new`), crossing);
			assert.deepEqual(await twins.ask(FXP.RENAME, `${row}/folder`, `${elsewhere}/new`), crossing);
			assert.deepEqual(await twins.ask(POSIX_RENAME, `${row}/file`, `${elsewhere}/new`), crossing);
			assert.deepEqual(await twins.ask(HARDLINK, `${row}/file`, `${elsewhere}/new`), crossing);
			oldFile(join(elsewhere, "taken"));
			assert.deepEqual(await twins.ask(FXP.RENAME, `${row}/file`, `${elsewhere}/taken`), EXISTS);
		} finally {
			rmSync(elsewhere, { recursive: true });
		}
	});
});
