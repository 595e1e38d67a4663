/*
 * What happens to files and directories while a client has them open, and to a
 * client that opens too many.
 */
import assert from "node:assert/strict";
import {
	chmodSync,
	chownSync,
	ftruncateSync,
	mkdirSync,
	openSync,
	rmdirSync,
	rmSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isFast } from "../helpers/fast.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { OURS } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import {
	inOnePiece,
	limited,
	needsRoot,
	pipelined,
	type Question,
	replies,
	scratch,
	start,
	turn,
} from "./world.ts";

const NOBODY = 65534;
const LARGEST_READ = 261_120;
const data = (text: string): ServerReply => ({ kind: "data", data: Buffer.from(text) });

describe("an open handle", () => {
	it("keeps working when the permission to open is revoked", needsRoot, async (test) => {
		const directory = scratch(test);
		chownSync(directory, NOBODY, NOBODY);
		const path = join(directory, "file");
		writeFileSync(path, "content");
		chownSync(path, NOBODY, NOBODY);
		const program = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] as const;
		const staged = stageServer(scratch(test)).executable;
		const session = await start(test, [...program, staged], { cwd: directory });
		const handle = await session.open(FXP.OPEN, "file", FXF.READ | FXF.WRITE, attrs());
		const listing = await session.open(FXP.OPENDIR, ".");
		chownSync(path, 0, 0);
		chmodSync(path, 0);
		chownSync(directory, 0, 0);
		chmodSync(directory, 0);
		const denied = status(3);
		assert.deepEqual(await session.ask(FXP.WRITE, handle, 0n, "CON"), status(0));
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 100), data("CONtent"));
		assert.deepEqual(await session.ask(FXP.FSETSTAT, handle, attrs({ mode: 0o777 })), denied);
		assert.deepEqual(await session.ask(FXP.OPEN, "file", FXF.READ, attrs()), denied);
		assert.deepEqual(await session.ask(FXP.OPENDIR, "."), denied);
		/* As in OpenSSH, entries whose attributes can't be read are left out. */
		assert.deepEqual(await session.ask(FXP.READDIR, listing), status(1));
		assert.deepEqual(await session.ask(FXP.CLOSE, handle), status(0));
		assert.equal((await session.stop()).status, 0);
	});

	it("on a directory reaches its end when the directory is removed, and the session continues", async (test) => {
		const directory = scratch(test);
		const inner = join(directory, "inner");
		mkdirSync(inner);
		for (let i = 0; i < 250; i++) writeFileSync(join(inner, `f${i}`), "");
		const session = await start(test, OURS, { cwd: inner });
		const handle = await session.open(FXP.OPENDIR, inner);
		const first = await session.ask(FXP.READDIR, handle);
		assert.ok(first.kind === "names" && first.names.length === 100);
		rmSync(inner, { recursive: true });
		const left = await pipelined(session, [
			[FXP.READDIR, handle],
			[FXP.READDIR, handle],
			[FXP.READDIR, handle],
		]);
		assert.deepEqual(left.at(-1), status(1));
		assert.deepEqual(await session.ask(FXP.CLOSE, handle), status(0));
		assert.deepEqual(await session.ask(FXP.REALPATH, "."), status(2));
		assert.deepEqual(await session.ask(FXP.OPENDIR, inner), status(2));
		assert.deepEqual(await session.ask(FXP.MKDIR, inner, attrs()), status(0));
		assert.equal((await session.stop()).status, 0);
		rmdirSync(inner);
	});

	it("on a file still reads and writes when the file is removed", async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), "content");
		const session = await start(test, OURS, { cwd: directory });
		const handle = await session.open(FXP.OPEN, "file", FXF.READ | FXF.WRITE, attrs());
		rmSync(join(directory, "file"));
		assert.deepEqual(await session.ask(FXP.WRITE, handle, 7n, "!"), status(0));
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 100), data("content!"));
		assert.equal((await session.stop()).status, 0);
	});
});

