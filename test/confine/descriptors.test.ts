/*
 * What a confined client can reach without a path: handles that it was not given, whose
 * numbers may be those of the server's own descriptors; special files inside; and files
 * inside that have other names.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, linkSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, FXF, FXP, uint32 } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import type { Question, ServerSession } from "../helpers/server-session.ts";
import { Jail, USERS } from "./jail.ts";

const [OK, NO_SUCH_FILE, DENIED, FAILURE] = [status(0), status(2), status(3), status(4)];
const isRoot = process.getuid?.() === 0;
const APPEND = FXF.WRITE | FXF.CREAT | FXF.APPEND;

/** Every request that takes a handle; `own` is a handle that the client has. */
function withHandle(handle: Buffer, own: Buffer): Question[] {
	return [
		[FXP.READ, handle, 0n, 100],
		[FXP.WRITE, handle, 0n, "x"],
		[FXP.FSTAT, handle],
		[FXP.FSETSTAT, handle, attrs({ mode: 0o777 })],
		[FXP.READDIR, handle],
		["fstatvfs@openssh.com", handle],
		["fsync@openssh.com", handle],
		["copy-data", handle, 0n, 0n, own, 0n],
		["copy-data", own, 0n, 0n, handle, 0n],
		[FXP.CLOSE, handle],
	];
}

/** OpenSSH has two codes for an unknown handle. */
function refusalOf(what: number | string): ServerReply {
	return what === FXP.CLOSE || what === "fsync@openssh.com" ? NO_SUCH_FILE : FAILURE;
}

/** The files and directories that the server has open, by number and inode; readable by root only. */
function filesOf({ pid }: ServerSession): string[] {
	const directory = `/proc/${pid}/fd`;
	return readdirSync(directory).flatMap((fd) => {
		const found = statSync(join(directory, fd), { throwIfNoEntry: false });
		return found?.isFile() || found?.isDirectory() ? [`${fd} ${found.dev}:${found.ino}`] : [];
	});
}

for (const user of USERS)
	describe(`in a confined session of ${user.name}`, { skip: user.skip }, () => {
		it("no number is a handle unless the client was given it", async (test) => {
			const jail = await Jail.make(test, user);
			const session = await jail.start();
			const own = await session.open(FXP.OPEN, "file", FXF.READ | FXF.WRITE, attrs());
			const before = isRoot ? filesOf(session) : [];
			/* The directory, passwd and group, and the client's own files. */
			if (isRoot) assert.ok(before.length >= 4, before.join());
			for (const number of [...Array(64).keys(), 0x7fff_ffff, 0x8000_0000, 0xffff_ff9c, 0xffff_ffff]) {
				if (number === own.readUInt32BE()) continue;
				const questions = withHandle(uint32(number), own);
				const replies = await session.askAll(questions);
				for (const [i, [what]] of questions.entries())
					assert.deepEqual(replies[i], refusalOf(what), `${what} ${number}`);
			}
			if (isRoot) assert.deepEqual(filesOf(session), before);
			assert.deepEqual(await session.ask(FXP.CLOSE, own), OK);
			assert.equal((await session.stop()).status, 0);
			assert.equal(readFileSync(join(jail.inside, "file"), "latin1"), "content");
		});

		it("FIFOs, sockets and devices inside behave as without confinement", async (test) => {
			const jail = await Jail.make(test, user);
			execFileSync("mkfifo", ["-m", "666", join(jail.inside, "fifo")]);
			const listener = createServer().listen(join(jail.inside, "socket"));
			test.after(() => listener.close());
			await once(listener, "listening");
			chmodSync(join(jail.inside, "socket"), 0o666);
			const session = await jail.start();
			const open = (name: string, flags: number) => session.ask(FXP.OPEN, name, flags, attrs());
			const nobodyThere = status(4, "No such device or address");
			assert.equal((await open("fifo", FXF.READ)).kind, "handle");
			assert.equal((await open("fifo", APPEND)).kind, "handle", "it has a reader now");
			assert.deepEqual(await open("socket", FXF.READ), nobodyThere);
			assert.deepEqual(await open("socket", FXF.READ | FXF.WRITE), nobodyThere);
			if (isRoot) {
				execFileSync("mknod", ["-m", "666", join(jail.inside, "zero"), "c", "1", "5"]);
				const zero = await session.open(FXP.OPEN, "zero", FXF.READ, attrs());
				const zeros = await session.ask(FXP.READ, zero, 0n, 5);
				assert.deepEqual(zeros, { kind: "data", data: Buffer.alloc(5) });
			}
			assert.equal((await session.stop()).status, 0);
		});
	});

describe("a file outside with a name inside", () => {
	it("is inside, since only a user who can already write there can make a hard link", async (test) => {
		const [user] = USERS;
		assert.ok(user !== undefined);
		const jail = await Jail.make(test, user);
		linkSync(join(jail.outside, "secret"), join(jail.inside, "linked"));
		const session = await jail.start();
		const handle = await session.open(FXP.OPEN, "linked", FXF.READ, attrs());
		assert.equal((await session.ask(FXP.READ, handle, 0n, 6)).kind, "data");
		assert.deepEqual(await session.ask("hardlink@openssh.com", "linked", "../out/back"), DENIED);
		assert.equal((await session.stop()).status, 0);
	});
});
