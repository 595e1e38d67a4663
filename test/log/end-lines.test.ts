/*
 * Log lines of refused requests, and of sessions that end at a malformed packet,
 * compared with OpenSSH's.
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { open, openReceived, write } from "../../src/log/events/files.ts";
import * as packets from "../../src/log/events/packets.ts";
import * as session from "../../src/log/events/session.ts";
import { U64 } from "../../src/wire/u64.ts";
import { OPENSSH_OPERATIONS, type OperationRow } from "../helpers/operations.ts";
import { FXP, packet } from "../helpers/packets.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { initStep, type Line, line, linesOf, STATUS, status, step, user } from "./session-steps.ts";

describe("refused requests", needsOpenssh, () => {
	/** What `-R -P statvfs -p open,limits,statvfs` decides about an operation. */
	function verdictOn({ name, writes }: OperationRow) {
		if (writes) return session.refusedReadOnly;
		if (name === "statvfs") return session.refusedDenylisted;
		return name === "limits" ? session.permittedAllowlisted : session.refusedNotAllowlisted;
	}

	it("are logged as OpenSSH logs them under -R, -P and -p", async () => {
		const advertised = OPENSSH_OPERATIONS.flatMap((row) => {
			const { name, what } = row;
			if (typeof what === "number") return [];
			const event = verdictOn(row);
			const verdict = line(event, name);
			return event === session.permittedAllowlisted
				? [verdict]
				: [verdict, line(session.extensionNotAdvertised, what)];
		});
		const path = Buffer.from("/nonexistent/file");
		const { openssh, ours } = await linesOf(
			["-R", "-P", "statvfs", "-p", "open,limits,statvfs"],
			[
				step(packet(FXP.INIT, 3), line(session.clientVersion, 3), ...advertised),
				step(
					packet(FXP.OPEN, 1, path, 10, 0),
					line(session.permittedAllowlisted, "open"),
					line(openReceived, 1, 10),
					line(open, path, 10, 0o666),
					line(session.refusedReadOnly, "open"),
					status(1, STATUS.PERMISSION_DENIED),
				),
			],
		);
		assert.deepEqual(ours, openssh);
	});
});

describe("a session's last lines", needsOpenssh, () => {
	const incompleteInit = line(packets.malformedPacket, "process_init", "parse", "incomplete message");
	const version = line(session.clientVersion, 3);
	const rows: readonly (readonly [name: string, input: Buffer, ...lines: readonly Line[]])[] = [
		["a length above the limit", Buffer.from("0004000101", "hex"), line(session.badMessage, "UNKNOWN", user)],
		["a request before INIT", packet(FXP.STAT, 1, "x"), line(session.requestBeforeInit, FXP.STAT)],
		["an extended request before INIT", packet(FXP.EXTENDED, 1, "x"), line(session.extendedBeforeInit)],
		["a missing field", packet(FXP.INIT), incompleteInit],
		["a length of 0", Buffer.from("0000000001", "hex"), incompleteInit],
		[
			"a NUL in a path",
			Buffer.concat([initStep.packet, packet(FXP.STAT, 1, "a\0b")]),
			version,
			line(packets.malformedPacket, "process_do_stat", "parse", "invalid format"),
		],
		[
			"fields beyond the packet",
			Buffer.concat([initStep.packet, Buffer.from("0000000206", "hex"), Buffer.alloc(40)]),
			version,
			line(write, 0, undefined, -1, new U64(0, 0), 0),
			status(0, STATUS.FAILURE),
			line(packets.overconsumed, 2, 21),
		],
	];
	for (const [name, input, ...lines] of rows) {
		it(`match OpenSSH's after ${name}`, async () => {
			const { openssh, ours } = await linesOf([], [step(input, ...lines)], []);
			assert.deepEqual(ours, openssh);
		});
	}

	it("match OpenSSH's after an unknown message", async () => {
		/* OpenSSH does not answer it, so it shares a step with INIT. */
		const bytes = Buffer.concat([initStep.packet, packet(99, 1)]);
		const { openssh, ours } = await linesOf([], [step(bytes, version, line(packets.unknownMessage, 99))]);
		assert.deepEqual(ours, openssh);
	});
});
