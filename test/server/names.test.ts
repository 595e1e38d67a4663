/*
 * Awkward names and long paths in every request that takes a path, sent to both
 * servers; logs and trees are compared too.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { needsOpenssh, type Question } from "../helpers/server-session.ts";
import { assertAlike, oldFile, Twins } from "../helpers/twins.ts";

const OK = status(0);
const BAD_MESSAGE = status(5);
const everyByte = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join("");

/** Names as bytes, one character per byte. */
const NAMES: readonly [criterion: string, name: string][] = [
	["a newline", "new\nline"],
	["quotes", "quo'te\"s`"],
	["bytes ff and fe", "\xff\xfe"],
	["an emoji", Buffer.from("emoji-\u{1f600}").toString("latin1")],
	["incomplete UTF-8 at its end", "cut-\xf0\x9f\x98"],
	["controls", "\x01\x1b[31m\x7f\t\r"],
	["leading and trailing blanks", " blank "],
	["a leading dash", "-rf"],
	["backslashes", "a\\b\\\\n\\377"],
	["percent signs", "%s%n%d%u"],
	["patterns", "*?[a-z]{x}"],
	["a tilde", "~root"],
	["three dots", "..."],
	["every byte that a name may contain", everyByte.replace("/", "").replace(".", "")],
	["255 bytes", "n".repeat(255)],
];

/** Every request that takes a path, with another name where it takes two. */
function requests(path: string): readonly (readonly [label: string, question: Question])[] {
	return [
		["OPEN", [FXP.OPEN, path, FXF.READ, attrs()]],
		["OPEN to create", [FXP.OPEN, path, FXF.WRITE | FXF.CREAT | FXF.EXCL, attrs()]],
		["LSTAT", [FXP.LSTAT, path]],
		["STAT", [FXP.STAT, path]],
		["SETSTAT", [FXP.SETSTAT, path, attrs({ times: [1, 2] })]],
		["OPENDIR", [FXP.OPENDIR, path]],
		["REMOVE", [FXP.REMOVE, path]],
		["MKDIR", [FXP.MKDIR, path, attrs()]],
		["RMDIR", [FXP.RMDIR, path]],
		["RENAME from", [FXP.RENAME, path, "new"]],
		["RENAME to", [FXP.RENAME, "other", path]],
		["READLINK", [FXP.READLINK, path]],
		["SYMLINK at", [FXP.SYMLINK, "target", path]],
		["posix-rename from", ["posix-rename@openssh.com", path, "new"]],
		["posix-rename to", ["posix-rename@openssh.com", "other", path]],
		["hardlink of", ["hardlink@openssh.com", path, "new"]],
		["hardlink at", ["hardlink@openssh.com", "other", path]],
		["statvfs", ["statvfs@openssh.com", path]],
		["lsetstat", ["lsetstat@openssh.com", path, attrs({ times: [1, 2] })]],
	];
}

describe("a name", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start();
	});
	after(() => twins.stop());

	for (const [criterion, name] of NAMES) {
		const done = async (...question: Question): Promise<void> =>
			assert.deepEqual(await twins.ask(...question), OK, String(question[0]));

		it(`with ${criterion} is accepted by every request that takes a path`, async () => {
			await done(FXP.MKDIR, name, attrs());
			await done(FXP.RMDIR, name);
			const file = await twins.open(FXP.OPEN, name, FXF.WRITE | FXF.CREAT | FXF.EXCL, attrs());
			await done(FXP.WRITE, file, 0n, "content");
			await done(FXP.CLOSE, file);
			for (const what of [FXP.STAT, FXP.LSTAT]) assert.equal((await twins.ask(what, name)).kind, "attrs");
			await done(FXP.SETSTAT, name, attrs({ mode: 0o640, times: [5, 6] }));
			await done("lsetstat@openssh.com", name, attrs({ times: [7, 8] }));
			await done(FXP.SYMLINK, name, "link");
			const target = await twins.ask(FXP.READLINK, "link");
			assert.equal(target.kind === "names" && target.names[0]?.name, name);
			await done(FXP.REMOVE, "link");
			await done(FXP.RENAME, name, "other");
			await done("posix-rename@openssh.com", "other", name);
			await done("hardlink@openssh.com", name, "hard");
			await done(FXP.REMOVE, name);
			await done("hardlink@openssh.com", "hard", name);
			await done(FXP.REMOVE, "hard");
			for (const what of [FXP.REALPATH, "expand-path@openssh.com"]) {
				const { kind } = await twins.ask(what, name);
				assert.ok(kind === "names" || name.startsWith("~"), kind);
			}
		});
		it(`with ${criterion} is listed byte for byte`, async () => {
			const folder = await twins.open(FXP.OPENDIR, ".");
			const listed = await twins.ask(FXP.READDIR, folder);
			const found = listed.kind === "names" ? listed.names : [];
			assert.deepEqual(found.map((entry) => entry.name).sort(), [".", "..", name].sort());
			await done(FXP.CLOSE, folder);
			await done(FXP.REMOVE, name);
		});
	}
});

describe("a path", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({ build: (directory) => oldFile(join(directory, "other"), "content") });
	});
	after(() => twins.stop());

	const paths: readonly [criterion: string, path: string][] = [
		["of one name of 256 bytes", "n".repeat(256)],
		["that contains a name of 256 bytes", `./${"n".repeat(256)}`],
		["of 4096 bytes that leads to a file", `${"./".repeat(2045)}/other`],
		["of 4096 bytes that leads nowhere", "x/".repeat(2048)],
		["of 5000 bytes", "x/".repeat(2500)],
		["of 250,000 bytes", "x".repeat(250_000)],
	];
	for (const [criterion, path] of paths) {
		it(`${criterion} is a bad message to every request, and changes nothing`, async () => {
			if (criterion.includes("4096")) assert.equal(path.length, 4096);
			for (const [label, question] of requests(path))
				assert.deepEqual(await twins.ask(...question), BAD_MESSAGE, label);
			for (const what of [FXP.REALPATH, "expand-path@openssh.com"]) await twins.ask(what, path);
		});
	}

	it("of 4095 bytes is not too long", async () => {
		const path = `${"./".repeat(2045)}other`;
		assert.equal(path.length, 4095);
		for (const [label, question] of requests(path)) {
			const { ours, openssh } = await twins.askBoth(...question);
			assert.notDeepEqual(ours, BAD_MESSAGE, label);
			/* The figures of statvfs change. */
			if (label === "statvfs") assert.equal(ours.kind, openssh.kind);
			else assertAlike(ours, openssh, label);
			if (ours.kind === "handle") assert.deepEqual(await twins.ask(FXP.CLOSE, ours.handle), OK);
		}
	});
});
