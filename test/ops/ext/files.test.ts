/* fsync, statvfs, fstatvfs and limits. */
import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../../helpers/packets.ts";
import { type ServerReply, status } from "../../helpers/server-replies.ts";
import { needsOpenssh } from "../../helpers/server-session.ts";
import { oldFile, type TwinField, Twins } from "../../helpers/twins.ts";

const STATVFS = "statvfs@openssh.com";
const FSTATVFS = "fstatvfs@openssh.com";
const FSYNC = "fsync@openssh.com";

function words(reply: ServerReply): bigint[] {
	if (reply.kind !== "extended") return [];
	assert.equal(reply.payload.length % 8, 0);
	return Array.from({ length: reply.payload.length / 8 }, (_, i) => reply.payload.readBigUInt64BE(8 * i));
}

describe("fsync, statvfs, fstatvfs and limits", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({ build: (directory) => oldFile(join(directory, "file"), "content") });
	});
	after(() => twins.stop());

	it("limits gives packet, READ and WRITE lengths, and the number of files that may be open", async () => {
		const [packetBytes, readBytes, writeBytes, handles = 0n, ...more] = words(
			await twins.ask("limits@openssh.com"),
		);
		assert.deepEqual([packetBytes, readBytes, writeBytes, more], [262_144n, 261_120n, 261_120n, []]);
		assert.ok(handles > 0n);
	});

	it("limits ignores what follows its name", async () => {
		assert.equal(words(await twins.ask("limits@openssh.com", "x", 7)).length, 4);
	});

	it("statvfs gives OpenSSH's eleven numbers, leaving out those that change", async () => {
		/* A file system on which no blocks are freed between the two requests. */
		const fields = words(await twins.ask(STATVFS, "/proc"));
		assert.equal(fields.length, 11);
		const [bsize, frsize, blocks, , , , , , , flag, namemax] = fields;
		assert.deepEqual([bsize, frsize, blocks, namemax], [4096n, 4096n, 0n, 255n]);
		assert.equal((flag ?? 0n) & ~3n, 0n);
	});

	it("statvfs agrees with statfs(2) about sizes", async () => {
		const { ours, openssh } = await twins.askBoth(STATVFS, ".");
		const steady = [0, 1, 2, 5, 8, 9, 10];
		const [own, theirs] = [words(ours), words(openssh)].map((fields) => steady.map((i) => fields[i]));
		assert.deepEqual(own, theirs);
		const { bsize, blocks } = statfsSync("/tmp", { bigint: true });
		assert.deepEqual([own?.[0], own?.[2]], [bsize, blocks]);
	});

	it("statvfs of a missing file, an empty path and a long one", async () => {
		assert.deepEqual(await twins.ask(STATVFS, "missing"), status(2));
		assert.deepEqual(await twins.ask(STATVFS, ""), status(2));
		assert.deepEqual(await twins.ask(STATVFS, "n".repeat(256)), status(5));
		assert.deepEqual(await twins.ask(STATVFS, "x/".repeat(2500)), status(5));
	});

	it("statvfs reports read-only and nosuid mounts, and no other flag", async () => {
		for (const path of ["/proc", "/sys", "/dev", "/dev/pts", "/"]) {
			const { ours, openssh } = await twins.askBoth(STATVFS, path);
			assert.equal(words(ours)[9], words(openssh)[9], path);
		}
	});

	it("fstatvfs gives the same of an open file", async () => {
		const file = await twins.open(FXP.OPEN, "/proc/version", FXF.READ, attrs());
		assert.deepEqual(await twins.ask(FSTATVFS, file), await twins.ask(STATVFS, "/proc/version"));
		await twins.ask(FXP.CLOSE, file);
	});

	const synced: readonly [path: string, pflags: number, expected: ServerReply][] = [
		["file", FXF.READ | FXF.WRITE, status(0)],
		["file", FXF.READ, status(0)],
		[".", FXF.READ, status(0)],
		["/dev/null", FXF.WRITE, status(5)],
		["/proc/version", FXF.READ, status(5)],
	];
	for (const [path, pflags, expected] of synced) {
		it(`fsync of ${path} opened with ${pflags}`, async () => {
			const file: TwinField = await twins.open(FXP.OPEN, path, pflags, attrs());
			assert.deepEqual(await twins.ask(FSYNC, file), expected);
			await twins.ask(FXP.CLOSE, file);
		});
	}
});
