/*
 * Names of users and groups, each looked up once, and the tilde that stands for
 * their home directories.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { asByteString, type ByteString } from "../../src/posix/byte-string.ts";
import { expandTilde, type TildeExpansion } from "../../src/posix/tilde.ts";
import { groupName, NameCache, userById, userByName } from "../../src/posix/users.ts";

/** The fields that getent(1) prints. */
function entriesOf(database: "passwd" | "group"): readonly (readonly string[])[] {
	const text = execFileSync("getent", [database], { encoding: "latin1" });
	return text
		.trimEnd()
		.split("\n")
		.map((line) => line.split(":"));
}

describe("the user database", () => {
	it("agrees with getent(1)", () => {
		for (const [name = "", , uid, gid, , dir] of entriesOf("passwd")) {
			const user = { name: asByteString(name), dir, uid: Number(uid), gid: Number(gid) };
			assert.deepEqual(userByName(user.name), user);
			assert.equal(userById(user.uid)?.uid, user.uid);
		}
		for (const [name, , gid] of entriesOf("group")) assert.equal(groupName(Number(gid)), name);
	});

	it("has no user whose name contains a NUL, is empty, or is too long", () => {
		for (const name of ["root\0", "\0", "", "r".repeat(5000)])
			assert.equal(userByName(asByteString(name)), undefined);
	});
});

describe("a cache of names", () => {
	it("looks up each ID once, and again after it was cleared", () => {
		const asked: number[] = [];
		const cache = new NameCache((id) => {
			asked.push(id);
			return id % 2 === 0 ? asByteString(`n${id}`) : undefined;
		});
		const columns = [0, 1, 1_234_567_890, 0, 1].map((id) => cache.column(id));
		assert.deepEqual(columns, ["n0      ", "1       ", "n1234567890", "n0      ", "1       "]);
		assert.deepEqual(asked, [0, 1, 1_234_567_890]);
		for (let id = 2; id <= 1024; id++) cache.column(id);
		assert.equal(asked.length, 3 + 1023);
		assert.equal(cache.column(0), "n0      ");
		assert.equal(asked.at(-1), 0);
	});
});

describe("a tilde", () => {
	const homes = new Map([
		["other", "/home/other"],
		["top", "/"],
		["none", ""],
	]);
	const lookUp = (name: ByteString): { readonly dir: ByteString } | undefined => {
		const dir = homes.get(name);
		return dir === undefined ? undefined : { dir: asByteString(dir) };
	};
	const expand = (text: string, own: string): TildeExpansion =>
		expandTilde(asByteString(text), asByteString(own), lookUp);
	const rows: readonly [text: string, own: string, path: string][] = [
		["~", "/home/own", "/home/own/"],
		["~/", "/home/own/", "/home/own/"],
		["~//a//b", "/home/own/", "/home/own/a//b"],
		["~other", "", "/home/other/"],
		["~other//a\nb", "", "/home/other/a\nb"],
		["~top/a", "", "/a"],
		["~none/a", "", "/a"],
		["~", "", "/"],
		["a/~", "/home/own", "a/~"],
		["", "/home/own", ""],
	];
	for (const [text, own, path] of rows) {
		it(`in ${JSON.stringify(text)} stands for ${JSON.stringify(path)}`, () => {
			assert.deepEqual(expand(text, own), { kind: "path", path });
		});
	}

	it("is refused for an unknown name, and when the path would be too long", () => {
		assert.deepEqual(expand("~x/y", "/own"), { kind: "no-such-user", user: "x" });
		const fits = `~/${"x".repeat(4090)}`;
		assert.equal(expand(fits, "/own").kind, "path");
		assert.equal(expand(`${fits}x`, "/own").kind, "path-too-long");
	});
});
