// --strict: an item of -P or -p that matches no request is an error at the
// start. Without it the item is passed over, as OpenSSH does.
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

	it("does not start under --strict when the item is a pattern", async () => {
		const args = ["--strict", "-P", "set*,*nothing*"];
		const strict = await endOf(OURS, () => {}, { args });
		assert.deepEqual([strict.status, strict.stderr], [FATAL, 'no request matches "*nothing*"\r\n']);
	});
});

describe("a list whose items all match", needsOpenssh, () => {
	for (const args of [
		["-P", "mkdir"],
		["-P", "set*,mk*"],
		["-P", "mkdir,,nonsense"],
		["-P", `${"mkdir,".repeat(40)}nonsense`],
		["-p", "stat", "-P", ""],
	]) {
		it(`is taken under --strict: ${args.join(" ").slice(0, 40)}`, async () => {
			const ended = await endOf(OURS, part, { args: ["--strict", ...args] });
			assert.deepEqual([ended.status, ended.result[1]], [0, status(3)]);
		});
	}
});
