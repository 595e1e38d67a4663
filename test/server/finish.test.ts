/*
 * Every handle is finished once, however the session ends: its descriptor is
 * closed and the log has one line about it. The session runs in this process, on
 * a host whose exit throws, so that the test can count what was left open.
 */
import assert from "node:assert/strict";
import {
	closeSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readlinkSync,
	rmSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DirectNamespace } from "../../src/files/direct.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { addon } from "../../src/posix/addon.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { type Host, processHost } from "../../src/server/host.ts";
import { serve } from "../../src/server/serve.ts";
import { Policy } from "../../src/session/policy.ts";
import { Rules } from "../../src/session/rules.ts";
import { attrs, FXF, FXP, handle, INIT, packet, uint32 } from "../helpers/packets.ts";

/** How the session exited: a status, or a signal's number. */
class Exited extends Error {
	readonly how: string;

	constructor(how: string) {
		super(how);
		this.how = how;
	}
}

describe("the handles of a session", () => {
	let directory = "";
	before(() => {
		directory = mkdtempSync(join(tmpdir(), "finish-"));
		writeFileSync(join(directory, "file"), "content");
	});
	after(() => rmSync(directory, { recursive: true }));

	/** Descriptors of this process on files in the directory. */
	function openThere(): number {
		const names = readdirSync("/proc/self/fd").flatMap((fd) => {
			try {
				return [readlinkSync(`/proc/self/fd/${fd}`)];
			} catch {
				/* The listing's own descriptor. */
				return [];
			}
		});
		return names.filter((name) => name.startsWith(directory) && !name.endsWith("input")).length;
	}

	/** Runs a session that opens two files and a directory, then gets `rest`. */
	function run(rest: Buffer, change: (host: Host) => Partial<Host> = () => ({})) {
		const path = join(directory, "file");
		const opened = [
			INIT,
			packet(FXP.OPEN, 1, path, FXF.READ, attrs()),
			packet(FXP.OPEN, 2, path, FXF.READ | FXF.WRITE, attrs()),
			packet(FXP.OPENDIR, 3, directory),
		];
		const input = join(directory, "input");
		const to = openSync(input, "w");
		writeSync(to, Buffer.concat([...opened, rest]));
		closeSync(to);
		const host: Host = {
			...processHost,
			input: openSync(input, "r"),
			output: openSync("/dev/null", "w"),
			exit: (status) => {
				throw new Exited(`status ${status}`);
			},
			exitBySignal: (signal) => {
				throw new Exited(`signal ${signal}`);
			},
		};
		const lines: string[] = [];
		const log = new Logger(Level.INFO, {
			write: (_level, name) => {
				lines.push(name);
			},
		});
		try {
			serve(
				{
					user: { name: asByteString("user"), dir: asByteString("/"), uid: 1, gid: 1 },
					clientAddress: asByteString("UNKNOWN"),
					policy: new Policy(false, undefined, undefined),
					rules: new Rules(),
					log,
					namespace: new DirectNamespace(),
					startDirectory: undefined,
				},
				{ ...host, ...change(host) },
			);
		} catch (error) {
			if (!(error instanceof Exited)) throw error;
			const ends = lines.filter((name) => /^(forced-)?close(dir)?$/.test(name));
			return { how: error.how, ends: ends.sort(), left: openThere() };
		} finally {
			closeSync(host.input);
			closeSync(host.output);
		}
	}

	const LOST = ["forced-close", "forced-close", "forced-closedir"];
	const none = Buffer.alloc(0);
	const stat = packet(FXP.STAT, 9, "/");
	const rows: readonly [end: string, rest: Buffer, how: string, change?: (host: Host) => Partial<Host>][] = [
		["at the end of the input", none, "status 0"],
		["at a malformed packet", packet(FXP.STAT, 9), "status 255"],
		["at a packet that is too long", Buffer.concat([uint32(1 << 20), stat]), "status 11"],
		["when the input fails", none, "status 1", () => ({ read: failingAfterOne(-constants.errno.ENXIO) })],
		["when the reader has gone away", stat, "status 0", () => ({ write: () => -constants.errno.EPIPE })],
		["when the output fails", stat, "status 1", () => ({ write: () => -constants.errno.EIO })],
		["at an internal error", stat, "status 255", () => ({ stopwatchWaited: throwingTheSecondTime() })],
	];
	/** Throws when called the second time: after four requests, when everything is open. */
	function throwingTheSecondTime(): Host["stopwatchWaited"] {
		let calls = 0;
		return () => {
			if (calls++ > 0) throw new TypeError("put in");
			return false;
		};
	}
	/** Reads once, then fails. */
	function failingAfterOne(result: number): Host["read"] {
		let calls = 0;
		return (...args) => (calls++ === 0 ? processHost.read(...args) : result);
	}

	for (const [end, rest, how, change] of rows) {
		it(`are finished as lost ${end}`, () => {
			assert.deepEqual(run(rest, change), { how, ends: LOST, left: 0 });
		});
	}

	it("are finished by CLOSE, and not a second time", () => {
		const closes = [0, 1, 2].map((number) => packet(FXP.CLOSE, 10 + number, handle(number)));
		assert.deepEqual(run(Buffer.concat(closes)), {
			how: "status 0",
			ends: ["close", "close", "closedir"],
			left: 0,
		});
	});

	/* The last test, because the signal stays pending in this process. */
	it("are finished as lost at a signal", () => {
		addon.catchSignals();
		const { SIGTERM } = constants.signals;
		let calls = 0;
		const signalled: Host["read"] = (...args) => {
			if (calls++ > 0) process.kill(process.pid, "SIGTERM");
			return processHost.read(...args);
		};
		assert.deepEqual(
			run(none, () => ({ read: signalled })),
			{ how: `signal ${SIGTERM}`, ends: LOST, left: 0 },
		);
	});
});
