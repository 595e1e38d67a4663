/*
 * What standard input can be, how it can arrive, and how it can end: every
 * complete request is served and answered.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
	inOnePiece,
	processStatus,
	type Question,
	replies,
	scratch,
	start,
	waiting,
} from "../failing/world.ts";
import { makeContent } from "../helpers/content.ts";
import { endOf, lines, sameEnd } from "../helpers/endings.ts";
import { isFast } from "../helpers/fast.ts";
import { attrs, FXF, FXP, handle, INIT, uint32 } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh, OPENSSH, OURS, type Program, ServerSession } from "../helpers/server-session.ts";
import { connectByTcp } from "../helpers/stdio.ts";

const OK = status(0);
const CREATE = FXF.WRITE | FXF.CREAT | FXF.TRUNC;
const LOG = ["-e", "-l", "INFO"];
const CLOSED = /^session closed for local user \S+ from \[UNKNOWN\]\r\n$/m;
const PIECE_BYTES = 32 * 1024;
/** How much more memory than an idle session a session may take; node's own varies. */
const MEMORY_KIB = 32 * 1024;
const REQUESTS = isFast ? 10_000 : 100_000;

/** An upload of `pieces` pieces, from OPEN to CLOSE, and the file's content after it. */
function upload(path: string, pieces: number): { readonly questions: Question[]; readonly content: Buffer } {
	const content = makeContent(pieces * PIECE_BYTES, (i) => (i * 13) >>> 7);
	const writes = Array.from({ length: pieces }, (_, i): Question => {
		const at = i * PIECE_BYTES;
		return [FXP.WRITE, handle(0), BigInt(at), content.subarray(at, at + PIECE_BYTES)];
	});
	return { questions: [[FXP.OPEN, path, CREATE, attrs()], ...writes, [FXP.CLOSE, handle(0)]], content };
}

function assertUploaded(answers: readonly ServerReply[], pieces: number): void {
	assert.deepEqual(answers[0], { kind: "handle", handle: handle(0) });
	assert.deepEqual(answers.slice(1), Array(pieces + 1).fill(OK));
}

describe("input", () => {
	it("is served when it arrives a byte at a time", async (test) => {
		const directory = scratch(test);
		const [input, path] = [join(directory, "requests"), join(directory, "upload")];
		/* A megabyte; in a fast run, 64 KiB. */
		const pieces = isFast ? 2 : 32;
		const { questions, content } = upload(path, pieces);
		writeFileSync(input, Buffer.concat([INIT, inOnePiece(questions)]));
		const byBytes = ["sh", "-c", 'dd if="$0" bs=1 status=none | "$@"', input] as const;
		const session = new ServerSession([...byBytes, ...OURS], { args: LOG });
		await session.next();
		assertUploaded(await replies(session, questions.length), pieces);
		const { status: exitStatus, stderr } = await session.ended;
		assert.equal(exitStatus, 0);
		assert.match(stderr, new RegExp(`^close "${path}" bytes read 0 written ${content.length}\\r$`, "m"));
		assert.match(stderr, CLOSED);
		assert.deepEqual(readFileSync(path), content);
	});

	it(`of ${REQUESTS} requests in one write is answered in order and in little memory`, async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), "");
		const idle = await start(test, OURS, { cwd: directory });
		const session = await start(test, OURS, { cwd: directory, args: LOG });
		const file = await session.open(FXP.OPEN, "file", FXF.READ, attrs());
		/* None of these is logged at INFO, so the reader of the log can't fall behind. */
		const kinds: readonly [ServerReply["kind"], Question][] = [
			["attrs", [FXP.STAT, "file"]],
			["status", [FXP.READ, file, 10n, 1]],
			["names", [FXP.REALPATH, "file/.."]],
		];
		const one = (i: number) => kinds[i % kinds.length] ?? assert.fail();
		const questions = Array.from({ length: REQUESTS }, (_, i) => one(i)[1]);
		const sent = session.send(inOnePiece(questions));
		const answers = await replies(session, questions.length);
		await sent;
		assert.ok(answers.every(({ kind }, i) => kind === one(i)[0]));
		const [peak, least] = [session, idle].map(({ pid }) => processStatus(pid, "VmHWM"));
		assert.ok((peak ?? 0) - (least ?? 0) < MEMORY_KIB, `${peak} KiB, idle ${least} KiB`);
		const [{ status: exitStatus, stderr }] = await Promise.all([session.stop(), idle.stop()]);
		assert.equal(exitStatus, 0);
		assert.match(stderr, /^forced close "file" bytes read 0 written 0\r$/m);
		assert.match(stderr, CLOSED);
	});

	it("from a client that never reads takes bounded memory, and its handles are logged as closed when it goes away", async (test) => {
		const directory = scratch(test);
		const content = "x".repeat(261_120);
		writeFileSync(join(directory, "file"), content);
		const session = new ServerSession(OURS, { cwd: directory, args: LOG, paused: true });
		test.after(() => session.kill("SIGKILL"));
		const opening: Question[] = [
			[FXP.OPEN, "new", CREATE, attrs()],
			[FXP.WRITE, handle(0), 0n, "done"],
			[FXP.OPEN, "file", FXF.READ, attrs()],
		];
		const reads = Array.from({ length: 5000 }, (): Question => [FXP.READ, handle(1), 0n, content.length]);
		/* More than a gigabyte of replies. */
		const sent = session.send(Buffer.concat([INIT, inOnePiece([...opening, ...reads])]));
		await waiting(session.pid);
		const kilobytes = processStatus(session.pid, "VmHWM");
		assert.ok(kilobytes < 80_000, `${kilobytes} kB`);
		session.closeOutput();
		await sent;
		const { status: exitStatus, signal, stderr } = await session.ended;
		assert.deepEqual([exitStatus, signal], [0, null], stderr);
		assert.equal(readFileSync(join(directory, "new"), "latin1"), "done");
		assert.match(stderr, /^forced close "new" bytes read 0 written 4\r$/m);
		assert.match(stderr, /^forced close "file" bytes read \d+ written 0\r$/m);
		assert.match(stderr, CLOSED);
	});

	it("of requests without fields is answered request by request", async (test) => {
		const session = await start(test, OURS);
		const questions = Array.from({ length: REQUESTS / 5 }, (): Question => [99]);
		const sent = session.send(inOnePiece(questions));
		assert.deepEqual(new Set((await replies(session, questions.length)).map(String)).size, 1);
		await sent;
		await session.stop();
	});
});

