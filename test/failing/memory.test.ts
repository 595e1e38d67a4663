// Memory: where it stands after a million requests is where it stood before.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, FXF, FXP, uint32 } from "../helpers/packets.ts";
import { OURS, request, type ServerSession } from "../helpers/server-session.ts";
import { pipelined, processStatus, type Question, scratch, start } from "./world.ts";

/** What may come and go with the collector's mood; a leak of 8 bytes a request is as much. */
const TOLERANCE_KILOBYTES = 8_000;
const ROUND = 10_000;
/** A million requests take seconds, but much longer where the processors have other things to do. */
const LIFE_MILLISECONDS = 300_000;

/** Sends `requests`, which are `perRound`, again and again, until it is `count` requests. */
async function rounds(
	session: ServerSession,
	requests: Buffer,
	perRound: number,
	count: number,
): Promise<void> {
	for (let done = 0; done < count; done += perRound) {
		const sent = session.send(requests);
		for (let i = 0; i < perRound; i++) assert.notEqual(await session.next(), undefined);
		await sent;
	}
}

/** The server's memory in kilobytes. */
function resident(session: ServerSession): number {
	return processStatus(session.pid, "VmRSS");
}

describe("memory", () => {
	it("is after 1,000,000 requests what it was", async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), "content");
		const session = await start(test, OURS, { cwd: directory, lifeMilliseconds: LIFE_MILLISECONDS });
		const handle = await session.open(FXP.OPEN, "file", FXF.READ | FXF.WRITE, attrs());
		const kinds: Question[] = [
			[FXP.STAT, "file"],
			[FXP.STAT, "missing"],
			[FXP.LSTAT, "file"],
			[FXP.FSTAT, handle],
			[FXP.READ, handle, 0n, 100],
			[FXP.READ, handle, 100n, 100],
			[FXP.WRITE, handle, 0n, "content"],
			[FXP.REALPATH, "./."],
			[FXP.READLINK, "file"],
			[FXP.MKDIR, "file", attrs({ mode: 0o755, extended: [["a", "b"]] })],
			[FXP.FSETSTAT, handle, attrs({ mode: 0o644, times: [1, 2] })],
			[FXP.RENAME, "missing", "other"],
			[99],
			["limits@openssh.com"],
			["statvfs@openssh.com", "."],
			["expand-path@openssh.com", "~/x"],
			["users-groups-by-id@openssh.com", uint32(0), uint32(0)],
			["copy-data", handle, 0n, 0n, handle, 0n],
			["unknown"],
		];
		const requests = Array.from({ length: ROUND }, (_, i) => {
			/* Most are those that clients send by the thousand; the others come in once in a while. */
			const [what, ...fields] = kinds[i % 100 < kinds.length ? i % 100 : i % 5] ?? ([99] as const);
			return request(what, i, ...fields);
		});
		const all = Buffer.concat(requests);
		await rounds(session, all, ROUND, 200_000);
		const before = resident(session);
		await rounds(session, all, ROUND, 1_000_000);
		const grown = resident(session) - before;
		assert.ok(grown < TOLERANCE_KILOBYTES, `${grown} kB more than ${before} kB`);
		assert.equal((await session.stop()).status, 0);
	});

	it("does not grow by the names of a request for 20,000 users and as many groups", async (test) => {
		const session = await start(test, OURS, { lifeMilliseconds: LIFE_MILLISECONDS });
		const ids = Buffer.alloc(4 * 20_000);
		for (let round = 0; round < 2; round++) {
			for (let i = 0; i < ids.length; i += 4) ids.writeUInt32BE(round * ids.length + i, i);
			const before = processStatus(session.pid, "VmHWM");
			const { kind } = await session.ask("users-groups-by-id@openssh.com", ids, ids);
			assert.equal(kind, "extended");
			const grown = processStatus(session.pid, "VmHWM") - before;
			/* The reply and its copy in the output are a megabyte; a string and two Buffers for each id are 25. */
			assert.ok(grown < 2 * TOLERANCE_KILOBYTES, `${grown} kB more than ${before} kB`);
		}
		assert.equal((await session.stop()).status, 0);
	});

	it("is after 400,000 pairs of OPEN and CLOSE, and OPENDIR and CLOSE, what it was", async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), "content");
		const session = await start(test, OURS, { cwd: directory, lifeMilliseconds: LIFE_MILLISECONDS });
		const handle = uint32(0);
		const pairs = Array.from({ length: 1000 }, (_, i) => [
			i % 2 === 0 ? request(FXP.OPEN, i, "file", FXF.READ, attrs()) : request(FXP.OPENDIR, i, "."),
			request(FXP.CLOSE, i, handle),
		]).flat();
		const all = Buffer.concat(pairs);
		await rounds(session, all, pairs.length, 200_000);
		const before = resident(session);
		await rounds(session, all, pairs.length, 800_000);
		const grown = resident(session) - before;
		assert.ok(grown < 4 * TOLERANCE_KILOBYTES, `${grown} kB more than ${before} kB`);
		assert.equal((await session.stop()).status, 0);
	});

	it("is bounded with as many directories open as a client may have", async (test) => {
		const shell = 'ulimit -S -n 1024; "$@"; exit $?';
		const session = await start(test, ["sh", "-c", shell, "sh", ...OURS]);
		const opens = Array.from({ length: 1500 }, (): Question => [FXP.OPENDIR, "/"]);
		const answers = await pipelined(session, opens);
		assert.equal(answers.filter(({ kind }) => kind === "handle").length, 1021);
		const server = Number(readFileSync(`/proc/${session.pid}/task/${session.pid}/children`, "latin1"));
		/* Open directories that nobody reads take no block. */
		assert.ok(processStatus(server, "VmRSS") < 65_000);
		assert.equal((await session.stop()).status, 0);
	});
});
