/*
 * Disks and limits that refuse bytes: acknowledged bytes are in the file, the
 * reply names the error, and the session continues.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type ServerSession } from "../helpers/server-session.ts";
import { limited, needsRoot, pipelined, type Question, scratch, smallFileSystem, start } from "./world.ts";

const KIB = 1024;
const PIECE = 64 * KIB;
const CREATE = FXF.READ | FXF.WRITE | FXF.CREAT | FXF.TRUNC;

/** The content of the piece at `offset`. */
function piece(offset: number): Buffer {
	return Buffer.alloc(PIECE, `${offset} `);
}

/** Writes piece after piece until one is refused. Returns the number of bytes acknowledged, and the refusal. */
async function fill(session: ServerSession, handle: Buffer) {
	for (let offset = 0; ; offset += PIECE) {
		const reply = await session.ask(FXP.WRITE, handle, BigInt(offset), piece(offset));
		if (reply.kind !== "status" || reply.code !== 0) return { acknowledged: offset, refusal: reply };
	}
}

function assertPieces(path: string, length: number): void {
	const content = readFileSync(path);
	for (let offset = 0; offset < length; offset += PIECE)
		assert.ok(
			content.subarray(offset, offset + PIECE).equals(piece(offset)),
			`piece at ${offset} of ${path}`,
		);
}

describe("a full disk", needsRoot, () => {
	it("makes WRITE fail, loses nothing acknowledged, and the session continues", async (test) => {
		const directory = smallFileSystem(test, 1024 * KIB);
		const session = await start(test, OURS, { cwd: directory });
		const handle = await session.open(FXP.OPEN, "upload", CREATE, attrs());
		const { acknowledged, refusal } = await fill(session, handle);
		assert.deepEqual(refusal, status(4, "No space left on device"));
		assert.ok(acknowledged > 512 * KIB);
		assertPieces(join(directory, "upload"), acknowledged);

		assert.deepEqual(await session.ask("fsync@openssh.com", handle), status(0));
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 5), {
			kind: "data",
			data: piece(0).subarray(0, 5),
		});
		const another = await session.open(FXP.OPEN, "another", CREATE, attrs());
		assert.deepEqual(
			await session.ask(FXP.WRITE, another, 0n, piece(0)),
			status(4, "No space left on device"),
		);
		assert.deepEqual(await session.ask(FXP.FSETSTAT, handle, attrs({ size: BigInt(PIECE) })), status(0));
		assert.deepEqual(await session.ask(FXP.WRITE, handle, BigInt(PIECE), piece(PIECE)), status(0));
		assert.deepEqual(await session.ask(FXP.CLOSE, handle), status(0));
		assertPieces(join(directory, "upload"), 2 * PIECE);
		assert.equal((await session.stop()).status, 0);
	});

	it("makes copy-data and pipelined WRITEs fail, and keeps every acknowledged WRITE", async (test) => {
		const directory = smallFileSystem(test, 1024 * KIB);
		writeFileSync(join(directory, "source"), Buffer.alloc(600 * KIB, "x"));
		const session = await start(test, OURS, { cwd: directory });
		const source = await session.open(FXP.OPEN, "source", FXF.READ, attrs());
		const target = await session.open(FXP.OPEN, "target", CREATE, attrs());
		assert.deepEqual(
			await session.ask("copy-data", source, 0n, 0n, target, 0n),
			status(4, "No space left on device"),
		);
		assert.deepEqual(await session.ask(FXP.FSETSTAT, target, attrs({ size: 0n })), status(0));
		const offsets = Array.from({ length: 16 }, (_, i) => i * PIECE);
		const questions = offsets.map((at): Question => [FXP.WRITE, target, BigInt(at), piece(at)]);
		const answers = await pipelined(session, questions);
		const written = answers.filter((reply) => reply.kind === "status" && reply.code === 0).length;
		assert.ok(written > 2 && written < offsets.length, `${written} acknowledged`);
		assertPieces(join(directory, "target"), written * PIECE);
		assert.equal((await session.stop()).status, 0);
	});

	it("loses lines of a --log-file, which says how many once there is room", async (test) => {
		const directory = smallFileSystem(test, 64 * KIB);
		const log = join(directory, "log.json");
		writeFileSync(join(directory, "filler"), Buffer.alloc(60 * KIB));
		const args = ["--log-format", "json", "--log-file", log, "-l", "debug3"];
		const session = await start(test, OURS, { args });
		while (statSync(log).size < 4 * KIB) assert.equal((await session.ask(FXP.STAT, "/")).kind, "attrs");
		for (let i = 0; i < 100; i++) assert.equal((await session.ask(FXP.STAT, "/")).kind, "attrs");
		rmSync(join(directory, "filler"));
		assert.equal((await session.ask(FXP.STAT, "/")).kind, "attrs");
		assert.equal((await session.stop()).status, 0);
		const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
		const events = lines.flatMap((line) => {
			try {
				return [JSON.parse(line)];
			} catch {
				return [];
			}
		});
		assert.ok(events.length >= lines.length - 1, "at most the line that filled the disk is cut");
		assert.ok(events.some(({ event, count }) => event === "log-lines-dropped" && count >= 100));
		assert.equal(events.at(-1)?.event, "session-closed");
	});
});