describe("the end of input", needsOpenssh, () => {
	for (const stdin of ["pipe", "socket"] as const) {
		it(`of a ${stdin} does not end the session before queued requests are served and answered`, async (test) => {
			const path = join(scratch(test), "upload");
			const { questions, content } = upload(path, 40);
			const session = new ServerSession(OURS, { stdin, stdout: stdin, paused: true });
			const sent = session.send(Buffer.concat([INIT, inOnePiece(questions)]));
			session.endInput();
			session.startReading();
			await session.next();
			assertUploaded(await replies(session, questions.length), 40);
			await sent;
			const { status: exitStatus } = await session.ended;
			assert.equal(exitStatus, 0);
			assert.deepEqual(readFileSync(path), content);
		});
	}

	it("leaves no reply out when replies are large and the reader is late", async (test) => {
		const path = join(scratch(test), "file");
		writeFileSync(path, Buffer.alloc(PIECE_BYTES, "x"));
		const session = new ServerSession(OURS, { paused: true });
		const reads = Array.from({ length: 500 }, (): Question => [FXP.READ, handle(0), 0n, PIECE_BYTES]);
		const opening: Question = [FXP.OPEN, path, FXF.READ, attrs()];
		await session.send(Buffer.concat([INIT, inOnePiece([opening, ...reads])]));
		session.endInput();
		session.startReading();
		await session.next();
		const [, ...answers] = await replies(session, 501);
		assert.ok(answers.every((reply) => reply.kind === "data" && reply.data.length === PIECE_BYTES));
		assert.deepEqual(await session.next(), undefined);
		assert.equal((await session.ended).status, 0);
	});

	it("is not an error at the start or before a packet is complete", async () => {
		for (const bytes of [Buffer.alloc(0), Buffer.alloc(4), INIT.subarray(0, 5), INIT.subarray(0, 8)]) {
			const ended = await sameEnd(async (session) => {
				if (bytes.length > 0) await session.send(bytes);
				session.endInput();
			});
			assert.deepEqual([ended.status, ended.replies], [0, []]);
			assert.match(ended.stderr, /^debug1: read eof\r\nsession closed for local user/m);
		}
	});

	it("logs the handles that are open, in numerical order", async (test) => {
		const cwd = scratch(test);
		writeFileSync(join(cwd, "file"), "content");
		const questions: Question[] = [
			[FXP.OPEN, "file", FXF.READ, attrs()],
			[FXP.OPENDIR, "."],
			[FXP.OPEN, "file", FXF.READ, attrs()],
			[FXP.CLOSE, handle(0)],
			[FXP.OPEN, "new", CREATE, attrs()],
			[FXP.READ, handle(2), 0n, 5],
			[FXP.WRITE, handle(0), 0n, "abc"],
		];
		const ended = await sameEnd(
			async (session) => {
				await session.send(INIT);
				await session.next();
				for (const question of questions) await session.ask(...question);
				session.endInput();
			},
			{ cwd },
		);
		assert.deepEqual(lines(ended).slice(-5, -1), [
			"debug1: read eof",
			'forced close "new" bytes read 0 written 3',
			'forced closedir "."',
			'forced close "file" bytes read 5 written 0',
		]);
	});
});

