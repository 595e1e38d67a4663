/*
 * Handles on the wire: their bytes, the order in which numbers are reused, and
 * what each operation answers to one that is not valid for it.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP, handle } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh, type ServerSession } from "../helpers/server-session.ts";
import { oldFile, type TwinField, Twins } from "../helpers/twins.ts";

const OK = status(0);

/** Opens a file until that fails; returns how many handles the session got. They work again when one is closed. */
async function useUp(session: ServerSession): Promise<number> {
	const handles: Buffer[] = [];
	for (;;) {
		const reply = await session.ask(FXP.OPEN, "file", FXF.READ, attrs());
		if (reply.kind === "handle") {
			handles.push(reply.handle);
			continue;
		}
		assert.equal(reply.kind === "status" && reply.code, 4);
		break;
	}
	const [first = handle(0)] = handles;
	assert.deepEqual(await session.ask(FXP.CLOSE, first), OK);
	assert.deepEqual(await session.ask(FXP.OPEN, "file", FXF.READ, attrs()), { kind: "handle", handle: first });
	for (const one of handles) assert.deepEqual(await session.ask(FXP.CLOSE, one), OK);
	return handles.length;
}

describe("handles", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				for (const name of ["file", "other"]) oldFile(join(directory, name), "content");
				mkdirSync(join(directory, "folder"));
			},
		});
	});
	after(() => twins.stop());
	const openFile = (): Promise<Buffer> => twins.open(FXP.OPEN, "file", FXF.READ | FXF.WRITE, attrs());
	const openFolder = (): Promise<Buffer> => twins.open(FXP.OPENDIR, "folder");
	const close = async (...handles: readonly Buffer[]): Promise<void> => {
		for (const one of handles) assert.deepEqual(await twins.ask(FXP.CLOSE, one), OK);
	};

	it("are four bytes and count from 0, for files and directories together", async () => {
		const opened = [await openFile(), await openFolder(), await openFile()];
		assert.deepEqual(opened, [handle(0), handle(1), handle(2)]);
		await close(...opened);
	});

	it("are reused in the reverse order of closing", async () => {
		/* The test before freed 0, 1 and 2 in this order. */
		assert.deepEqual(await openFile(), handle(2));
		assert.deepEqual(await openFile(), handle(1));
		assert.deepEqual(await openFolder(), handle(0));
		for (const number of [3, 4]) assert.deepEqual(await openFile(), handle(number));
		await close(handle(1), handle(3));
		assert.deepEqual(await openFile(), handle(3));
		assert.deepEqual(await openFile(), handle(1));
		assert.deepEqual(await openFile(), handle(5));
		await close(...[0, 1, 2, 3, 4, 5].map(handle));
	});

	it("are not used up when OPEN fails", async () => {
		const first = await openFile();
		assert.deepEqual(await twins.ask(FXP.OPEN, "missing", FXF.READ, attrs()), status(2));
		const second = await openFile();
		assert.deepEqual([first, second], [handle(5), handle(4)]);
		await close(second, first);
	});

	it("are distinct when 300 are open", async () => {
		const handles: Buffer[] = [];
		for (let i = 0; i < 300; i++) handles.push(await openFile());
		assert.equal(new Set(handles.map((one) => one.readUInt32BE())).size, 300);
		await close(...handles);
	});

	/** What each operation answers to a bad handle; `good` is a file's, for the other argument of copy-data. */
	const operations: readonly [
		name: string,
		ask: (bad: Buffer, good: Buffer) => [number | string, ...TwinField[]],
		expected: ServerReply,
	][] = [
		["CLOSE", (bad) => [FXP.CLOSE, bad], status(2)],
		["READ", (bad) => [FXP.READ, bad, 0n, 1], status(4)],
		["WRITE", (bad) => [FXP.WRITE, bad, 0n, "x"], status(4)],
		["FSTAT", (bad) => [FXP.FSTAT, bad], status(4)],
		["FSETSTAT", (bad) => [FXP.FSETSTAT, bad, attrs({ mode: 0o600 })], status(4)],
		["READDIR", (bad) => [FXP.READDIR, bad], status(4)],
		["fstatvfs", (bad) => ["fstatvfs@openssh.com", bad], status(4)],
		["fsync", (bad) => ["fsync@openssh.com", bad], status(2)],
		["copy-data from", (bad, good) => ["copy-data", bad, 0n, 0n, good, 0n], status(4)],
		["copy-data to", (bad, good) => ["copy-data", good, 0n, 0n, bad, 0n], status(4)],
	];
	const badHandles: readonly [criterion: string, bytes: Buffer][] = [
		["zero bytes", Buffer.alloc(0)],
		["three bytes", Buffer.alloc(3)],
		["five bytes", Buffer.alloc(5)],
		["eight bytes", Buffer.alloc(8)],
		["256 bytes", Buffer.alloc(256)],
		["a number never issued", handle(100_000)],
		["a closed one's number", handle(4)],
		["2^31 - 1", handle(0x7fffffff)],
		["2^31", handle(0x80000000)],
		["2^32 - 1", handle(0xffffffff)],
	];
	for (const [name, ask, expected] of operations) {
		it(`${name} refuses an invalid handle`, async () => {
			const good = await openFile();
			for (const [criterion, bad] of badHandles)
				assert.deepEqual(await twins.ask(...ask(bad, good)), expected, criterion);
			/* The session and the good handle still work. */
			await close(good);
		});
		if (name === "CLOSE") continue;
		it(`${name} refuses a handle of the other kind`, async () => {
			const good = await openFile();
			const other = name === "READDIR" ? await openFile() : await openFolder();
			assert.deepEqual(await twins.ask(...ask(other, good)), expected);
			await close(good, other);
		});
	}

	it("are refused when no descriptor is left, and work again when one is free", async () => {
		/* Under `ulimit -n`, sshd starts the server with the limit. */
		const limited = await Twins.start({
			through: ["prlimit", "--nofile=40:40"],
			build: (directory) => oldFile(join(directory, "file"), "content"),
		});
		const counts: number[] = [];
		for (const session of [limited.ours, limited.openssh]) counts.push(await useUp(session));
		assert.ok(
			counts.every((count) => count > 10 && count < 40),
			String(counts),
		);
		await limited.stop({ logs: false });
	});

	it("are as many as the soft limit permits, however high the hard one is", async () => {
		const limited = await Twins.start({
			/* A process in between, as sshd is: node raises its own soft limit before the server can see it. */
			through: ["sh", "-c", 'ulimit -S -n 50; "$@"; exit $?', "sh"],
			build: (directory) => oldFile(join(directory, "file"), "content"),
		});
		assert.deepEqual([await useUp(limited.ours), await useUp(limited.openssh)], [47, 47]);
		await limited.stop({ logs: false });
	});
});