describe("a limit on the size of files", () => {
	const limit = 3 * PIECE + 1000;

	it("does not kill the server: WRITE, FSETSTAT and copy-data fail and the session continues", async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "source"), Buffer.alloc(4 * PIECE, "x"));
		const session = await start(test, limited(`--fsize=${limit}`), { cwd: directory });
		const handle = await session.open(FXP.OPEN, "upload", CREATE, attrs());
		const { acknowledged, refusal } = await fill(session, handle);
		assert.deepEqual(refusal, status(4, "File too large"));
		assert.equal(acknowledged, 3 * PIECE);
		assertPieces(join(directory, "upload"), acknowledged);
		/* The system took a part of the refused piece. */
		assert.equal(statSync(join(directory, "upload")).size, limit);
		const tooLong = await session.ask(FXP.FSETSTAT, handle, attrs({ size: BigInt(limit + 1) }));
		assert.deepEqual(tooLong, status(4, "File too large"));
		const source = await session.open(FXP.OPEN, "source", FXF.READ, attrs());
		const target = await session.open(FXP.OPEN, "target", CREATE, attrs());
		const copied = await session.ask("copy-data", source, 0n, 0n, target, 0n);
		assert.deepEqual(copied, status(4, "File too large"));
		assert.deepEqual(await session.ask(FXP.WRITE, handle, 0n, "still here"), status(0));
		assert.equal((await session.stop()).status, 0);
	});
});

describe("a file system that becomes read-only", needsRoot, () => {
	it("makes writing fail and leaves reading possible, until it is writable again", async (test) => {
		const directory = smallFileSystem(test, 1024 * KIB);
		writeFileSync(join(directory, "file"), "content");
		const session = await start(test, OURS, { cwd: directory });
		const handle = await session.open(FXP.OPEN, "file", FXF.READ, attrs());
		execFileSync("mount", ["-o", "remount,ro", directory]);
		const refused = status(4, "Read-only file system");
		assert.deepEqual(await session.ask(FXP.OPEN, "file", FXF.WRITE, attrs()), refused);
		assert.deepEqual(await session.ask(FXP.OPEN, "new", CREATE, attrs()), refused);
		assert.deepEqual(await session.ask(FXP.SETSTAT, "file", attrs({ mode: 0o600 })), refused);
		assert.deepEqual(await session.ask(FXP.FSETSTAT, handle, attrs({ times: [1, 2] })), refused);
		assert.deepEqual(await session.ask(FXP.REMOVE, "file"), refused);
		assert.deepEqual(await session.ask("posix-rename@openssh.com", "file", "other"), refused);
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 100), {
			kind: "data",
			data: Buffer.from("content"),
		});
		execFileSync("mount", ["-o", "remount,rw", directory]);
		const writing = await session.open(FXP.OPEN, "file", FXF.WRITE, attrs());
		assert.deepEqual(await session.ask(FXP.WRITE, writing, 0n, "CON"), status(0));
		assert.equal((await session.stop()).status, 0);
		assert.equal(readFileSync(join(directory, "file"), "latin1"), "CONtent");
	});
});
