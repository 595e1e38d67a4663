/*
 * 64-bit numbers around 2^53, which a double can't distinguish, and around 2^63,
 * which no file offset reaches: the status is OpenSSH's, and nothing is written
 * or truncated anywhere else.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { Twins } from "../helpers/twins.ts";

const NUMBERS = [
	2n ** 53n - 1n,
	2n ** 53n,
	2n ** 53n + 1n,
	2n ** 62n + 1n,
	2n ** 63n - 1n,
	2n ** 63n,
	2n ** 63n + 1n,
	2n ** 64n - 1n,
];
const CONTENT = "0123456789";
const isDone = (reply: ServerReply): boolean => reply.kind === "status" && reply.code === 0;

describe("a number", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start();
	});
	after(() => twins.stop());

	for (const number of NUMBERS) {
		const shown = `0x${number.toString(16)}`;
		const name = `file-${shown}`;

		/** A file is unchanged, unless the file system supports such an offset. */
		function assertKept(replies: readonly ServerReply[]): void {
			if (replies.some(isDone)) return;
			twins.make((directory) => assert.equal(readFileSync(join(directory, name), "latin1"), CONTENT));
		}
		const open = (): Promise<Buffer> => twins.open(FXP.OPEN, name, FXF.READ | FXF.WRITE, attrs());

		it(`of ${shown} as a size gets OpenSSH's answer`, async () => {
			twins.file(name, CONTENT);
			const size = attrs({ size: number });
			const file = await open();
			const replies = [
				await twins.ask(FXP.SETSTAT, name, size),
				await twins.ask(FXP.FSETSTAT, file, size),
				await twins.ask("lsetstat@openssh.com", name, size),
			];
			if (number >= 2n ** 63n) assert.deepEqual(replies, Array(3).fill(status(5)));
			assertKept(replies);
			assert.deepEqual(await twins.ask(FXP.CLOSE, file), status(0));
		});

		it(`of ${shown} as a size in OPEN and MKDIR is ignored`, async () => {
			const opened = await twins.open(
				FXP.OPEN,
				`new-${shown}`,
				FXF.WRITE | FXF.CREAT,
				attrs({ size: number }),
			);
			assert.deepEqual(await twins.ask(FXP.CLOSE, opened), status(0));
			assert.deepEqual(await twins.ask(FXP.MKDIR, `folder-${shown}`, attrs({ size: number })), status(0));
			twins.make((directory) => assert.equal(readFileSync(join(directory, `new-${shown}`)).length, 0));
		});

		it(`of ${shown} as an offset or a length of copy-data copies nothing elsewhere`, async () => {
			twins.file(name, CONTENT);
			twins.file("source", "abcdef");
			const source = await twins.open(FXP.OPEN, "source", FXF.READ, attrs());
			const file = await open();
			assertKept([await twins.ask("copy-data", source, number, 0n, file, 0n)]);
			const beyond = await twins.askBoth("copy-data", source, 0n, 3n, file, number);
			assert.ok(!isDone(beyond.ours), "three bytes are not there");
			assertKept([beyond.ours, beyond.openssh]);
			/* Beyond the end of the file: our server says so, OpenSSH only above a multiple of 64 KiB. */
			assert.deepEqual((await twins.askBoth("copy-data", source, 0n, number, file, 0n)).ours, status(1));
			twins.make((directory) =>
				assert.equal(readFileSync(join(directory, name), "latin1"), `abcdef${CONTENT.slice(6)}`),
			);
			for (const one of [source, file]) assert.deepEqual(await twins.ask(FXP.CLOSE, one), status(0));
		});
	}
});
