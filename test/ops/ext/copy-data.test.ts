/*
 * copy-data: what is copied and where to, what is refused, and what happens when
 * the file ends early.
 */
import assert from "node:assert/strict";
import { linkSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../../helpers/packets.ts";
import { type ServerReply, status } from "../../helpers/server-replies.ts";
import { needsOpenssh } from "../../helpers/server-session.ts";
import { oldFile, Twins } from "../../helpers/twins.ts";

const [OK, EOF, FAILURE, BAD_MESSAGE] = [status(0), status(1), status(4), status(5)];
const READ_WRITE = FXF.READ | FXF.WRITE;
const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 11 + (i >> 8)) & 0xff));

describe("copy-data", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				oldFile(join(directory, "large"), content);
				oldFile(join(directory, "small"), "eleven byte");
				oldFile(join(directory, "empty"));
				mkdirSync(join(directory, "folder"));
			},
		});
	});
	/* Our server answers a length beyond the end of the file by one rule, OpenSSH's by two. */
	after(() => twins.stop({ logs: false }));

	interface Copy {
		readonly from: string;
		readonly offset?: bigint;
		readonly length?: bigint;
		readonly to: string;
		readonly toOffset?: bigint;
		readonly toFlags?: number;
	}
	async function copy(wanted: Copy): Promise<{ ours: ServerReply; openssh: ServerReply }> {
		const { from, offset = 0n, length = 0n, to, toOffset = 0n, toFlags = FXF.WRITE | FXF.CREAT } = wanted;
		const source = await twins.open(FXP.OPEN, from, FXF.READ, attrs());
		const target = await twins.open(FXP.OPEN, to, toFlags, attrs());
		const replies = await twins.askBoth("copy-data", source, offset, length, target, toOffset);
		for (const one of [target, source]) assert.deepEqual(await twins.ask(FXP.CLOSE, one), OK);
		return replies;
	}
	const contentOf = (name: string): Buffer => {
		let bytes: Buffer = Buffer.alloc(0);
		twins.make((directory) => {
			bytes = readFileSync(join(directory, name));
		});
		return bytes;
	};
	const zeros = (count: number): Buffer => Buffer.alloc(count);

	const rows: readonly [criterion: string, wanted: Copy, expected: ServerReply, copied: Buffer][] = [
		["copies a whole file", { from: "large", to: "whole" }, OK, content],
		["copies from an offset", { from: "large", offset: 70_001n, to: "tail" }, OK, content.subarray(70_001)],
		[
			"copies to an offset",
			{ from: "small", to: "shifted", toOffset: 5n },
			OK,
			Buffer.concat([zeros(5), Buffer.from("eleven byte")]),
		],
		[
			"copies the given length",
			{ from: "large", offset: 3n, length: 100_000n, to: "part" },
			OK,
			content.subarray(3, 100_003),
		],
		[
			"copies the whole file when its exact length is given",
			{ from: "large", length: 200_000n, to: "exact" },
			OK,
			content,
		],
		["copies nothing of an empty file", { from: "empty", to: "nothing" }, OK, zeros(0)],
		[
			"copies nothing when the offset is beyond the end",
			{ from: "small", offset: 99n, to: "behind" },
			OK,
			zeros(0),
		],
		[
			"copies a file whose size is 0 but whose content is not empty",
			{ from: "/proc/sys/kernel/ostype", to: "proc" },
			OK,
			Buffer.from("Linux\n"),
		],
		[
			"refuses an offset of 2^63 to read from",
			{ from: "small", offset: 2n ** 63n, to: "x" },
			BAD_MESSAGE,
			zeros(0),
		],
		[
			"refuses an offset of 2^63 to write to",
			{ from: "small", to: "x", toOffset: 2n ** 63n },
			BAD_MESSAGE,
			zeros(0),
		],
		[
			"refuses a target that is open only for reading",
			{ from: "small", to: "empty", toFlags: FXF.READ },
			status(2),
			zeros(0),
		],
		[
			"refuses to copy a file to itself",
			{ from: "small", to: "small", toFlags: READ_WRITE },
			FAILURE,
			Buffer.from("eleven byte"),
		],
	];
	for (const [criterion, wanted, expected, copied] of rows) {
		it(criterion, async () => {
			const { ours, openssh } = await copy(wanted);
			assert.deepEqual([ours, openssh], [expected, expected]);
			assert.deepEqual(contentOf(wanted.to), copied);
		});
	}

	it("reports the end of the file when it comes before the length", async () => {
		const lengths: readonly [bigint, openssh: ServerReply][] = [
			[11n, OK],
			[12n, OK],
			[65_536n, OK],
			[65_537n, OK],
			[200_000n, EOF],
			[2n ** 64n - 1n, EOF],
		];
		for (const [length, theirs] of lengths) {
			const { ours, openssh } = await copy({ from: "small", length, to: `ended-${length}` });
			assert.deepEqual(openssh, theirs, String(length));
			assert.deepEqual(ours, length <= 11n ? OK : EOF, String(length));
			assert.equal(contentOf(`ended-${length}`).toString(), "eleven byte");
		}
	});

	it("appends when the target was opened with APPEND, whatever the offset", async () => {
		twins.file("log", "old ");
		const wanted = { from: "small", to: "log", toOffset: 2n ** 63n, toFlags: FXF.WRITE | FXF.APPEND };
		const { ours, openssh } = await copy(wanted);
		assert.deepEqual([ours, openssh], [OK, OK]);
		assert.equal(contentOf("log").toString(), "old eleven byte");
	});

	it("refuses the same handle twice", async () => {
		const file = await twins.open(FXP.OPEN, "small", READ_WRITE, attrs());
		assert.deepEqual(await twins.ask("copy-data", file, 0n, 1n, file, 20n), FAILURE);
		await twins.ask(FXP.CLOSE, file);
	});

	it("copies up to the original end when source and target are two names of one file", async () => {
		twins.file("one-name", "abcdef");
		twins.make((directory) => linkSync(join(directory, "one-name"), join(directory, "another")));
		const { ours, openssh } = await copy({ from: "one-name", length: 3n, to: "another", toOffset: 3n });
		assert.deepEqual([ours, openssh], [OK, OK]);
		assert.equal(contentOf("one-name").toString(), "abcabc");
	});

	it("fails on a full disk", async () => {
		const { ours, openssh } = await copy({ from: "large", to: "/dev/full", toFlags: FXF.WRITE });
		assert.deepEqual([ours, openssh], [status(4, "No space left on device"), FAILURE]);
	});

	it("refuses a directory as the source", async () => {
		const { ours, openssh } = await copy({ from: "folder", to: "x" });
		assert.deepEqual([ours, openssh], [status(4, "Is a directory"), FAILURE]);
	});

	it("counts the copied bytes in both closing lines", async () => {
		const session = twins.ours;
		const source = await session.open(FXP.OPEN, "large", FXF.READ, attrs());
		const target = await session.open(FXP.OPEN, "counted", FXF.WRITE | FXF.CREAT, attrs());
		assert.deepEqual(await session.ask("copy-data", source, 0n, 0n, target, 0n), OK);
		/* Left open: the lines are logged when the session ends. */
		const peer = twins.openssh;
		const theirs = [
			await peer.open(FXP.OPEN, "large", FXF.READ, attrs()),
			await peer.open(FXP.OPEN, "counted", FXF.WRITE | FXF.CREAT, attrs()),
		] as const;
		await peer.ask("copy-data", theirs[0], 0n, 0n, theirs[1], 0n);
		const [ours, openssh] = await Promise.all([session.stop(), peer.stop()]);
		const closing = ({ stderr }: { stderr: string }): string[] => stderr.match(/^forced close .*$/gm) ?? [];
		const expected = [
			'forced close "large" bytes read 200000 written 0',
			'forced close "counted" bytes read 0 written 200000',
		];
		assert.deepEqual([closing(ours), closing(openssh)], [expected, expected]);
	});
});
