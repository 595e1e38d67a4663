/* REMOVE, MKDIR and RMDIR: what they create and remove, and what they refuse. */
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const OK = status(0);
const tooLong = "n".repeat(256);

describe("REMOVE, MKDIR and RMDIR", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			args: ["-u", "027"],
			build(directory) {
				const at = (name: string): string => join(directory, name);
				oldFile(at("file"), "kept");
				mkdirSync(at("folder"));
				oldFile(at("folder/inside"));
				symlinkSync("file", at("link"));
				symlinkSync("folder", at("folder-link"));
				symlinkSync("missing", at("dangling"));
			},
		});
	});
	after(() => twins.stop());
	const exists = (name: string): boolean => {
		let found = false;
		twins.make((directory) => {
			found = existsSync(join(directory, name));
		});
		return found;
	};

	const removals: readonly [criterion: string, path: string, expected: ServerReply][] = [
		["removes a file", "victim", OK],
		["removes a link, not its target", "link", OK],
		["removes a dangling link", "dangling", OK],
		["refuses a directory", "folder", status(4, "Is a directory")],
		["refuses a missing file", "missing", status(2)],
		["refuses a path below a file", "file/x", status(2)],
		["refuses an empty path", "", status(2)],
		["refuses a name of 256 bytes", tooLong, status(5)],
		["refuses a file with a trailing slash", "file/", status(2)],
		["refuses the working directory", ".", status(4, "Is a directory")],
	];
	for (const [criterion, path, expected] of removals) {
		it(`REMOVE ${criterion}`, async () => {
			twins.file("victim");
			assert.deepEqual(await twins.ask(FXP.REMOVE, path), expected);
			assert.ok(exists("file") && exists("folder/inside"));
		});
	}

	it("MKDIR makes a directory with the client's mode and the umask", async () => {
		const modes: readonly [mode: number | undefined, made: number][] = [
			[undefined, 0o750],
			[0o777, 0o750],
			[0o700, 0o700],
			[0o1777, 0o1750],
			[0o040755, 0o750],
			[0o100000, 0o000],
			[0, 0o000],
		];
		for (const [i, [mode, made]] of modes.entries()) {
			const groups = mode === undefined ? { size: 1n, times: [1, 2] as const } : { mode };
			assert.deepEqual(await twins.ask(FXP.MKDIR, `made-${i}`, attrs(groups)), OK);
			twins.make((directory) => {
				assert.equal(lstatSync(join(directory, `made-${i}`)).mode & 0o7777, made);
			});
		}
	});

	const makings: readonly [criterion: string, path: string, expected: ServerReply][] = [
		["takes a trailing slash", "with-slash/", OK],
		["takes a name of 255 bytes", "d".repeat(255), OK],
		["refuses a directory that exists", "folder", status(4, "File exists")],
		["refuses a file that exists", "file", status(4, "File exists")],
		["refuses a dangling link", "to-nowhere", status(4, "File exists")],
		["refuses a missing directory on the way", "missing/folder", status(2)],
		["refuses a file on the way", "file/folder", status(2)],
		["refuses an empty path", "", status(2)],
		["refuses a name of 256 bytes", tooLong, status(5)],
		["refuses the root", "/", status(4, "File exists")],
	];
	for (const [criterion, path, expected] of makings) {
		it(`MKDIR ${criterion}`, async () => {
			await twins.ask(FXP.SYMLINK, "nowhere", "to-nowhere");
			assert.deepEqual(await twins.ask(FXP.MKDIR, path, attrs()), expected);
		});
	}

	const unmakings: readonly [criterion: string, path: string, expected: ServerReply][] = [
		["removes an empty directory", "hollow", OK],
		["takes a trailing slash", "hollow/", OK],
		["refuses a directory that is not empty", "folder", status(4, "Directory not empty")],
		["refuses a file", "file", status(2)],
		["refuses a link to a directory", "folder-link", status(2)],
		["refuses a missing directory", "missing", status(2)],
		["refuses an empty path", "", status(2)],
		["refuses a path that ends in a dot", "hollow/.", status(5)],
		["refuses a path that ends in two dots", "hollow/..", status(4, "Directory not empty")],
		["refuses a name of 256 bytes", tooLong, status(5)],
		["refuses a busy directory", "/proc", status(4, "Device or resource busy")],
	];
	for (const [criterion, path, expected] of unmakings) {
		/* Other users get another error for what they may not remove. */
		const skip = path === "/proc" && unlessRoot();
		it(`RMDIR ${criterion}`, { skip }, async () => {
			twins.make((directory) => mkdirSync(join(directory, "hollow"), { recursive: true }));
			assert.deepEqual(await twins.ask(FXP.RMDIR, path), expected);
		});
	}
});
