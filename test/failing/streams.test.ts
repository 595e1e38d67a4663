/* Standard input and output that end or stall in the middle of a packet. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeContent } from "../helpers/content.ts";
import { isFast, someOf } from "../helpers/fast.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { decodeReply, status } from "../helpers/server-replies.ts";
import { OURS, request, ServerSession } from "../helpers/server-session.ts";
import type { Stdio } from "../helpers/stdio.ts";
import { inOnePiece, processStatus, type Question, replies, scratch, start, waiting } from "./world.ts";

const LARGEST_READ = 261_120;
const LOG = ["-e", "-l", "debug1"];
const CLOSED = /^session closed for local user \S+ from \[UNKNOWN\]\r\n$/m;
const content = makeContent(4 * LARGEST_READ, (i) => (i * 31) >>> 8);

for (const kind of ["pipe", "socket"] satisfies Stdio[]) {
	const streams = { stdin: kind, stdout: kind };

	describe(`standard output, a ${kind}, when it is closed in the middle of a reply`, () => {
		it("ends the session with status 0 and the closing lines, and keeps what was acknowledged", async (test) => {
			const directory = scratch(test);
			writeFileSync(join(directory, "file"), content);
			const session = new ServerSession(OURS, { ...streams, args: LOG, cwd: directory, paused: true });
			test.after(() => session.kill("SIGKILL"));
			const opens = [
				request(FXP.INIT, 3),
				request(FXP.OPEN, 1, "file", FXF.READ, attrs()),
				request(FXP.OPEN, 2, "new", FXF.WRITE | FXF.CREAT, attrs()),
				request(FXP.WRITE, 3, Buffer.from([0, 0, 0, 1]), 0n, "acknowledged"),
			];
			const reads = Array.from(
				{ length: 64 },
				(): Question => [FXP.READ, Buffer.from([0, 0, 0, 0]), 0n, LARGEST_READ],
			);
			const sent = session.send(Buffer.concat([...opens, inOnePiece(reads)]));
			/* The replies exceed any pipe, so the last one is truncated. */
			await waiting(session.pid);
			session.startReading();
			for (let i = 0; i < 4; i++) await session.next();
			session.closeOutput();
			await sent;
			const { status: exit, signal, stderr } = await session.ended;
			assert.deepEqual([exit, signal], [0, null], stderr);
			assert.match(stderr, /^debug1: write eof\r$/m);
			assert.match(stderr, /^forced close "file" bytes read \d+ written 0\r$/m);
			assert.match(stderr, /^forced close "new" bytes read 0 written 12\r$/m);
			assert.match(stderr, CLOSED);
			assert.equal(readFileSync(join(directory, "new"), "latin1"), "acknowledged");
		});
	});

	describe(`standard input, a ${kind}, when it ends in the middle of a packet`, () => {
		it("loses no complete request, and ends the session with status 0", async (test) => {
			const directory = scratch(test);
			const session = await start(test, OURS, { ...streams, args: LOG, cwd: directory });
			const handle = await session.open(FXP.OPEN, "new", FXF.WRITE | FXF.CREAT, attrs());
			const whole = Array.from({ length: 200 }, (_, i): Question => [FXP.WRITE, handle, BigInt(i), "x"]);
			const partial = request(FXP.WRITE, 999, handle, 0n, "never whole").subarray(0, -1);
			await session.send(Buffer.concat([inOnePiece(whole), partial]));
			session.endInput();
			for (const reply of await replies(session, whole.length)) assert.deepEqual(reply, status(0));
			assert.equal(await session.next(), undefined, "nothing is said about the request that is not whole");
			const { status: exit, stderr } = await session.ended;
			assert.equal(exit, 0);
			assert.match(stderr, /^debug1: read eof\r$/m);
			assert.match(stderr, CLOSED);
			assert.equal(readFileSync(join(directory, "new"), "latin1"), "x".repeat(200));
		});

		it("does so at every byte of a packet", async (test) => {
			const directory = scratch(test);
			writeFileSync(join(directory, "file"), "content");
			const cut = request(FXP.STAT, 2, "file");
			const lengths = someOf(test, [...Array(cut.length + 1).keys()], 2);
			const sessions = lengths.map(async (length) => {
				const session = await start(test, OURS, { ...streams, cwd: directory });
				await session.send(Buffer.concat([request(FXP.LSTAT, 1, "file"), cut.subarray(0, length)]));
				session.endInput();
				const packets = await session.rest();
				assert.deepEqual(
					packets.map((packet) => decodeReply(packet).id),
					length === cut.length ? [1, 2] : [1],
				);
				assert.equal((await session.ended).status, 0);
			});
			await Promise.all(sessions);
		});
	});

	describe(`a reader of a ${kind} that stops`, () => {
		it("makes the server wait instead of growing, and gets every byte when it continues", async (test) => {
			const directory = scratch(test);
			writeFileSync(join(directory, "file"), content);
			const session = new ServerSession(OURS, { ...streams, cwd: directory, paused: true });
			test.after(() => session.kill("SIGKILL"));
			const open = request(FXP.OPEN, 0, "file", FXF.READ, attrs());
			await session.send(Buffer.concat([request(FXP.INIT, 3), open]));
			const handle = Buffer.alloc(4);
			/* 100 MB of replies to 20,000 requests, which exceed the input's buffers. A fast run sends a quarter. */
			const questions = Array.from(
				{ length: isFast ? 5_000 : 20_000 },
				(_, i): Question =>
					i % 50 === 0
						? [FXP.READ, handle, BigInt((i * 997) % content.length), LARGEST_READ]
						: [FXP.STAT, "x".repeat(200)],
			);
			let taken = false;
			const sent = session.send(inOnePiece(questions)).then(() => {
				taken = true;
			});
			/* The server has stopped when it reads no more and waits. */
			await waiting(session.pid);
			assert.equal(taken, false, "the input is not read on");
			/* Node itself takes 45 MB of it. */
			const kilobytes = processStatus(session.pid, "VmRSS");
			assert.ok(kilobytes < 80_000, `${kilobytes} kB`);

			session.startReading();
			assert.equal((await session.next())?.[4], 2);
			assert.equal((await session.next())?.[4], 102);
			for (const [i, reply] of (await replies(session, questions.length)).entries()) {
				if (i % 50 !== 0) {
					assert.deepEqual(reply, status(2));
					continue;
				}
				const at = (i * 997) % content.length;
				assert.ok(reply.kind === "data");
				assert.equal(reply.data.length, Math.min(LARGEST_READ, content.length - at), `READ ${i}`);
				assert.ok(reply.data.equals(content.subarray(at, at + LARGEST_READ)), `READ ${i}`);
			}
			await sent;
			assert.equal((await session.stop()).status, 0);
		});
	});
}
