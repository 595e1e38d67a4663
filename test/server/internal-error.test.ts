/*
 * A bug in the server, simulated by a module that is loaded before it: replies
 * already made are written, the log has the stack, and the exit status is 255.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { attrs, FXF, FXP, INIT } from "../helpers/packets.ts";
import { decodeReply } from "../helpers/server-replies.ts";
import { OURS, request, ServerSession } from "../helpers/server-session.ts";

describe("an unexpected error", () => {
	const directory = mkdtempSync(join(tmpdir(), "internal-error-"));
	after(() => rmSync(directory, { recursive: true }));

	for (const [thrown, logged] of [
		['new TypeError("put in")', /TypeError: put in\n? {0,4}.*at /s],
		['"put in"', /put in/],
	] as const) {
		it(`ends the session after its replies, and is logged with its message: ${thrown}`, async () => {
			const preload = join(directory, "preload.cjs");
			const addon = JSON.stringify(resolve("dist/posix.node"));
			writeFileSync(
				preload,
				`const { fast } = require(${addon});
				const { stat } = fast;
				let calls = 0;
				fast.stat = () => { if (++calls === 2) throw ${thrown}; stat(); };\n`,
			);
			const [node, ...rest] = OURS;
			const session = new ServerSession([node, "--require", preload, ...rest], {
				args: ["-e", "-l", "info"],
			});
			const requests = [
				request(FXP.OPEN, 1, preload, FXF.READ, attrs()),
				request(FXP.STAT, 2, "/"),
				request(FXP.LSTAT, 3, "/"),
				request(FXP.STAT, 4, "/"),
			];
			await session.send(Buffer.concat([INIT, ...requests]));
			const [, ...replies] = await session.rest();
			const kinds = replies.map((packet) => decodeReply(packet).reply.kind);
			assert.deepEqual(kinds, ["handle", "attrs"]);
			const { status, stderr } = await session.ended;
			assert.equal(status, 255);
			assert.match(stderr, logged);
			assert.match(stderr, /forced close ".*preload\.cjs" bytes read 0 written 0\r\nsession closed for /);
		});
	}
});
