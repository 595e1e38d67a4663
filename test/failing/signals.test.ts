/*
 * Signals that interrupt system calls, signals that end a session cleanly, and
 * the one that can't be caught.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isFast } from "../helpers/fast.ts";
import { attrs, FXF, FXP, handle } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, request, ServerSession } from "../helpers/server-session.ts";
import { inOnePiece, pipelined, type Question, replies, scratch, start, waiting } from "./world.ts";

const PIECE = 32_768;
const DISTURBANCES = isFast ? 400 : 2000;
const CREATE = FXF.READ | FXF.WRITE | FXF.CREAT | FXF.TRUNC;
const LOG = ["-e", "-l", "info"];
const closedLines = (signal: string): RegExp =>
	new RegExp(
		`received signal ${signal}\r\nforced close "upload" bytes read 0 written (\\d+)\r\nsession closed for local user \\S+ from \\[UNKNOWN\\]\r\n$`,
	);

function piece(index: number): Buffer {
	return Buffer.alloc(PIECE, `${index},`);
}

function upload(handle: Buffer, count: number): Question[] {
	return Array.from({ length: count }, (_, i) => [FXP.WRITE, handle, BigInt(i * PIECE), piece(i)]);
}

/** Everything up to the last acknowledged piece must be in the file. */
function assertUploaded(path: string, pieces: number): void {
	const content = readFileSync(path);
	for (let i = 0; i < pieces; i++)
		assert.ok(content.subarray(i * PIECE, (i + 1) * PIECE).equals(piece(i)), `piece ${i} of ${pieces}`);
}

/** Uploads and downloads 200 pieces and lists a directory while `disturb` is called repeatedly. */
async function transferUnderFire(session: ServerSession, disturb: () => void): Promise<void> {
	let disturbances = 0;
	const firing = setInterval(() => {
		for (let i = 0; i < 20; i++) disturb();
		disturbances += 20;
	}, 1);
	try {
		await transfer(session);
		while (disturbances < DISTURBANCES) await list(session);
	} finally {
		clearInterval(firing);
	}
}

async function transfer(session: ServerSession): Promise<void> {
	const handle = await session.open(FXP.OPEN, "upload", CREATE, attrs());
	for (const reply of await pipelined(session, upload(handle, 200))) assert.deepEqual(reply, status(0));
	const reads = Array.from({ length: 200 }, (_, i): Question => [FXP.READ, handle, BigInt(i * PIECE), PIECE]);
	for (const [i, reply] of (await pipelined(session, reads)).entries())
		assert.ok(reply.kind === "data" && reply.data.equals(piece(i)), `READ ${i}`);
}

async function list(session: ServerSession): Promise<void> {
	assert.equal((await session.ask(FXP.STAT, ".")).kind, "attrs");
	const directory = await session.open(FXP.OPENDIR, ".");
	assert.equal((await session.ask(FXP.READDIR, directory)).kind, "names");
	assert.deepEqual(await session.ask(FXP.CLOSE, directory), status(0));
}

describe("thousands of signals", () => {
	it("that stop and continue the process do not disturb a transfer", async (test) => {
		const session = await start(test, OURS, { cwd: scratch(test) });
		await transferUnderFire(session, () => {
			session.kill("SIGSTOP");
			session.kill("SIGCONT");
			session.kill("SIGWINCH");
		});
		assert.equal((await session.stop()).status, 0);
	});

	it("with a handler, which interrupt system calls, do not disturb a transfer", async (test) => {
		const directory = scratch(test);
		const handler = join(directory, "handler.cjs");
		writeFileSync(handler, 'process.on("SIGUSR2", () => {});\n');
		const program: Program = [process.execPath, "--require", handler, "bin/sftp-server"];
		const session = await start(test, program, { args: ["-d", directory] });
		await transferUnderFire(session, () => session.kill("SIGUSR2"));
		assert.equal((await session.stop()).status, 0);
	});
});

