/*
 * On slow storage, waiting requests that only read are served in parallel. The
 * client gets the same replies in the same order.
 */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { endOf } from "../helpers/endings.ts";
import { attrs, FXF, FXP, handle, INIT, packet, uint32 } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, type Question } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

/** Makes calls by path and reads of files take 2 ms. */
const SLOWLY: Program = [
	...(["strace", "-f", "-qq", "-o", "/dev/null"] as const),
	...["-e", "trace=newfstatat,pread64,preadv2,openat2"],
	...["-e", "inject=newfstatat,pread64,preadv2,openat2:delay_enter=2000"],
];
/** Options that OpenSSH's server does not have, as in test/confine. */
const CONFINED = 'case "$*" in */openssh/*) exec "$@";; *) exec "$@" --confine "$PWD";; esac';
const skip = unlessInstalled("openssh-sftp-server", "strace");
const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 11) % 253));

describe("slow storage", { skip }, () => {
	function build(directory: string): void {
		for (let i = 0; i < 40; i++) oldFile(join(directory, `file-${i}`), "x".repeat(i));
		mkdirSync(join(directory, "folder"));
		for (let i = 0; i < 110; i++) oldFile(join(directory, `folder/${i}`));
		symlinkSync("file-7", join(directory, "link"));
		writeFileSync(join(directory, "content"), CONTENT);
	}

	const stats: readonly Question[] = Array.from({ length: 90 }, (_, i) => [
		i % 3 === 0 ? FXP.LSTAT : FXP.STAT,
		i % 10 === 9 ? "link" : `file-${i % 45}`,
	]);
	const reads: readonly Question[] = Array.from({ length: 80 }, (_, i) => [
		FXP.READ,
		handle(0),
		BigInt(i * 1500),
		i % 20 === 19 ? 40_000 : 1500,
	]);
	const mixed: readonly Question[] = [
		...stats.slice(0, 30),
		[FXP.READ, handle(9), 0n, 10],
		[FXP.READ, handle(0), 0n, 0],
		...reads.slice(0, 30),
		[FXP.READDIR, handle(1)],
		[FXP.READ, handle(0), 0n, 40_000],
		[FXP.READDIR, handle(1)],
		...stats.slice(30, 60),
		[FXP.MKDIR, "made", attrs()],
		[FXP.STAT, "made"],
		...reads.slice(30, 60),
	];

	const worlds: readonly [criterion: string, through: Program, args: readonly string[]][] = [
		["", SLOWLY, []],
		[" at INFO", SLOWLY, ["-l", "INFO"]],
		[" of a confined client", ["/bin/sh", "-c", CONFINED, "sh", ...SLOWLY], []],
		[" under a policy", SLOWLY, ["-P", "lstat"]],
	];
	for (const [criterion, through, args] of worlds) {
		it(`answers many requests${criterion} in order`, async () => {
			const twins = await Twins.start({ through, args, build });
			await twins.open(FXP.OPEN, "content", FXF.READ, attrs());
			await twins.open(FXP.OPENDIR, "folder");
			for (const questions of [stats, reads, mixed]) {
				const replies = await twins.askInOnePiece(questions);
				assert.equal(replies.length, questions.length);
			}
			assert.deepEqual(await twins.ask(FXP.CLOSE, handle(0)), status(0));
			await twins.stop({ logs: criterion !== " of a confined client" });
		});
	}

	it("answers every request before a malformed one, which ends the session", async () => {
		const program: Program = [...SLOWLY, ...OURS];
		const malformed = packet(FXP.STAT, 60, { raw: uint32(50) });
		const { status: ended, replies } = await endOf(program, async (session) => {
			const asked = Array.from({ length: 60 }, (_, id) => packet(FXP.STAT, id, "/"));
			await session.send(Buffer.concat([INIT, ...asked, malformed, ...asked]));
		});
		assert.equal(ended, 255);
		assert.deepEqual(new Set(replies.slice(1).map(({ kind }) => kind)), new Set(["attrs"]));
		assert.equal(replies.length, 61);
	});
});
