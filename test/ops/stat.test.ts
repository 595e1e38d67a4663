/*
 * STAT, LSTAT and FSTAT: the four groups of attributes for every type of file,
 * and sizes and times beyond 32 bits.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type ReplyAttrs, type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { OLD_SECONDS, oldFile, RECENT, Twins } from "../helpers/twins.ts";

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;
const LARGE_BYTES = 2 ** 41 + 1;

function attributes(size: bigint, mode: number, mtime = OLD_SECONDS, atime = mtime): ServerReply {
	return { kind: "attrs", attrs: { size, uid, gid, mode, atime, mtime } };
}

/** Attributes of a file whose times the test has set. */
function ofReply(reply: ServerReply): Partial<ReplyAttrs> {
	return reply.kind === "attrs" ? { ...reply.attrs } : {};
}

/* When they are logged they are served one by one, otherwise in runs. */
for (const level of ["debug3", "INFO"])
	describe(`STAT, LSTAT and FSTAT at ${level}`, needsOpenssh, () => tests(level));

function tests(level: string): void {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			args: ["-l", level],
			build(directory) {
				const at = (name: string): string => join(directory, name);
				oldFile(at("file"), "eleven byte");
				oldFile(at("setuid"), "", 0o6755);
				oldFile(at("sticky"), "", 0o1644);
				mkdirSync(at("folder"));
				utimesSync(at("folder"), OLD_SECONDS, OLD_SECONDS);
				symlinkSync("file", at("link"));
				symlinkSync("missing", at("dangling"));
				symlinkSync("loop", at("loop"));
				execFileSync("mkfifo", ["-m", "600", at("fifo")]);
				utimesSync(at("fifo"), OLD_SECONDS, OLD_SECONDS);
				oldFile(at("before-1970"));
				/* Node takes a negative time to mean now. */
				execFileSync("touch", ["-d", "@-2", at("before-1970")]);
				oldFile(at("after-2038"));
				utimesSync(at("after-2038"), 2 ** 31, 2 ** 31 + 1);
				oldFile(at("after-2106"));
				utimesSync(at("after-2106"), 2 ** 32 + 7, 2 ** 32 + 8);
			},
		});
	});
	after(() => twins.stop());

	const rows: readonly [path: string, stat: ServerReply, lstat?: ServerReply][] = [
		["file", attributes(11n, 0o100644)],
		["./file", attributes(11n, 0o100644)],
		["setuid", attributes(0n, 0o106755)],
		["sticky", attributes(0n, 0o101644)],
		["fifo", attributes(0n, 0o010600)],
		["link", attributes(11n, 0o100644), attributes(4n, 0o120777, RECENT)],
		["dangling", status(2), attributes(7n, 0o120777, RECENT)],
		["loop", status(2), attributes(4n, 0o120777, RECENT)],
		["loop/x", status(2)],
		["missing", status(2)],
		["file/", status(2)],
		["file/x", status(2)],
		["", status(2)],
		["n".repeat(256), status(5)],
		["x/".repeat(2048), status(5)],
		["after-2038", attributes(0n, 0o100644, 2 ** 31 + 1, 2 ** 31)],
	];
	for (const [path, stat, lstat = stat] of rows) {
		const shown = path.length > 20 ? `a path of ${path.length} bytes` : JSON.stringify(path);
		it(`STAT of ${shown} follows links`, async () => {
			assert.deepEqual(await twins.ask(FXP.STAT, path), stat);
		});
		it(`LSTAT of ${shown} does not`, async () => {
			assert.deepEqual(await twins.ask(FXP.LSTAT, path), lstat);
		});
	}

	it("report the type of directories and devices", async () => {
		assert.equal(ofReply(await twins.ask(FXP.STAT, "folder")).mode, 0o040755);
		assert.equal(ofReply(await twins.ask(FXP.STAT, "/dev/null")).mode, 0o020666);
		assert.equal((ofReply(await twins.ask(FXP.STAT, "/")).mode ?? 0) >> 12, 0o04);
	});

	it("truncate times to 32 bits when the file system stores more", async () => {
		const { mtime: before1970 } = ofReply(await twins.ask(FXP.STAT, "before-1970"));
		assert.equal(before1970, 2 ** 32 - 2);
		const { mtime: after2106 } = ofReply(await twins.ask(FXP.STAT, "after-2106"));
		assert.equal(after2106, 8);
	});

	it("report a size above 2^32", async () => {
		const size = (bytes: number) =>
			twins.make((directory) => {
				const fd = openSync(join(directory, "large"), "a");
				ftruncateSync(fd, bytes);
				closeSync(fd);
			});
		size(LARGE_BYTES);
		assert.equal(ofReply(await twins.ask(FXP.STAT, "large")).size, BigInt(LARGE_BYTES));
		size(0);
	});

	it("FSTAT reports the open file, even after its name was removed", async () => {
		twins.file("going", "abc");
		const file = await twins.open(FXP.OPEN, "going", FXF.READ | FXF.WRITE, attrs());
		assert.deepEqual(await twins.ask(FXP.FSTAT, file), attributes(3n, 0o100644));
		assert.deepEqual(await twins.ask(FXP.REMOVE, "going"), status(0));
		assert.deepEqual(await twins.ask(FXP.FSTAT, file), attributes(3n, 0o100644));
		assert.deepEqual(await twins.ask(FXP.WRITE, file, 3n, "d"), status(0));
		assert.equal(ofReply(await twins.ask(FXP.FSTAT, file)).size, 4n);
		await twins.ask(FXP.CLOSE, file);
	});
}
