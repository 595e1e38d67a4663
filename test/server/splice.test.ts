/*
 * Pages of files that reach the reader without being copied: when that happens,
 * and that nothing the client does later changes what it was sent before.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
	inOnePiece,
	processStatus,
	type Question,
	replies,
	scratch,
	start,
	tick,
	waiting,
} from "../failing/world.ts";
import { makeContent } from "../helpers/content.ts";
import { attrs, FXF, FXP, handle, INIT } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { OURS, ServerSession, type SessionOptions } from "../helpers/server-session.ts";
import { connectByTcp } from "../helpers/stdio.ts";

const OK = status(0);
const PIECE_BYTES = 32 * 1024;
const { READ, WRITE, CREAT, TRUNC } = FXF;

/** Content in which no two pages are equal. */
function pattern(length: number, seed: number): Buffer {
	return makeContent(length, (i) => i * 31 + (i >>> 8) * 7 + seed);
}

/** READs that cover `length` bytes of a file in pieces. */
function readsOf(open: Buffer, length: number, piece = PIECE_BYTES): Question[] {
	return Array.from({ length: Math.ceil(length / piece) }, (_, i) => [
		FXP.READ,
		open,
		BigInt(i * piece),
		piece,
	]);
}

/** The bytes of DATA replies, concatenated. */
function dataOf(answers: readonly ServerReply[]): Buffer {
	return Buffer.concat(
		answers.map((reply) => (reply.kind === "data" ? reply.data : Buffer.from(reply.kind))),
	);
}

/** Bytes that the process got from read(2) and the like, but not splice(2). Only root can read this. */
function bytesRead(pid: number): number {
	return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
}

const LENGTH = 64 * PIECE_BYTES;

