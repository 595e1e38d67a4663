/* Memory use after a million requests is what it was before them. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { leftOut } from "../helpers/fast.ts";
import { attrs, FXF, FXP, uint32 } from "../helpers/packets.ts";
import { OURS, request, type ServerSession } from "../helpers/server-session.ts";
import { pipelined, processStatus, type Question, scratch, start } from "./world.ts";

/** How much garbage collection may vary (KiB), as much as a leak of 8 bytes per request. */
const TOLERANCE_KILOBYTES = 8_000;
const ROUND = 10_000;
/** For tests that take many seconds of CPU time. */
const byTheMillion = { skip: leftOut("makes requests by the million") };
/** A million requests take seconds, but much longer on a busy machine. */
const LIFE_MILLISECONDS = 300_000;

/** Sends `requests`, which holds `perRound` requests, repeatedly until it has sent `count`. */
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

/** The server's resident memory (KiB). */
function resident(session: ServerSession): number {
	return processStatus(session.pid, "VmRSS");
}

describe("memory", () => {
	it("is unchanged after 1,000,000 requests", byTheMillion, async (test) => {
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
			/* Mostly requests that clients send by the thousand, and sometimes one of the others. */
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

	it(
		"does not grow when a request asks for the names of 20,000 users and as many groups",
		byTheMillion,
		async (test) => {
			const session = await start(test, OURS, { lifeMilliseconds: LIFE_MILLISECONDS });
			const ids = Buffer.alloc(4 * 20_000);
			for (let round = 0; round < 2; round++) {
				for (let i = 0; i < ids.length; i += 4) ids.writeUInt32BE(round * ids.length + i, i);
				const before = processStatus(session.pid, "VmHWM");
				const { kind } = await session.ask("users-groups-by-id@openssh.com", ids, ids);
				assert.equal(kind, "extended");
				const grown = processStatus(session.pid, "VmHWM") - before;
				/* The reply and its copy in the output take a megabyte; a string and two Buffers per ID would take 25. */
				assert.ok(grown < 2 * TOLERANCE_KILOBYTES, `${grown} kB more than ${before} kB`);
			}
			assert.equal((await session.stop()).status, 0);
		},
	);

	it(
		"is unchanged after 400,000 pairs of OPEN and CLOSE, and of OPENDIR and CLOSE",
		byTheMillion,
		async (test) => {
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
		},
	);

	it("is bounded when a client has as many directories open as it may", async (test) => {
		const shell = 'ulimit -S -n 1024; "$@"; exit $?';
		const session = await start(test, ["sh", "-c", shell, "sh", ...OURS]);
		const opens = Array.from({ length: 1500 }, (): Question => [FXP.OPENDIR, "/"]);
		const answers = await pipelined(session, opens);
		assert.equal(answers.filter(({ kind }) => kind === "handle").length, 1021);
		const server = Number(readFileSync(`/proc/${session.pid}/task/${session.pid}/children`, "latin1"));
		/* An open directory takes no block until it is read. */
		assert.ok(processStatus(server, "VmRSS") < 65_000);
		assert.equal((await session.stop()).status, 0);
	});
});