describe("system calls that sometimes fail", () => {
	/* strace makes them fail and records which. */
	const failing = (record: string, ...options: readonly string[]): Program => [
		...(["strace", "-D", "-qq", "-o", record] as const),
		...options,
		...OURS,
	];

	it("are repeated when a signal interrupted them", { skip: unlessInstalled("strace") }, async (test) => {
		const directory = scratch(test);
		const record = join(directory, "record");
		/* Skips the calls that node makes as it starts, which are fewer. */
		const firstOf = { pread64: 200, pwrite64: 200, read: 200, write: 200, poll: 2, splice: 2 };
		const rules = Object.entries(firstOf).map(
			([call, first]) => `inject=${call}:error=EINTR:when=${first}+3`,
		);
		const program = failing(record, ...rules.flatMap((rule) => ["-e", rule]));
		const session = await start(test, program, { cwd: directory });
		const handle = await session.open(FXP.OPEN, "upload", CREATE, attrs());
		const rounds = Array.from({ length: 5 }, () => upload(handle, 100)).flat();
		for (const reply of await pipelined(session, rounds)) assert.deepEqual(reply, status(0));
		assertUploaded(join(directory, "upload"), 100);
		assert.deepEqual(await session.ask(FXP.CLOSE, handle), status(0));
		const reading = await session.open(FXP.OPEN, "upload", FXF.READ, attrs());
		const reads = Array.from(
			{ length: 800 },
			(_, i): Question => [FXP.READ, reading, BigInt((i % 100) * PIECE), i < 400 ? PIECE : 1000],
		);
		for (const [i, reply] of (await pipelined(session, reads)).entries())
			assert.ok(
				reply.kind === "data" && reply.data.equals(piece(i % 100).subarray(0, i < 400 ? PIECE : 1000)),
			);
		for (let i = 0; i < 300; i++) assert.equal((await session.ask(FXP.STAT, "upload")).kind, "attrs");
		assert.equal((await session.stop()).status, 0);
		const injected = readFileSync(record, "latin1").match(/^\w+(?=\(.*INJECTED)/gm) ?? [];
		assert.deepEqual([...new Set(injected)].sort(), Object.keys(firstOf).sort());
	});

	/* strace identifies files through /proc, where only root sees a server's descriptors. */
	const skip = unlessInstalled("strace") || unlessRoot();
	for (const [error, text] of [
		["EDQUOT", "Disk quota exceeded"],
		["EIO", "Input/output error"],
		["EROFS", "Read-only file system"],
	] as const)
		it(`are answered by their error when it is ${error}, and the session continues`, {
			skip,
		}, async (test) => {
			const directory = scratch(test);
			const program = failing(
				join(directory, "record"),
				...["-P", join(directory, "upload")],
				...["-e", `inject=pwrite64,pread64,fsync:error=${error}:when=2+2`],
			);
			const session = await start(test, program, { cwd: directory });
			const handle = await session.open(FXP.OPEN, "upload", CREATE, attrs());
			const answers = await pipelined(session, upload(handle, 20));
			const refused = status(4, text);
			assert.deepEqual(
				answers,
				answers.map((_, i) => (i % 2 === 0 ? status(0) : refused)),
			);
			const content = readFileSync(join(directory, "upload"));
			for (let i = 0; i < 20; i += 2)
				assert.ok(content.subarray(i * PIECE, (i + 1) * PIECE).equals(piece(i)), `piece ${i}`);
			assert.equal((await session.ask(FXP.READ, handle, 0n, 100)).kind, "data");
			assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 100), refused);
			assert.deepEqual(await session.ask("fsync@openssh.com", handle), status(0));
			assert.deepEqual(await session.ask("fsync@openssh.com", handle), refused);
			assert.equal((await session.stop()).status, 0);
		});
});

