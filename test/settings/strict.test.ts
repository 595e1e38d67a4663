/*
 * --strict: an item of -P or -p that matches no request is an error at the
 * start. Without it the item is ignored, as in OpenSSH.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endOf, oneByOne, sameEnd } from "../helpers/endings.ts";
import { FXP, INIT } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { needsOpenssh, OURS, request } from "../helpers/server-session.ts";

const FATAL = 255;
const part = oneByOne(INIT, request(FXP.MKDIR, 1, "/nonexistent/x"));

describe("a list with an item that no request matches", needsOpenssh, () => {
	const rows: readonly [args: readonly string[], item: string][] = [
		[["-P", "setstat,nonsense"], "nonsense"],
		[["-p", "mkdirs,realpath"], "mkdirs"],
		[["-P", "SETSTAT"], "SETSTAT"],
		[["-P", " setstat"], " setstat"],
		[["-p", "limits@openssh.com"], "limits@openssh.com"],
		[["-p", "init"], "init"],
	];
	for (const [args, item] of rows) {
		it(`does not start under --strict: ${args.join(" ")}`, async () => {
			const strict = await endOf(OURS, () => {}, { args: [...args, "--strict"] });
			assert.deepEqual([strict.status, strict.replies], [FATAL, []]);
			assert.equal(strict.stderr, `no request matches "${item}"\r\n`);
		});
		it(`starts without it, as OpenSSH's does: ${args.join(" ")}`, async () => {
			assert.equal((await sameEnd((session) => session.endInput(), { args })).status, 0);
		});
	}

	it("does not start when the item is a pattern, with and without --strict", async () => {
		for (const strict of [[], ["--strict"]])
			for (const [list, item] of [
				["set*,*nothing*", "*nothing*"],
				["unheard-of,{rmdir}", "{rmdir}"],
			] as const) {
				const ended = await endOf(OURS, () => {}, { args: [...strict, "-P", list] });
				const unknown = strict.length > 0 && list.startsWith("unheard") ? "unheard-of" : item;
				assert.deepEqual([ended.status, ended.stderr], [FATAL, `no request matches "${unknown}"\r\n`]);
			}
	});

	it("does not start when brackets are not closed", async () => {
		for (const option of ["-P", "-p"]) {
			const ended = await endOf(OURS, () => {}, { args: [option, "{remove,rmdir"] });
			assert.deepEqual([ended.status, ended.replies], [1, []]);
			assert.match(ended.stderr, /"\{remove,rmdir": its brackets are not balanced\n$/);
		}
	});
});

describe("a list whose items all match", needsOpenssh, () => {
	for (const args of [
		["-P", "mkdir"],
		["-P", "set*,mk*"],
		["-P", "{mkdir,rmdir}"],
		["-P", "mkdir,,nonsense"],
		["-P", `${"mkdir,".repeat(40)}nonsense`],
		["-p", "stat", "-P", ""],
	]) {
		it(`is accepted under --strict: ${args.join(" ").slice(0, 40)}`, async () => {
			const ended = await endOf(OURS, part, { args: ["--strict", ...args] });
			assert.deepEqual([ended.status, ended.result[1]], [0, status(3)]);
		});
	}
});
