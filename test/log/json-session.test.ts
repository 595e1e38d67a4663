/*
 * JSON lines of a whole session of the program: one event for each of OpenSSH's
 * lines, at the same level, with all that the line says and the fields that only
 * JSON has.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { endOf, lines, oneByOne } from "../helpers/endings.ts";
import { attrs, FXF, FXP, handle, INIT } from "../helpers/packets.ts";
import { runCommand } from "../helpers/run-command.ts";
import { needsOpenssh, OPENSSH, OURS, request } from "../helpers/server-session.ts";

const SNOWMAN = Buffer.from("ein \u2603");
const NOT_UTF8 = Buffer.from('caf\xe9"\n', "latin1");

const part = oneByOne(
	INIT,
	request(FXP.OPEN, 1, SNOWMAN, FXF.WRITE | FXF.CREAT, attrs({ mode: 0o640 })),
	request(FXP.WRITE, 2, handle(0), 0n, "hello"),
	request(FXP.CLOSE, 3, handle(0)),
	request(FXP.OPEN, 4, NOT_UTF8, FXF.READ, attrs()),
	request(FXP.READ, 5, handle(0), 2n, 100),
	request(FXP.STAT, 6, "missing"),
	request(FXP.REMOVE, 4_294_967_295, NOT_UTF8),
);

type Line = Readonly<Record<string, unknown>>;

describe("a session's JSON lines", needsOpenssh, () => {
	const directory = mkdtempSync(join(tmpdir(), "json-session-"));
	const log = join(directory, "log");
	let text: readonly string[];
	let events: readonly Line[];

	before(async () => {
		const env = { SSH_CONNECTION: "2001:db8::7 40000 2001:db8::1 22" };
		const [cwd, peerCwd] = [join(directory, "ours"), join(directory, "peer")];
		for (const made of [cwd, peerCwd]) {
			mkdirSync(made);
			writeFileSync(Buffer.concat([Buffer.from(`${made}/`), NOT_UTF8]), "content");
		}
		const args = ["--log-format", "json", "--log-file", log];
		const ours = await endOf(OURS, part, { env, cwd, args });
		assert.deepEqual([ours.status, ours.stderr], [0, ""]);
		text = lines(await endOf(OPENSSH, part, { env, cwd: peerCwd }));
		events = readFileSync(log, "utf8")
			.trimEnd()
			.split("\n")
			.map((line): Line => JSON.parse(line));
	});

	after(() => rmSync(directory, { recursive: true }));

	/** The events of that name, without the fields that all events have. */
	function named(name: string): Line[] {
		return events
			.filter(({ event }) => event === name)
			.map(({ time, pid, user, address, event, ...rest }) => rest);
	}

	it("match OpenSSH's lines in number and level", () => {
		assert.equal(events.length, text.length, text.join("\n"));
		for (const [i, { level }] of events.entries()) {
			const [, prefix = ""] = /^(debug\d): /.exec(text[i] ?? "") ?? [];
			const expected = prefix === "" ? /^(error|info|verbose)$/ : new RegExp(`^${prefix}$`);
			assert.match(String(level), expected, text[i]);
		}
	});

	it("begin with level, time, process, user and the client's address", () => {
		const name = events[0]?.["user"];
		for (const event of events) {
			const { time, pid, user, address } = event;
			assert.deepEqual(Object.keys(event).slice(0, 6), ["level", "time", "pid", "user", "address", "event"]);
			assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
			assert.ok(Number.isInteger(pid));
			assert.deepEqual([user, address], [name, "2001:db8::7"]);
		}
		assert.ok(text[0]?.startsWith(`session opened for local user ${name} from [2001:db8::7]`), text[0]);
	});

	it("have path, flags, mode and bytes and, at debug levels, the request's id", () => {
		const path = SNOWMAN.toString();
		const base = { path: NOT_UTF8.toString(), pathBase64: NOT_UTF8.toString("base64") };
		assert.deepEqual(named("open"), [
			{ level: "info", path, flags: "WRITE,CREATE", mode: "0640" },
			{ level: "info", ...base, flags: "READ", mode: "0666" },
		]);
		assert.deepEqual(named("write"), [
			{ level: "debug1", request: 2, path, handle: 0, offset: 0, lengthBytes: 5 },
		]);
		assert.deepEqual(named("read"), [
			{ level: "debug1", request: 5, ...base, handle: 0, offset: 2, lengthBytes: 100 },
		]);
		assert.deepEqual(named("remove"), [{ level: "info", ...base }]);
		assert.deepEqual(named("status-sent").at(-1), { level: "debug3", request: 4_294_967_295, status: 0 });
	});

	it("have bytes and duration when a file is closed, by the client or at the end", () => {
		for (const [name, bytesRead, bytesWritten] of [
			["close", 0, 5],
			["forced-close", 5, 0],
		] as const) {
			const [closed, ...others] = named(name);
			assert.deepEqual(others, []);
			assert.deepEqual([closed?.["bytesRead"], closed?.["bytesWritten"]], [bytesRead, bytesWritten]);
			const duration = closed?.["durationMs"];
			assert.ok(typeof duration === "number" && duration >= 0 && duration < 60_000, String(duration));
		}
		assert.equal(events.at(-1)?.["event"], "session-closed");
	});

	it("are appended to a file that only its owner can read", async () => {
		const before = readFileSync(log);
		assert.equal(statSync(log).mode & 0o7777, 0o600);
		const args = ["--log-format", "json", "--log-file", log];
		await endOf(OURS, oneByOne(INIT), { args });
		const after = readFileSync(log);
		assert.ok(after.length > before.length && after.subarray(0, before.length).equals(before));
		assert.equal(statSync(log).mode & 0o7777, 0o600);
	});

	it("go to stderr when no file is given, with and without -e", async () => {
		const ended = await endOf(OURS, oneByOne(INIT), { args: ["--log-format", "json"] });
		const names = ended.stderr
			.trimEnd()
			.split("\n")
			.map((line): Line => JSON.parse(line))
			.map(({ event }) => event);
		assert.deepEqual(names.slice(0, 2), ["session-opened", "client-version"]);
		const { stderr } = await runCommand(process.execPath, [
			resolve("bin/sftp-server"),
			...["--log-format", "json", "-l", "info"],
		]);
		assert.equal(JSON.parse(`${stderr}`.split("\n")[0] ?? "")["event"], "session-opened");
	});

	it("are replaced by one sentence and status 1 when their file can't be opened", async () => {
		for (const [path, reason] of [
			[join(directory, "missing/log"), "its directory: No such file or directory"],
			[directory, "Is a directory"],
		] as const) {
			const args = ["--log-format", "json", "--log-file", path];
			const { status, replies, stderr } = await endOf(OURS, (session) => session.send(INIT), { args });
			assert.deepEqual([status, replies], [1, []]);
			assert.equal(stderr, `sftp-server: --log-file can't be "${path}": ${reason}\n`);
		}
	});
});