describe("a signal that ends the process", () => {
	/** WRITEs to the first handle, more than the server has made when it ends. */
	const PIECES = 2000;
	let writes: Buffer = Buffer.of();
	before(() => {
		writes = inOnePiece(upload(handle(0), PIECES));
	});
	after(() => {
		writes = Buffer.of();
	});

	for (const signal of ["SIGTERM", "SIGHUP"] as const) {
		it(`${signal}, lets it finish the current request, write its last log lines and die by the signal`, async (test) => {
			const directory = scratch(test);
			const session = await start(test, OURS, { args: LOG, cwd: directory });
			await session.open(FXP.OPEN, "upload", CREATE, attrs());
			const sent = session.send(writes);
			await replies(session, 100);
			session.kill(signal);
			const acknowledged = 100 + (await session.rest()).length;
			const ended = await session.ended;
			await sent;
			assert.deepEqual([ended.status, ended.signal], [null, signal]);
			assert.match(ended.stderr, closedLines(signal));
			/* The last requests may have been served without their replies being read. */
			const written = Number(closedLines(signal).exec(ended.stderr)?.[1]);
			assert.ok(written >= acknowledged * PIECE && written % PIECE === 0);
			assert.ok(written < PIECES * PIECE, "not all of the upload");
			assertUploaded(join(directory, "upload"), written / PIECE);
		});

		it(`${signal}, ends it while it waits for a silent client`, async (test) => {
			const session = await start(test, OURS, { args: LOG, cwd: scratch(test) });
			await session.open(FXP.OPEN, "upload", CREATE, attrs());
			await waiting(session.pid);
			session.kill(signal);
			const ended = await session.ended;
			assert.equal(ended.signal, signal);
			assert.match(ended.stderr, closedLines(signal));
		});

		it(`${signal}, ends it while it waits for a reader that has stopped`, async (test) => {
			const directory = scratch(test);
			writeFileSync(join(directory, "file"), Buffer.alloc(1_000_000));
			const session = new ServerSession(OURS, { args: LOG, cwd: directory, paused: true });
			test.after(() => session.kill("SIGKILL"));
			const reads = Array.from({ length: 50 }, (): Question => [FXP.READ, Buffer.alloc(4), 0n, 261_120]);
			await session.send(
				Buffer.concat([
					request(FXP.INIT, 3),
					request(FXP.OPEN, 1, "file", FXF.READ, attrs()),
					inOnePiece(reads),
					request(FXP.OPEN, 2, "upload", CREATE, attrs()),
				]),
			);
			await waiting(session.pid);
			session.kill(signal);
			const ended = await session.ended;
			assert.equal(ended.signal, signal);
			assert.match(ended.stderr, /session closed for local user/);
		});
	}

	it("SIGTERM, interrupts a copy that would never end", async (test) => {
		const session = await start(test, OURS, { args: LOG, cwd: scratch(test) });
		const zero = await session.open(FXP.OPEN, "/dev/zero", FXF.READ, attrs());
		const nothing = await session.open(FXP.OPEN, "/dev/null", FXF.WRITE, attrs());
		await session.send(request("copy-data", 9, zero, 0n, 0n, nothing, 0n));
		session.kill("SIGTERM");
		assert.equal((await session.ended).signal, "SIGTERM");
	});

	it("SIGUSR1, does not open the debugger", async (test) => {
		const session = await start(test, OURS, { args: LOG });
		session.kill("SIGUSR1");
		const { signal, stderr } = await session.ended;
		assert.equal(signal, "SIGUSR1");
		assert.doesNotMatch(stderr, /[Dd]ebugger/);
	});

	it("SIGKILL, during an upload leaves every acknowledged byte in the file", async (test) => {
		const directory = scratch(test);
		for (const count of [1, 10, 100, 500]) {
			const session = await start(test, OURS, { cwd: directory });
			await session.open(FXP.OPEN, "upload", CREATE, attrs());
			const sent = session.send(writes);
			await replies(session, count);
			session.kill("SIGKILL");
			const acknowledged = count + (await session.rest()).length;
			assert.equal((await session.ended).signal, "SIGKILL");
			await sent;
			assertUploaded(join(directory, "upload"), acknowledged);
		}
	});
});