describe("a READ's bytes", { skip: unlessRoot() }, () => {
	const opened = (...pflags: readonly number[]): Question[] =>
		pflags.map((flags) => [FXP.OPEN, "file", flags, attrs()]);
	const rows: readonly [
		criterion: string,
		opens: readonly Question[],
		piece: number,
		options: SessionOptions,
		copied: boolean,
	][] = [
		["are not copied to a pipe", opened(READ), PIECE_BYTES, {}, false],
		["are not copied to a socket", opened(READ), PIECE_BYTES, { stdout: "socket" }, false],
		["are not copied when they are the maximum", opened(READ), 261_120, {}, false],
		["are copied when they are few", opened(READ), 16_383, {}, true],
		["are copied while their handle could write", opened(READ | WRITE), PIECE_BYTES, {}, true],
		["are copied while any handle could write", opened(READ, WRITE), PIECE_BYTES, {}, true],
	];
	for (const [criterion, opens, piece, options, copied] of rows) {
		it(criterion, async (test) => {
			const cwd = scratch(test);
			const content = pattern(LENGTH, 1);
			writeFileSync(join(cwd, "file"), content);
			const session = await start(test, OURS, { ...options, cwd });
			for (const question of opens) await session.ask(...question);
			const before = bytesRead(session.pid);
			const questions = readsOf(handle(0), LENGTH, piece);
			const sent = session.send(inOnePiece(questions));
			assert.ok(dataOf(await replies(session, questions.length)).equals(content));
			await sent;
			const read = bytesRead(session.pid) - before;
			/* At the end of the file, what the pipe holds may have to be copied. */
			if (copied) assert.ok(read >= LENGTH, `${read} bytes read`);
			else assert.ok(read < LENGTH / 2, `${read} bytes read`);
			await session.stop();
		});
	}

	it("are copied until a READ gets all it asked for: a small file's are sent with their header", async (test) => {
		const cwd = scratch(test);
		writeFileSync(join(cwd, "file"), pattern(20_000, 1));
		const session = await start(test, OURS, { cwd });
		await session.ask(FXP.OPEN, "file", READ, attrs());
		const read: Question = [FXP.READ, handle(0), 0n, 261_120];
		const writes = (): number =>
			Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${session.pid}/io`, "latin1"))?.[1]);
		const [bytesBefore, writesBefore] = [bytesRead(session.pid), writes()];
		for (let i = 1; i <= 3; i++) {
			assert.ok(dataOf([await session.ask(...read)]).equals(pattern(20_000, 1)));
			assert.equal(writes() - writesBefore, i);
			assert.ok(bytesRead(session.pid) - bytesBefore >= i * 20_000);
		}
		await session.stop();
	});

	it("are no longer copied once the last handle that could write is closed", async (test) => {
		const cwd = scratch(test);
		writeFileSync(join(cwd, "file"), pattern(LENGTH, 1));
		const session = await start(test, OURS, { cwd });
		for (const question of opened(READ, WRITE)) await session.ask(...question);
		await session.ask(FXP.WRITE, handle(1), 0n, "new");
		await session.ask(FXP.CLOSE, handle(1));
		const before = bytesRead(session.pid);
		const questions = readsOf(handle(0), LENGTH);
		const sent = session.send(inOnePiece(questions));
		const expected = Buffer.concat([Buffer.from("new"), pattern(LENGTH, 1).subarray(3)]);
		assert.ok(dataOf(await replies(session, questions.length)).equals(expected));
		await sent;
		assert.ok(bytesRead(session.pid) - before < LENGTH / 2);
		await session.stop();
	});
});

/**
 * Connections whose replies nobody reads yet, and how much is read from the file.
 * Node's streams read 64 KiB from a socket pair ahead of demand. A TCP connection
 * gets less than its window, so that all of it is acknowledged.
 */
const connections: readonly [kind: string, length: number, options: SessionOptions][] = [
	["pipe", 192 * 1024, {}],
	["socket", 192 * 1024, { stdin: "socket", stdout: "socket" }],
	["TCP connection", 48 * 1024, {}],
];

async function begin(test: TestContext, options: SessionOptions, tcp = false): Promise<ServerSession> {
	const connection = tcp ? await connectByTcp() : undefined;
	const logged = { ...options, args: ["-e", "-l", "verbose"] };
	const session = new ServerSession(OURS, logged, connection);
	test.after(() => session.kill("SIGKILL"));
	await session.send(INIT);
	return session;
}

/**
 * Waits until the server has done all that it can without a reader: many successive
 * checks find it asleep, or waking only to see whether the reader is done.
 */
async function doneWhatItCan(pid: number): Promise<void> {
	const sleeps = (): number => processStatus(pid, "voluntary_ctxt_switches");
	const first = sleeps();
	let last = first;
	for (let quiet = 0; quiet < 50 && last < first + 20; quiet++) {
		await tick();
		const now = sleeps();
		if (now !== last) quiet = 0;
		last = now;
	}
}

for (const [kind, length, options] of connections) {
	describe(`data in a ${kind} that its reader has not read yet`, () => {
		const beginSession = (test: TestContext, cwd: string) =>
			begin(test, { ...options, cwd, paused: true }, kind === "TCP connection");
		const old = pattern(length, 1);

		/** READs the file, changes it, and only then takes the replies. */
		async function readThen(
			test: TestContext,
			change: readonly Question[],
			line: string,
		): Promise<{ before: Buffer; after: readonly ServerReply[]; path: string }> {
			const cwd = scratch(test);
			const path = join(cwd, "file");
			writeFileSync(path, old);
			const session = await beginSession(test, cwd);
			/*
			 * The first READ is copied. It goes alone, because a slow machine might serve
			 * several in parallel and then copy them too.
			 */
			const questions: Question[] = [
				[FXP.OPEN, "file", READ, attrs()],
				[FXP.READ, handle(0), 0n, 1],
				[FXP.READ, handle(0), 0n, length],
			];
			await session.send(inOnePiece(questions));
			await waiting(session.pid);
			await session.send(inOnePiece(change, questions.length));
			await session.logged(line);
			await doneWhatItCan(session.pid);
			session.startReading();
			await session.next();
			const answers = await replies(session, questions.length + change.length);
			assert.equal((await session.stop()).status, 0);
			const data = answers.slice(2, questions.length);
			return { before: dataOf(data), after: answers.slice(questions.length), path };
		}

		it("are not changed by a later OPEN that truncates, or by later WRITEs", async (test) => {
			const change: Question[] = [
				[FXP.OPEN, "file", WRITE | CREAT | TRUNC, attrs()],
				[FXP.WRITE, handle(1), 0n, pattern(length, 99)],
				[FXP.CLOSE, handle(1)],
			];
			const { before, after, path } = await readThen(test, change, 'open "file" flags WRITE,CREATE,TRUNCATE');
			assert.ok(before.equals(old));
			assert.deepEqual(after, [{ kind: "handle", handle: handle(1) }, OK, OK]);
			assert.ok(readFileSync(path).equals(pattern(length, 99)));
		});

		it("are not changed by a later OPEN and WRITE", async (test) => {
			const change: Question[] = [
				[FXP.OPEN, "file", WRITE, attrs()],
				[FXP.WRITE, handle(1), 0n, pattern(length, 99)],
			];
			const { before, after, path } = await readThen(test, change, 'open "file" flags WRITE mode');
			assert.ok(before.equals(old));
			assert.deepEqual(after.slice(1), [OK]);
			assert.ok(readFileSync(path).equals(pattern(length, 99)));
		});

		it("are not changed by a later SETSTAT of the size", async (test) => {
			const change: Question[] = [
				[FXP.SETSTAT, "file", attrs({ size: 5n })],
				[FXP.SETSTAT, "file", attrs({ size: BigInt(length) })],
			];
			const { before, after, path } = await readThen(test, change, 'set "file" size 5');
			assert.ok(before.equals(old));
			assert.deepEqual(after, [OK, OK]);
			assert.ok(readFileSync(path).equals(Buffer.concat([old.subarray(0, 5), Buffer.alloc(length - 5)])));
		});

		it("are not changed by a WRITE through the handle that read it", async (test) => {
			const cwd = scratch(test);
			writeFileSync(join(cwd, "file"), old);
			const session = await beginSession(test, cwd);
			const questions: Question[] = [
				[FXP.OPEN, "file", READ | WRITE, attrs()],
				[FXP.READ, handle(0), 0n, length],
				[FXP.WRITE, handle(0), 0n, pattern(length, 99)],
				[FXP.READ, handle(0), 0n, length],
			];
			await session.send(inOnePiece(questions));
			await waiting(session.pid);
			session.startReading();
			await session.next();
			const [, first, written, second] = await replies(session, 4);
			assert.deepEqual(written, OK);
			assert.ok(dataOf(first ? [first] : []).equals(old));
			assert.ok(dataOf(second ? [second] : []).equals(pattern(length, 99)));
			await session.stop();
		});
	});
}

describe("a file that ends where pages are spliced", () => {
	for (const short of [0, 1, 4095, 4096, 4097, 20_000]) {
		it(`${short} bytes into a READ is answered with the bytes it has, among other replies`, async (test) => {
			const cwd = scratch(test);
			const content = pattern(3 * PIECE_BYTES + short, 3);
			writeFileSync(join(cwd, "file"), content);
			const session = await start(test, OURS, { cwd });
			await session.ask(FXP.OPEN, "file", READ, attrs());
			const reads = readsOf(handle(0), 6 * PIECE_BYTES);
			const mixed = reads.flatMap((read): Question[] => [read, [FXP.STAT, "missing"]]);
			await session.send(inOnePiece(mixed));
			const answers = await replies(session, mixed.length);
			const data = answers.filter((_, i) => i % 2 === 0);
			assert.ok(dataOf(data.slice(0, 3)).equals(content.subarray(0, 3 * PIECE_BYTES)));
			const last = { kind: "data", data: content.subarray(3 * PIECE_BYTES) };
			assert.deepEqual(data.slice(3), [short === 0 ? status(1) : last, status(1), status(1)]);
			assert.deepEqual(
				answers.filter((_, i) => i % 2 === 1),
				Array(6).fill(status(2)),
			);
			await session.stop();
		});
	}

	it("does not change the names of a directory that are sent after it", async (test) => {
		const cwd = scratch(test);
		writeFileSync(join(cwd, "file"), pattern(10 * PIECE_BYTES, 6));
		mkdirSync(join(cwd, "many"));
		for (let i = 0; i < 350; i++) writeFileSync(join(cwd, "many", `name-${i}`), "x".repeat(i));
		const session = await start(test, OURS, { cwd });
		const before: Question[] = [
			[FXP.OPEN, "file", READ, attrs()],
			[FXP.OPENDIR, "many"],
			[FXP.OPENDIR, "many"],
			[FXP.READ, handle(0), 0n, PIECE_BYTES],
		];
		for (const question of before) await session.ask(...question);
		/* A reply without room after the pages is made twice; the second must not depend on the first. */
		for (let i = 0; i < 5; i++) {
			const alone = await session.ask(FXP.READDIR, handle(1));
			const mixed: Question[] = [
				...readsOf(handle(0), 3 * PIECE_BYTES),
				[FXP.READDIR, handle(2)],
				...readsOf(handle(0), 2 * PIECE_BYTES),
			];
			await session.send(inOnePiece(mixed));
			const answers = await replies(session, mixed.length);
			assert.equal(alone.kind, i < 4 ? "names" : "status");
			assert.deepEqual(answers[3], alone);
			assert.ok(dataOf(answers.slice(0, 3)).equals(pattern(3 * PIECE_BYTES, 6)));
			assert.ok(dataOf(answers.slice(4)).equals(pattern(2 * PIECE_BYTES, 6)));
		}
		await session.stop();
	});

	it("leaves every reply complete when another program truncates it while replies wait", async (test) => {
		const cwd = scratch(test);
		const path = join(cwd, "file");
		const content = pattern(20 * PIECE_BYTES, 5);
		writeFileSync(path, content);
		const session = await begin(test, { cwd, paused: true });
		const questions: Question[] = [
			[FXP.OPEN, "file", READ, attrs()],
			...readsOf(handle(0), 60 * PIECE_BYTES),
		];
		await session.send(inOnePiece(questions));
		await waiting(session.pid);
		truncateSync(path, 7 * PIECE_BYTES + 10);
		session.startReading();
		await session.next();
		const [, ...answers] = await replies(session, questions.length);
		for (const [i, reply] of answers.entries()) {
			/* Bytes not sent yet may be lost, but a reply that announces them has them all. */
			if (i < 7) assert.ok(dataOf([reply]).equals(content.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES)));
			else if (i >= 20) assert.deepEqual(reply, status(1));
			else assert.ok(reply.kind === "data" || reply.kind === "status");
		}
		assert.equal((await session.stop()).status, 0);
	});
});
