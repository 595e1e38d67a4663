/*
 * Escaping and truncation of log lines, compared with lines that OpenSSH's
 * server wrote for STAT requests of the same names.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { escapeLine } from "../../src/log/escape.ts";
import { stat } from "../../src/log/events/paths.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { StderrSink } from "../../src/log/stderr.ts";
import { SyslogSink } from "../../src/log/syslog.ts";
import { endOf } from "../helpers/endings.ts";
import { escapedStderr } from "../helpers/escaped-stderr.ts";
import { FXP, INIT } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { needsOpenssh, OPENSSH, request } from "../helpers/server-session.ts";
import { TwinWorlds } from "../helpers/worlds.ts";

const everyByte = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1));
/* Lengths around each limit: 500 bytes of a syslog text, 1023 before and after escaping. */
const lengths = [
	470, 484, 485, 486, 487, 488, 489, 500, 990, 1000, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1023,
	1024, 1100, 3000,
];
const names = [
	...everyByte,
	everyByte.join(""),
	everyByte.reverse().join(""),
	'a "b" \\ c',
	Buffer.from("naïve ☃ 😀").toString("latin1"),
	...lengths.flatMap((length) => [
		"x".repeat(length),
		"\\".repeat(length),
		"\xff".repeat(length),
		"\n".repeat(length),
	]),
	...[330, 331, 332, 333, 334, 335].flatMap((length) => [
		`${"\x01".repeat(length)}xyz`,
		`${"\\\x80".repeat(length)}`,
	]),
];

const input = Buffer.concat([INIT, ...names.map((name, id) => request(FXP.STAT, id, name))]);

function isAbout(line: string): boolean {
	return line.includes("stat name ");
}

describe("log lines with any file name", needsOpenssh, () => {
	it("match OpenSSH's on stderr, escaped as for syslog", async () => {
		const { stderr } = await endOf(
			OPENSSH,
			async (session) => {
				await session.send(input);
				for (const _ of [INIT, ...names]) await session.next();
				session.endInput();
			},
			{ args: ["-l", "verbose"] },
		);
		/* No name here contains the CR LF that ends a line. */
		const lines: string[] = [];
		const logger = new Logger(
			Level.VERBOSE,
			new StderrSink((bytes) => lines.push(bytes.toString("latin1")) && bytes.length),
		);
		for (const name of names) logger.log(stat, Buffer.from(name, "latin1"));
		const expected = escapedStderr(stderr).split("\r\n").filter(isAbout);
		assert.deepEqual(
			lines.map((line) => line.slice(0, -2)),
			expected,
		);
		assert.equal(expected.length, names.length);
		assert.ok(lines.every((line) => line.endsWith("\r\n")));
	});

	it("match OpenSSH's in syslog", { skip: unlessRoot() }, async (test) => {
		const worlds = await TwinWorlds.make();
		test.after(() => worlds.stop());
		const { openssh } = await worlds.run({ args: ["-l", "verbose"], input: input.toString("latin1") });
		const datagrams: string[] = [];
		const sink = new SyslogSink({
			ident: "sftp-server",
			facility: 4,
			pid: 1,
			send: (datagram) => datagrams.push(datagram.toString("latin1")),
			localTime: () => ({ year: 2026, month: 0, day: 1, hour: 0, minute: 0, second: 0 }),
		});
		const logger = new Logger(Level.VERBOSE, sink);
		for (const name of names) logger.log(stat, Buffer.from(name, "latin1"));
		const heads = datagrams.map((datagram) =>
			datagram.replace("Jan  1 00:00:00 sftp-server[1]", "TIME sftp-server[PID]"),
		);
		assert.deepEqual(heads, openssh.datagrams.filter(isAbout));
	});
});

describe("escaping", () => {
	it("uses C's letter where there is one, and octal digits otherwise", () => {
		assert.equal(
			escapeLine('\0\x01\x07\b\t\n\v\f\r\x1b "\\~\x7f\x80\xff'),
			'\\000\\001\\a\\b\\t\\n\\v\\f\\r\\033 "\\\\~\\177\\200\\377',
		);
	});

	it("never cuts an escape in two when the text is too long", () => {
		assert.equal(escapeLine("\x01".repeat(1023)), "\\001".repeat(255));
		assert.equal(escapeLine(`x${"\\".repeat(1022)}`), `x${"\\\\".repeat(511)}`);
	});
});