describe("standard input", needsOpenssh, () => {
	it("may be a file", async (test) => {
		const directory = scratch(test);
		const [script, path] = [join(directory, "requests"), join(directory, "upload")];
		const { questions, content } = upload(path, 50);
		writeFileSync(script, Buffer.concat([INIT, inOnePiece(questions), uint32(7)]));
		const session = new ServerSession(OURS, { stdin: { file: script } });
		await session.next();
		assertUploaded(await replies(session, questions.length), 50);
		assert.equal((await session.ended).status, 0);
		assert.deepEqual(readFileSync(path), content);
	});

	it("may be a file when standard output is one too", async (test) => {
		const directory = scratch(test);
		const [script, output] = [join(directory, "requests"), join(directory, "replies")];
		writeFileSync(join(directory, "file"), "content");
		const questions: Question[] = [
			[FXP.OPEN, join(directory, "file"), FXF.READ, attrs()],
			[FXP.READ, handle(0), 0n, 40_000],
			[FXP.CLOSE, handle(0)],
		];
		writeFileSync(script, Buffer.concat([INIT, inOnePiece(questions)]));
		const session = new ServerSession(OURS, { stdin: { file: script }, stdout: { file: output } });
		assert.equal((await session.ended).status, 0);
		const written = readFileSync(output);
		const version = written.readUInt32BE() + 4;
		const expected = Buffer.concat([
			Buffer.from("0000000d6600000000" + "0000000400000000", "hex"),
			Buffer.from(`00000010` + "6700000001" + "00000007" + "636f6e74656e74", "hex"),
			Buffer.from("00000018650000000200000000" + "0000000753756363657373" + "00000000", "hex"),
		]);
		assert.deepEqual(written.subarray(version), expected);
	});

	it("may be a TCP connection that is also standard output", async (test) => {
		const path = join(scratch(test), "upload");
		const { questions, content } = upload(path, 40);
		const session = new ServerSession(OURS, {}, await connectByTcp());
		await session.send(Buffer.concat([INIT, inOnePiece(questions)]));
		await session.next();
		assertUploaded(await replies(session, questions.length), 40);
		const opened = await session.open(FXP.OPEN, path, FXF.READ, attrs());
		for (let at = 0; at < content.length; at += PIECE_BYTES) {
			const reply = await session.ask(FXP.READ, opened, BigInt(at), PIECE_BYTES);
			assert.deepEqual(reply, { kind: "data", data: content.subarray(at, at + PIECE_BYTES) });
		}
		assert.equal((await session.stop()).status, 0);
	});

	for (const which of ["input", "output", "both"]) {
		it(`or standard output may be a terminal: ${which}`, {
			skip: unlessInstalled("python3"),
		}, async (test) => {
			const path = join(scratch(test), "upload");
			const { questions, content } = upload(path, 20);
			const session = new ServerSession(["python3", "test/helpers/on-terminal.py", which, ...OURS]);
			const sent = session.send(Buffer.concat([INIT, inOnePiece(questions)]));
			await session.next();
			assertUploaded(await replies(session, questions.length), 20);
			await sent;
			const opened = await session.open(FXP.OPEN, path, FXF.READ, attrs());
			const reply = await session.ask(FXP.READ, opened, 5n, 200_000);
			assert.deepEqual(reply, { kind: "data", data: content.subarray(5, 200_005) });
			assert.equal((await session.stop()).status, 0);
		});
	}

	it("ends the session with status 1 when it can't be read", async () => {
		const ended = await sameEnd(() => {}, { stdin: { file: "/" } });
		assert.equal(ended.status, 1);
		assert.match(ended.stderr, /^read: Is a directory\r$/m);
	});

	it("and output end the session with status 2 when the server can't wait for them", {
		skip: unlessInstalled("strace"),
	}, async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), Buffer.alloc(PIECE_BYTES));
		const log = join(directory, "log");
		/* Waiting for standard error fails too, so our server logs to a file. */
		const rows: readonly [program: Program, args: readonly string[], line: RegExp][] = [
			[OURS, ["--log-format", "json", "--log-file", log], /"event":"poll-failed","reason":"Cannot allocate/],
			[OPENSSH, LOG, /^poll: Cannot allocate memory\r\nsession closed /m],
		];
		for (const [program, args, line] of rows) {
			const failing = ["-D", "-qq", "-o", join(directory, "trace"), "-einject=poll:error=ENOMEM"];
			const options = { cwd: directory, args, paused: true };
			const session = new ServerSession(["strace", ...failing, ...program], options);
			test.after(() => session.kill("SIGKILL"));
			const reads = Array.from({ length: 200 }, (): Question => [FXP.READ, handle(0), 0n, PIECE_BYTES]);
			const sent = session.send(
				Buffer.concat([INIT, inOnePiece([[FXP.OPEN, "file", FXF.READ, attrs()], ...reads])]),
			);
			const { status: exitStatus, stderr } = await session.ended;
			await sent;
			assert.equal(exitStatus, 2, stderr);
			assert.match(program === OURS ? readFileSync(log, "utf8") : stderr, line);
		}
	});

	it("creates no file when it ends within the request to create it", async (test) => {
		const cwd = scratch(test);
		const whole = inOnePiece([[FXP.OPEN, "new", CREATE, attrs()]]);
		const ended = await endOf(
			OURS,
			async (session) => {
				await session.send(Buffer.concat([INIT, whole.subarray(0, whole.length - 1)]));
				await session.next();
				session.endInput();
			},
			{ cwd },
		);
		assert.deepEqual([ended.status, ended.replies], [0, []]);
		assert.equal(existsSync(join(cwd, "new")), false);
	});
});
