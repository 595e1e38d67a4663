/* Log lines of requests on files and handles, compared with OpenSSH's. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as attributes from "../../src/log/events/attributes.ts";
import * as files from "../../src/log/events/files.ts";
import * as packets from "../../src/log/events/packets.ts";
import * as paths from "../../src/log/events/paths.ts";
import { readEof } from "../../src/log/events/session.ts";
import { U64 } from "../../src/wire/u64.ts";
import { FXP, handle, packet } from "../helpers/packets.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import {
	badHandle,
	Fixture,
	initStep,
	line,
	linesOf,
	STATUS,
	type Step,
	status,
	step,
} from "./session-steps.ts";

describe("a session's lines about files", needsOpenssh, () => {
	it("match OpenSSH's", async (test) => {
		const fixture = new Fixture(test);
		const file = fixture.at("file");
		const other = fixture.at("other");
		const missing = fixture.at("missing");
		const steps: Step[] = [
			initStep,
			step(
				packet(FXP.OPEN, 1, file, 0x3b, 0),
				line(files.openReceived, 1, 0x3b),
				line(files.open, file, 0x3b, 0o666),
				status(1, STATUS.FAILURE),
			),
			step(
				packet(FXP.OPEN, 2, file, 0xffffff03, 4, 0o100640),
				line(files.openReceived, 2, 0xffffff03),
				line(files.open, file, 0xffffff03, 0o100640),
				line(packets.handleSent, 2, 0),
			),
			step(
				packet(FXP.OPEN, 3, other, 0x0e, 0),
				line(files.openReceived, 3, 0x0e),
				line(files.open, other, 0x0e, 0o666),
				line(packets.handleSent, 3, 1),
			),
			step(
				packet(FXP.OPEN, 0xffffffff, missing, 0, 4, 0xffffffff),
				line(files.openReceived, 0xffffffff, 0),
				line(files.open, missing, 0, 0xffffffff),
				status(0xffffffff, STATUS.NO_SUCH_FILE),
			),
			step(
				packet(FXP.READ, 4, handle(0), 0n, 0xffffffff),
				line(files.read, 4, file, 0, new U64(0, 0), 0xffffffff),
				line(files.readClamped, 0xffffffff, 261120),
				line(files.readBufferGrown, 0, 261120),
				line(packets.dataSent, 4, 11),
			),
			step(
				packet(FXP.READ, 5, handle(0), 0x1_0000_0001n, 5),
				line(files.read, 5, file, 0, new U64(1, 1), 5),
				status(5, STATUS.EOF),
			),
			step(
				packet(FXP.READ, 6, handle(0), 0xffff_ffff_ffff_ffffn, 5),
				line(files.read, 6, file, 0, new U64(0xffffffff, 0xffffffff), 5),
				line(files.readSeekFailed, file, "Invalid argument"),
				status(6, STATUS.BAD_MESSAGE),
			),
			step(
				packet(FXP.READ, 7, handle(1), 0n, 5),
				line(files.read, 7, other, 1, new U64(0, 0), 5),
				line(files.readFailed, other, "Bad file descriptor"),
				status(7, STATUS.NO_SUCH_FILE),
			),
			step(
				packet(FXP.READ, 8, badHandle, 0n, 5),
				line(files.read, 8, undefined, -1, new U64(0, 0), 5),
				status(8, STATUS.FAILURE),
			),
			step(
				packet(FXP.WRITE, 9, handle(1), 7n, "data"),
				line(files.write, 9, other, 1, new U64(0, 7), 4),
				status(9, STATUS.OK),
			),
			step(
				packet(FXP.WRITE, 10, handle(0), 0x8000_0000_0000_0000n, "data"),
				line(files.write, 10, file, 0, new U64(0x80000000, 0), 4),
				line(files.writeSeekFailed, file, "Invalid argument"),
				status(10, STATUS.BAD_MESSAGE),
			),
			step(
				packet(FXP.OPEN, 11, file, 1, 0),
				line(files.openReceived, 11, 1),
				line(files.open, file, 1, 0o666),
				line(packets.handleSent, 11, 2),
			),
			step(
				packet(FXP.WRITE, 12, handle(2), 0n, "data"),
				line(files.write, 12, file, 2, new U64(0, 0), 4),
				line(files.writeFailed, file, "Bad file descriptor"),
				status(12, STATUS.NO_SUCH_FILE),
			),
			step(
				packet(FXP.WRITE, 13, badHandle, 0n, "data"),
				line(files.write, 13, undefined, -1, new U64(0, 0), 4),
				status(13, STATUS.FAILURE),
			),
			step(
				packet(FXP.FSTAT, 14, handle(0)),
				line(paths.fstat, 14, file, 0),
				line(packets.attributesSent, 14, 0xf),
			),
			step(
				packet(FXP.FSTAT, 15, badHandle),
				line(paths.fstat, 15, undefined, -1),
				status(15, STATUS.FAILURE),
			),
			step(
				packet(FXP.EXTENDED, 16, "fsync@openssh.com", handle(0)),
				line(files.fsyncReceived, 16, 0),
				line(files.fsync, file),
				status(16, STATUS.OK),
			),
			step(
				packet(FXP.EXTENDED, 17, "fsync@openssh.com", badHandle),
				line(files.fsyncReceived, 17, -1),
				line(files.fsync, undefined),
				status(17, STATUS.NO_SUCH_FILE),
			),
			step(
				packet(FXP.EXTENDED, 18, "fstatvfs@openssh.com", badHandle),
				line(paths.fstatvfs, 18, undefined, -1),
				status(18, STATUS.FAILURE),
			),
			step(
				packet(
					FXP.FSETSTAT,
					19,
					handle(0),
					0x8000000d,
					0,
					11,
					0o100640,
					1_000_000_000,
					1_000_000_001,
					1,
					"type@example",
					"value",
				),
				line(packets.attributeExtension, Buffer.from("type@example"), 5),
				line(attributes.fsetstat, 19, 0),
				line(attributes.setSize, file, new U64(0, 11)),
				line(attributes.setMode, file, 0o100640),
				line(attributes.setModtime, file, "20010909-01:46:41", 1_000_000_001),
				status(19, STATUS.OK),
			),
			step(
				packet(FXP.FSETSTAT, 20, badHandle, 0),
				line(attributes.fsetstat, 20, -1),
				status(20, STATUS.FAILURE),
			),
			step(
				packet(FXP.CLOSE, 21, handle(0)),
				line(files.closeReceived, 21, 0),
				line(files.close, file, 11, 0n, 3),
				status(21, STATUS.OK),
			),
			step(
				packet(FXP.CLOSE, 22, handle(0)),
				line(files.closeReceived, 22, -1),
				line(paths.closedir, undefined),
				status(22, STATUS.NO_SUCH_FILE),
			),
			step(
				packet(FXP.OPENDIR, 23, fixture.at("empty")),
				line(paths.opendirReceived, 23),
				line(paths.opendir, fixture.at("empty")),
				line(packets.handleSent, 23, 0),
			),
			step(
				packet(FXP.READDIR, 24, handle(0)),
				line(paths.readdir, 24, fixture.at("empty"), 0),
				line(packets.namesSent, 24, 2),
			),
			step(
				packet(FXP.READDIR, 25, handle(0)),
				line(paths.readdir, 25, fixture.at("empty"), 0),
				status(25, STATUS.EOF),
			),
			step(
				packet(FXP.READDIR, 26, badHandle),
				line(paths.readdir, 26, undefined, -1),
				status(26, STATUS.FAILURE),
			),
		];
		const { openssh, ours } = await linesOf([], steps, [
			line(readEof),
			line(paths.forcedClosedir, fixture.at("empty")),
			line(files.forcedClose, other, 0, 4n, 3),
			line(files.forcedClose, file, 0n, 0, 3),
		]);
		assert.deepEqual(ours, openssh);
	});
});
