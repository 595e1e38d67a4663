/* Log lines of copy-data, compared with OpenSSH's. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as copies from "../../src/log/events/copy-data.ts";
import { forcedClose } from "../../src/log/events/files.ts";
import { readEof } from "../../src/log/events/session.ts";
import { U64 } from "../../src/wire/u64.ts";
import { FXP, handle, packet } from "../helpers/packets.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import {
	Fixture,
	initStep,
	line,
	linesOf,
	openStep,
	STATUS,
	type Step,
	status,
	step,
} from "./session-steps.ts";

describe("a session's lines about copy-data", needsOpenssh, () => {
	it("match OpenSSH's", async (test) => {
		const fixture = new Fixture(test);
		const [file, other] = [fixture.at("file"), fixture.at("other")];
		const copy = (id: number, from: number, offset: bigint, length: bigint, to: number, toOffset: bigint) =>
			packet(FXP.EXTENDED, id, "copy-data", handle(from), offset, length, handle(to), toOffset);
		const end = (path: Buffer | undefined, number: number, offset: U64) => ({
			path,
			handle: number,
			offset,
		});
		const steps: Step[] = [
			initStep,
			openStep(1, file, 3, 0),
			openStep(2, other, 3, 1),
			openStep(3, other, 1, 2),
			openStep(4, file, 2, 3),
			step(
				copy(5, 0, 1n, 0n, 1, 0x1_0000_0002n),
				line(copies.copyData, 5, end(file, 0, new U64(0, 1)), new U64(0, 0), end(other, 1, new U64(1, 2))),
				status(5, STATUS.OK),
			),
			step(
				copy(6, 0, 0n, 5n, 0, 20n),
				line(copies.copyData, 6, end(file, 0, new U64(0, 0)), new U64(0, 5), end(file, 0, new U64(0, 20))),
				status(6, STATUS.FAILURE),
			),
			step(
				copy(7, 9, 0n, 5n, 1, 0n),
				line(
					copies.copyData,
					7,
					end(undefined, -1, new U64(0, 0)),
					new U64(0, 5),
					end(other, 1, new U64(0, 0)),
				),
				status(7, STATUS.FAILURE),
			),
			step(
				copy(8, 0, 0n, 5n, 9, 0n),
				line(
					copies.copyData,
					8,
					end(file, 0, new U64(0, 0)),
					new U64(0, 5),
					end(undefined, -1, new U64(0, 0)),
				),
				status(8, STATUS.FAILURE),
			),
			step(
				copy(9, 0, 0x8000_0000_0000_0000n, 5n, 1, 0n),
				line(
					copies.copyData,
					9,
					end(file, 0, new U64(0x80000000, 0)),
					new U64(0, 5),
					end(other, 1, new U64(0, 0)),
				),
				line(copies.copyReadSeekFailed),
				status(9, STATUS.BAD_MESSAGE),
			),
			step(
				copy(10, 0, 0n, 5n, 1, 0xffff_ffff_ffff_ffffn),
				line(
					copies.copyData,
					10,
					end(file, 0, new U64(0, 0)),
					new U64(0, 5),
					end(other, 1, new U64(0xffffffff, 0xffffffff)),
				),
				line(copies.copyWriteSeekFailed),
				status(10, STATUS.BAD_MESSAGE),
			),
			step(
				copy(11, 3, 0n, 5n, 1, 0n),
				line(copies.copyData, 11, end(file, 3, new U64(0, 0)), new U64(0, 5), end(other, 1, new U64(0, 0))),
				line(copies.copyReadFailed, "Bad file descriptor"),
				status(11, STATUS.OK),
			),
			step(
				copy(12, 0, 0n, 5n, 2, 0n),
				line(copies.copyData, 12, end(file, 0, new U64(0, 0)), new U64(0, 5), end(other, 2, new U64(0, 0))),
				line(copies.copyWriteFailed, 0, 5, "Bad file descriptor"),
				status(12, STATUS.OK),
			),
		];
		const { openssh, ours } = await linesOf([], steps, [
			line(readEof),
			line(forcedClose, file, 15, 0, 1),
			line(forcedClose, other, 0, 10, 1),
			line(forcedClose, other, 0, 0, 1),
			line(forcedClose, file, 0, 0, 1),
		]);
		assert.deepEqual(ours, openssh);
	});
});