describe("a file that is truncated while it is read", () => {
	it("ends where it was truncated, and can grow again", async (test) => {
		const path = join(scratch(test), "file");
		writeFileSync(path, "content");
		const session = await start(test, OURS);
		const handle = await session.open(FXP.OPEN, path, FXF.READ, attrs());
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 100), data("content"));
		writeFileSync(path, "con");
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 100), data("con"));
		assert.deepEqual(await session.ask(FXP.READ, handle, 3n, 100), status(1));
		writeFileSync(path, "content again");
		assert.deepEqual(await session.ask(FXP.READ, handle, 3n, 100), data("tent again"));
		assert.equal((await session.stop()).status, 0);
	});

	it("never makes a reply announce more bytes than follow", async (test) => {
		const path = join(scratch(test), "file");
		const session = await start(test, OURS);
		const fd = openSync(path, "w");
		const handle = await session.open(FXP.OPEN, path, FXF.READ, attrs());
		const questions = Array.from(
			{ length: 32 },
			(_, i): Question => [FXP.READ, handle, BigInt(i * LARGEST_READ), LARGEST_READ],
		);
		const content = Buffer.alloc(LARGEST_READ, "x");
		for (let round = 0; round < (isFast ? 5 : 20); round++) {
			for (let i = 0; i < 32; i++) writeSync(fd, content, 0, content.length, i * LARGEST_READ);
			await session.send(inOnePiece(questions));
			/* The file shrinks and grows while the server answers. */
			let done = false;
			const answers = replies(session, questions.length).finally(() => {
				done = true;
			});
			for (let size = 32; !done; size = (size * 7 + 5) % 33) {
				ftruncateSync(fd, size * LARGEST_READ - 1000 * (size % 3));
				await turn();
			}
			for (const reply of await answers) {
				if (reply.kind === "status") assert.deepEqual(reply, status(1));
				else {
					assert.ok(reply.kind === "data");
					/* A hole in a file that has grown reads as zeros. */
					const isWhole = reply.data.equals(content.subarray(0, reply.data.length));
					assert.ok(isWhole || reply.data.every((byte) => byte === 0x78 || byte === 0));
				}
			}
		}
		assert.equal((await session.stop()).status, 0);
	});
});

describe("a client that opens too many files", () => {
	it("gets an error, keeps its handles, and can open another when it closes one", async (test) => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), "content");
		const session = await start(test, limited("--nofile=64:64"), {
			args: ["-e", "-l", "info"],
			cwd: directory,
		});
		const handles: Buffer[] = [];
		const tooMany = status(4, "Too many open files");
		for (;;) {
			const reply = await session.ask(FXP.OPEN, "file", FXF.READ, attrs());
			if (reply.kind === "handle") handles.push(reply.handle);
			else {
				assert.deepEqual(reply, tooMany);
				break;
			}
		}
		assert.ok(handles.length > 16, `${handles.length} handles`);
		assert.deepEqual(await session.ask(FXP.OPENDIR, "."), tooMany);
		for (const handle of handles)
			assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 9), data("content"));
		assert.equal((await session.ask(FXP.STAT, "file")).kind, "attrs");
		assert.deepEqual(await session.ask(FXP.CLOSE, handles[0] ?? Buffer.of()), status(0));
		assert.deepEqual(await session.ask(FXP.OPENDIR, "."), { kind: "handle", handle: handles[0] });
		const { status: exit, stderr } = await session.stop();
		assert.equal(exit, 0);
		assert.equal(stderr.match(/^forced close "file"/gm)?.length, handles.length - 1);
		assert.equal(stderr.match(/^forced closedir "\."/gm)?.length, 1);
	});

	it("gets as many as from OpenSSH's server, two more than limits@openssh.com reports, although node may open more", async (test) => {
		/* The parent's limit counts: node raises its own to the hard limit. */
		const shell = 'ulimit -S -n 300; ulimit -H -n 2000; "$@"; exit $?';
		const session = await start(test, ["sh", "-c", shell, "sh", ...OURS]);
		const limits = await session.ask("limits@openssh.com");
		assert.ok(limits.kind === "extended");
		assert.equal(limits.payload.readBigUInt64BE(24), 295n);
		const opens = Array.from({ length: 400 }, (): Question => [FXP.OPENDIR, "/"]);
		const answers = await pipelined(session, opens);
		assert.equal(answers.filter(({ kind }) => kind === "handle").length, 297);
		assert.deepEqual(answers.at(-1), status(4, "Too many open files"));
		assert.equal((await session.stop()).status, 0);
	});
});
