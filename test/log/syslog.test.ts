/*
 * The syslog sink: the layout of a datagram, lost lines, and real datagrams
 * through the addon to a real socket. The texts are tested elsewhere.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Level } from "../../src/log/levels.ts";
import { SyslogSink } from "../../src/log/syslog.ts";
import type { LocalTime } from "../../src/posix/local-date.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type Program, ServerSession } from "../helpers/server-session.ts";
import { SyslogSocket, withLogAt } from "../helpers/syslog-socket.ts";

const EAGAIN = 11;
const newYear: LocalTime = { year: 2026, month: 0, day: 1, hour: 2, minute: 3, second: 4 };

/** A sink, what it has sent, and a switch that makes its socket refuse datagrams. */
function createSink(time: LocalTime = newYear) {
	const state = { datagrams: [] as string[], room: Number.POSITIVE_INFINITY };
	const sink = new SyslogSink({
		ident: "sftp\xff",
		facility: 10,
		pid: 4711,
		send: (datagram) => {
			if (state.room === 0) return -EAGAIN;
			state.room--;
			state.datagrams.push(datagram.toString("latin1"));
			return datagram.length;
		},
		localTime: (epochSeconds) => {
			assert.ok(Number.isInteger(epochSeconds) && Math.abs(epochSeconds - Date.now() / 1000) < 60);
			return time;
		},
	});
	return {
		state,
		write: (text: string, level: Level = Level.INFO) => sink.write(level, "event", { text, fields: {} }),
	};
}

describe("a syslog datagram", () => {
	it("has priority, time, program, process ID and text", () => {
		const { state, write } = createSink();
		write("text");
		assert.deepEqual(state.datagrams, ["<86>Jan  1 02:03:04 sftp\xff[4711]: text"]);
	});

	it("has the priority and prefix of its level", () => {
		const { state, write } = createSink();
		write("a", Level.FATAL);
		write("b", Level.ERROR);
		write("c", Level.VERBOSE);
		write("d", Level.DEBUG3);
		assert.deepEqual(
			state.datagrams.map((datagram) => datagram.replace(/>.*\]: /, "> ")),
			["<82> fatal: a", "<83> error: b", "<86> c", "<87> debug3: d"],
		);
	});

	it("has each month's name and pads the day to two columns", () => {
		const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
		for (const [month, name] of names.entries()) {
			const { state, write } = createSink({ year: 2026, month, day: 31, hour: 23, minute: 59, second: 60 });
			write("x");
			assert.match(state.datagrams[0] ?? "", new RegExp(`^<86>${name} 31 23:59:60 `));
		}
	});

	it("truncates the text after 500 bytes, prefix included, even inside an escape", () => {
		const { state, write } = createSink();
		write("\x01".repeat(300), Level.ERROR);
		const text = state.datagrams[0]?.split("]: ")[1];
		assert.equal(text, `error: ${"\\001".repeat(300)}`.slice(0, 500));
	});
});

describe("lines that the socket does not accept", () => {
	const shown = (datagrams: readonly string[]) => datagrams.map((datagram) => datagram.split("]: ")[1]);

	it("are counted, and reported before the next line that is accepted", () => {
		const { state, write } = createSink();
		write("one");
		state.room = 0;
		write("two");
		write("three");
		state.room = 9;
		write("four");
		write("five");
		assert.deepEqual(shown(state.datagrams), ["one", "error: 2 log lines dropped", "four", "five"]);
	});

	it("are counted from zero when only the count was accepted", () => {
		const { state, write } = createSink();
		state.room = 0;
		write("one");
		state.room = 1;
		write("two");
		state.room = 9;
		write("three");
		assert.deepEqual(shown(state.datagrams), [
			"error: 1 log line dropped",
			"error: 1 log line dropped",
			"three",
		]);
	});
});

describe("a real syslog socket", { skip: unlessInstalled("python3") || unlessRoot() }, () => {
	/** syslog-program.ts once it has logged its lines, and the socket that receives them. */
	async function logging(test: TestContext, lines: number) {
		const directory = mkdtempSync(join(tmpdir(), "syslog-"));
		test.after(() => rmSync(directory, { recursive: true }));
		const path = join(directory, "log");
		const socket = new SyslogSocket(test, path);
		await socket.bind();
		const script = resolve("test/helpers/run-script.mjs");
		const program: Program = [process.execPath, script, "test/log/syslog-program.ts", String(lines)];
		const session = new ServerSession(withLogAt(path, program));
		const pid = (await session.next())?.toString("latin1", 4);
		return { socket, session, pid };
	}

	it("receives every line, with the local time and the process ID", async (test) => {
		const before = Date.now();
		const { socket, session, pid } = await logging(test, 3);
		const { status, stderr } = await session.stop();
		assert.equal(status, 0, stderr);
		const parts = (await socket.datagrams()).map((datagram) =>
			/^<38>(.{15}) test\[(\d+)\]: (.*)$/.exec(datagram)?.slice(1),
		);
		assert.deepEqual(
			parts.map((part) => part?.slice(1)),
			["line 1", "line 2", "line 3", "end"].map((text) => [pid, text]),
		);
		for (const [time] of parts.map((part) => part ?? [])) {
			/* The line has no year: it is this one or, in its first second, the last. */
			const told = [0, 1].map((back) => Date.parse(`${time} ${new Date().getUTCFullYear() - back} UTC`));
			assert.ok(
				told.some((ms) => ms >= before - 1000 && ms <= Date.now()),
				time,
			);
		}
	});
});
