/*
 * SETSTAT, FSETSTAT and lsetstat: which attributes are set, in which order, on
 * which file, and which failure is reported.
 */
import assert from "node:assert/strict";
import { lstatSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type AttrGroups, attrs, FXF, FXP, handle } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { Twins } from "../helpers/twins.ts";

const OK = status(0);
const LSETSTAT = "lsetstat@openssh.com";
const isRoot = process.getuid?.() === 0;
const own: [number, number] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
/** The ID that means "leave unchanged". */
const UNCHANGED = 0xffffffff;
/** An owner that only root may give a file, and the expected reply. */
const stranger: [number, number] = [12345, 54321];
const givenAway = isRoot ? OK : status(3);

describe("SETSTAT, FSETSTAT and lsetstat", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start();
	});
	after(() => twins.stop());

	const rows: readonly [
		criterion: string,
		groups: AttrGroups,
		setstat: ServerReply,
		lsetstat?: ServerReply,
	][] = [
		["do nothing without attributes", {}, OK],
		["truncate a file", { size: 3n }, OK, status(5)],
		["extend a file", { size: 100_000n }, OK, status(5)],
		["refuse a size of 2^63", { size: 2n ** 63n }, status(5)],
		["refuse a size of 2^64 - 1", { size: 2n ** 64n - 1n }, status(5)],
		["set a mode", { mode: 0o600 }, OK],
		["set a mode's upper bits", { mode: 0o7711 }, OK],
		["ignore a mode's file type", { mode: 0o170640 }, OK],
		["set times", { times: [1, 2] }, OK],
		["set times to 0", { times: [0, 0] }, OK],
		["set times after 2038", { times: [2 ** 31, 2 ** 32 - 1] }, OK],
		["set the owner to the present one", { owner: own }, OK],
		["leave the owner unchanged", { owner: [UNCHANGED, UNCHANGED] }, OK],
		["give a file away if the system permits it", { owner: stranger }, givenAway],
		["set all but the size", { owner: own, mode: 0o640, times: [5, 6] }, OK],
		["ignore extended attributes", { mode: 0o641, extended: [["x@y", "z"]] }, OK],
		["ignore an extended attribute with a NUL in its data", { extended: [["x", "a\0b"]] }, OK],
		["ignore flags that version 3 does not define", { mode: 0o642, flags: 0x7ffffff0 }, OK],
	];
	for (const [criterion, groups, expected, forLink = expected] of rows) {
		it(`${criterion}: SETSTAT`, async () => {
			twins.file("by-path", "content");
			assert.deepEqual(await twins.ask(FXP.SETSTAT, "by-path", attrs(groups)), expected);
			assert.deepEqual(await twins.ask(FXP.STAT, "by-path"), await twins.ask(FXP.LSTAT, "by-path"));
		});
		it(`${criterion}: FSETSTAT`, async () => {
			twins.file("by-handle", "content");
			const file = await twins.open(FXP.OPEN, "by-handle", FXF.READ | FXF.WRITE, attrs());
			assert.deepEqual(await twins.ask(FXP.FSETSTAT, file, attrs(groups)), expected);
			await twins.ask(FXP.FSTAT, file);
			assert.deepEqual(await twins.ask(FXP.CLOSE, file), OK);
		});
		it(`${criterion}: lsetstat`, async () => {
			twins.file("by-name", "content");
			assert.deepEqual(await twins.ask(LSETSTAT, "by-name", attrs(groups)), forLink);
			await twins.ask(FXP.LSTAT, "by-name");
		});
	}

	it("SETSTAT follows a link, lsetstat does not", async () => {
		twins.file("target", "content");
		twins.make((directory) => symlinkSync("target", join(directory, "link")));
		assert.deepEqual(await twins.ask(FXP.SETSTAT, "link", attrs({ times: [1, 2] })), OK);
		assert.deepEqual(await twins.ask(LSETSTAT, "link", attrs({ times: [3, 4] })), OK);
		assert.deepEqual(await twins.ask(LSETSTAT, "link", attrs({ owner: own })), OK);
		twins.make((directory) => {
			assert.equal(lstatSync(join(directory, "target")).mtimeMs, 2000);
			assert.equal(lstatSync(join(directory, "link")).mtimeMs, 4000);
		});
	});

	it("lsetstat can't set a link's mode", async () => {
		const refused = status(4, "Operation not supported");
		assert.deepEqual(await twins.ask(LSETSTAT, "link", attrs({ mode: 0o600 })), refused);
	});

	it("report the last failure and still set the rest", async () => {
		twins.file("half", "content");
		const groups = { size: 2n ** 63n, mode: 0o604, times: [7, 8], owner: own } as const;
		assert.deepEqual(await twins.ask(FXP.SETSTAT, "half", attrs(groups)), status(5));
		twins.make((directory) => {
			const { mode, mtimeMs, size } = lstatSync(join(directory, "half"));
			assert.deepEqual([mode & 0o7777, mtimeMs, size], [0o604, 8000, 7]);
		});
		const two = { size: 2n ** 63n, mode: 0o600 };
		assert.deepEqual(await twins.ask(FXP.SETSTAT, "missing", attrs(two)), status(2));
	});

	it("lsetstat changes nothing when a size is given", async () => {
		twins.file("kept", "content", 0o644);
		assert.deepEqual(await twins.ask(LSETSTAT, "kept", attrs({ size: 0n, mode: 0o600 })), status(5));
		twins.make((directory) => assert.equal(readFileSync(join(directory, "kept"), "utf8"), "content"));
	});

	it("FSETSTAT can't truncate a file that is open only for reading", async () => {
		twins.file("readable", "content");
		const file = await twins.open(FXP.OPEN, "readable", FXF.READ, attrs());
		assert.deepEqual(await twins.ask(FXP.FSETSTAT, file, attrs({ size: 0n })), status(5));
		assert.deepEqual(await twins.ask(FXP.FSETSTAT, file, attrs({ size: 0n, mode: 0o600 })), status(5));
		await twins.ask(FXP.CLOSE, file);
	});

	it("FSETSTAT changes a directory that OPEN opened", async () => {
		await twins.ask(FXP.MKDIR, "folder", attrs());
		const folder = await twins.open(FXP.OPEN, "folder", FXF.READ, attrs());
		assert.deepEqual(await twins.ask(FXP.FSETSTAT, folder, attrs({ mode: 0o700 })), OK);
		assert.deepEqual(await twins.ask(FXP.FSETSTAT, folder, attrs({ size: 0n })), status(5));
		await twins.ask(FXP.CLOSE, folder);
	});

	const missing: readonly [string, number | string, string, ServerReply][] = [
		["SETSTAT of a missing file", FXP.SETSTAT, "missing", status(2)],
		["SETSTAT of an empty path", FXP.SETSTAT, "", status(2)],
		["lsetstat of a missing file", LSETSTAT, "missing", status(2)],
		["SETSTAT below a file", FXP.SETSTAT, "target/x", status(2)],
		["SETSTAT of a name of 256 bytes", FXP.SETSTAT, "n".repeat(256), status(5)],
		["lsetstat of a path of 5000 bytes", LSETSTAT, "x/".repeat(2500), status(5)],
	];
	for (const [criterion, what, path, expected] of missing) {
		it(`${criterion} is ${expected.kind === "status" ? expected.text : ""}`, async () => {
			for (const groups of [{ mode: 0o600 }, { times: [1, 2] as const }, { owner: own }])
				assert.deepEqual(await twins.ask(what, path, attrs(groups)), expected);
		});
	}

	it("FSETSTAT of a bad handle fails", async () => {
		assert.deepEqual(await twins.ask(FXP.FSETSTAT, handle(77), attrs({ mode: 0o600 })), status(4));
	});
});
