/* OPEN: flags and modes as open(2) gets them, what it refuses, and its handles. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP, handle } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const { READ, WRITE, APPEND, CREAT, TRUNC, EXCL } = FXF;
const HANDLE_0: ServerReply = { kind: "handle", handle: handle(0) };

describe("OPEN", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				oldFile(join(directory, "file"), "eleven byte");
				mkdirSync(join(directory, "folder"));
				symlinkSync("file", join(directory, "link"));
				symlinkSync("missing", join(directory, "dangling"));
				symlinkSync("loop", join(directory, "loop"));
			},
		});
	});
	after(() => twins.stop());

	/** Opens a file and closes it, so that handle 0 is free for each row. */
	async function open(path: string, pflags: number, groups = {}): Promise<ServerReply> {
		const reply = await twins.ask(FXP.OPEN, path, pflags, attrs(groups));
		if (reply.kind === "handle") assert.deepEqual(await twins.ask(FXP.CLOSE, reply.handle), status(0));
		return reply;
	}

	const rows: readonly [criterion: string, path: string, pflags: number, expected: ServerReply][] = [
		["opens a file to read", "file", READ, HANDLE_0],
		["opens for reading when neither READ nor WRITE is given", "file", 0, HANDLE_0],
		["ignores flags that version 3 does not define", "file", 0xffffffc1, HANDLE_0],
		["opens a directory to read", "folder", READ, HANDLE_0],
		["refuses to write a directory", "folder", WRITE, status(4, "Is a directory")],
		["refuses to create over a directory", "folder", READ | CREAT, status(4, "Is a directory")],
		["follows a link", "link", READ | WRITE, HANDLE_0],
		["reports a loop of links as no such file", "loop", READ, status(2)],
		["reports a missing file", "missing", READ, status(2)],
		["reports a missing directory on the way", "missing/file", READ | WRITE | CREAT, status(2)],
		["reports a file used as a directory as no such file", "file/x", READ, status(2)],
		["reports an empty path as no such file", "", READ, status(2)],
		["refuses EXCL on what exists", "file", WRITE | CREAT | EXCL, status(4, "File exists")],
		["refuses EXCL on a dangling link", "dangling", WRITE | CREAT | EXCL, status(4, "File exists")],
		["opens a name of 255 bytes", "n".repeat(255), WRITE | CREAT, HANDLE_0],
		["reports a name of 256 bytes as a bad message", "n".repeat(256), WRITE | CREAT, status(5)],
		["opens a path of 4095 bytes", `${"./".repeat(2045)}/file`, READ, HANDLE_0],
		["reports a path of 4096 bytes as a bad message", `${"./".repeat(2045)}//file`, READ, status(5)],
	];
	for (const [criterion, path, pflags, expected] of rows) {
		it(criterion, async () => assert.deepEqual(await open(path, pflags), expected));
	}

	it("creates with the client's mode and the umask", async () => {
		for (const mode of [0o600, 0o777, 0o4755, 0o100644, 0o170000])
			assert.deepEqual(await open(`mode-${mode.toString(8)}`, WRITE | CREAT, { mode }), HANDLE_0);
		assert.deepEqual(await open("mode-none", WRITE | CREAT), HANDLE_0);
	});

	it("ignores all other attributes", async () => {
		const groups = { size: 5n, owner: [1, 2], mode: 0o640, times: [3, 4], extended: [["a@b", "c"]] };
		assert.deepEqual(await open("all-groups", WRITE | CREAT, groups), HANDLE_0);
	});

	it("truncates with TRUNC, even without WRITE", async () => {
		twins.file("cut", "content");
		twins.file("cut-read", "content");
		assert.deepEqual(await open("cut", WRITE | TRUNC), HANDLE_0);
		assert.deepEqual(await open("cut-read", READ | TRUNC), HANDLE_0);
		twins.make((directory) => assert.equal(readFileSync(join(directory, "cut"), "utf8"), ""));
	});

	it("appends whatever the offsets with APPEND", async () => {
		twins.file("log", "old ");
		const file = await twins.open(FXP.OPEN, "log", WRITE | APPEND, attrs());
		assert.deepEqual(await twins.ask(FXP.WRITE, file, 0n, "new"), status(0));
		assert.deepEqual(await twins.ask(FXP.WRITE, file, 1n << 63n, "er"), status(0));
		assert.deepEqual(await twins.ask(FXP.CLOSE, file), status(0));
		twins.make((directory) => assert.equal(readFileSync(join(directory, "log"), "utf8"), "old newer"));
	});

	it("accepts names as bytes", async () => {
		const names = ["\xff\xfe", "\xf0\x9f\x98\x80", "a\nb", "a\"b'c", "\\", " ", "-n", "\x01\x7f", "\xc0\x80"];
		for (const name of names) assert.deepEqual(await open(name, WRITE | CREAT | EXCL), HANDLE_0);
		twins.make((directory) => {
			for (const name of names)
				assert.equal(readFileSync(Buffer.from(`${directory}/${name}`, "latin1")).length, 0);
		});
	});
});
