/*
 * The JSON sink: what a line contains, that nothing is lost in it, and what
 * happens to lines that can't be written.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import type { Description } from "../../src/log/event.ts";
import { JsonSink } from "../../src/log/json.ts";
import { Level } from "../../src/log/levels.ts";
import { mustRun } from "../helpers/run-command.ts";

const ENOSPC = 28;

/** A sink that accepts `room` bytes, and what it has accepted. */
function createSink(user = Buffer.from("user")) {
	const state = { text: "", room: Number.POSITIVE_INFINITY, failures: [] as number[] };
	const sink = new JsonSink({
		pid: 4711,
		user,
		address: Buffer.from("2001:db8::1"),
		write: (bytes) => {
			const count = Math.min(bytes.length, state.room);
			if (count === 0) return -ENOSPC;
			state.room -= count;
			state.text += bytes.toString("latin1", 0, count);
			return count;
		},
		failed: (errno) => state.failures.push(errno),
	});
	const write = (fields: Description["fields"], level: Level = Level.INFO) =>
		sink.write(level, "event", { text: "unused", fields });
	return { state, write };
}

/** The lines' objects, without the common fields that these tests ignore. */
function objects(text: string): Record<string, unknown>[] {
	assert.ok(text.endsWith("\n"));
	const lines = Buffer.from(text, "latin1").toString("utf8").slice(0, -1).split("\n");
	return lines.map((line) => {
		const { time, pid, user, address, ...rest } = JSON.parse(line);
		assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.deepEqual([pid, user, address], [4711, "user", "2001:db8::1"]);
		return rest;
	});
}

describe("a JSON line", () => {
	it("has level, time, process, user, address, event and fields, in this order", () => {
		const { state, write } = createSink();
		write({ path: Buffer.from("/a"), flags: "READ", request: 5, done: true });
		const line = state.text.replace(/"time":"[^"]*"/, '"time":"T"');
		assert.equal(
			line,
			'{"level":"info","time":"T","pid":4711,"user":"user","address":"2001:db8::1","event":"event","path":"/a","flags":"READ","request":5,"done":true}\n',
		);
	});

	it("has each level's name", () => {
		const { state, write } = createSink();
		const names = ["fatal", "error", "info", "verbose", "debug1", "debug2", "debug3"];
		for (const level of [
			Level.FATAL,
			Level.ERROR,
			Level.INFO,
			Level.VERBOSE,
			Level.DEBUG1,
			Level.DEBUG2,
			Level.DEBUG3,
		]) {
			write({}, level);
		}
		assert.deepEqual(
			objects(state.text),
			names.map((level) => ({ level, event: "event" })),
		);
	});

	it("represents names exactly, as text", () => {
		const names = [
			"/naïve/☃/😀",
			"/\u2028\u2029\ufeff",
			'/"\\/\b\f\n\r\t\x01\x1f\x7f',
			"/\ufffd",
			"",
			"\u0000",
			"__proto__",
			"x".repeat(4095),
		];
		for (const name of names) {
			const { state, write } = createSink();
			write({ path: Buffer.from(name) });
			assert.deepEqual(objects(state.text), [{ level: "info", event: "event", path: name }]);
		}
	});

	it("contains no character that a terminal or a line reader acts on", () => {
		const characters = ["\x7f", "\x80", "\x85", "\x9b", "\xad", "\u061c", "\u200b", "\u200e", "\u200f"];
		characters.push(
			"\u2028",
			"\u2029",
			"\u202a",
			"\u202e",
			"\u2066",
			"\u2069",
			"\ufeff",
			"\u{e0041}",
			"\u{110bd}",
		);
		const user = `u\u202e\x9b`;
		const { state, write } = createSink(Buffer.from(user));
		const name = characters.map((character) => `a${character}b`).join("");
		write({ path: Buffer.from(name), pathKind: name });
		const line = Buffer.from(state.text, "latin1").toString("utf8");
		for (const character of characters) assert.ok(!line.includes(character), JSON.stringify(character));
		assert.match(line, /"user":"u\\u202e\\u009b"/);
		const { path, pathKind, user: found } = JSON.parse(line);
		assert.deepEqual([path, pathKind, found], [name, name, user]);
	});

	it("keeps visible characters of every script", () => {
		const { state, write } = createSink();
		const name = "/naïve/☃/😀/Ω/日本/עברית/العربية/हिन्दी/ﬁ";
		write({ path: Buffer.from(name) });
		assert.ok(Buffer.from(state.text, "latin1").toString("utf8").includes(`"path":"${name}"`));
	});

	it("truncates a name after 4095 bytes, between two characters, and gives its length", () => {
		const rows: readonly (readonly [name: string | Buffer, kept: string | Buffer])[] = [
			["x".repeat(4096), "x".repeat(4095)],
			[`${"x".repeat(4094)}é`, "x".repeat(4094)],
			[`${"x".repeat(4093)}éé`, `${"x".repeat(4093)}é`],
			[`${"x".repeat(4092)}😀`, "x".repeat(4092)],
			["\x01".repeat(240_000), "\x01".repeat(4095)],
			[Buffer.alloc(5000, 0xbf), Buffer.alloc(4095, 0xbf)],
			[Buffer.alloc(5000, 0xff), Buffer.alloc(4095, 0xff)],
		];
		for (const [name, kept] of rows) {
			const { state, write } = createSink();
			const [path, cut] = [Buffer.from(name), Buffer.from(kept)];
			write({ path });
			const [line] = objects(state.text);
			assert.deepEqual([line?.["path"], line?.["pathBytes"]], [cut.toString("utf8"), path.length]);
			const base64 = typeof kept === "string" ? undefined : cut.toString("base64");
			assert.equal(line?.["pathBase64"], base64);
			assert.ok(state.text.length < 40_000);
		}
	});

	it("represents bytes that are not UTF-8 exactly, in a second field", () => {
		const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
		const names = [
			everyByte,
			Buffer.from([0xff]),
			Buffer.from("/a\xff", "latin1"),
			Buffer.from("/\xed\xa0\x80", "latin1"),
			Buffer.from("/\xc0\xaf", "latin1"),
			Buffer.from("/\xe2\x98", "latin1"),
		];
		for (const oldPath of names) {
			const { state, write } = createSink();
			write({ oldPath });
			const [line] = objects(state.text);
			assert.deepEqual(Buffer.from(String(line?.["oldPathBase64"]), "base64"), oldPath);
			assert.equal(line?.["oldPath"], oldPath.toString("utf8"));
		}
	});

	it("writes integers that a double can't represent as decimal text, and omits undefined fields", () => {
		const { state, write } = createSink();
		write({ a: 5n, b: 2n ** 53n - 1n, c: 2n ** 53n, d: 2n ** 64n - 1n, e: undefined, f: 1.25 });
		assert.deepEqual(objects(state.text), [
			{
				level: "info",
				event: "event",
				a: 5,
				b: 9007199254740991,
				c: "9007199254740992",
				d: "18446744073709551615",
				f: 1.25,
			},
		]);
	});

	it("represents a user name that is not UTF-8 exactly", () => {
		const { state, write } = createSink(Buffer.from([0x75, 0xe4]));
		write({});
		assert.equal(JSON.parse(Buffer.from(state.text, "latin1").toString())["userBase64"], "deQ=");
	});
});

describe("JSON lines that can't be written", () => {
	it("are counted, whole or truncated, and reported before the next line", () => {
		for (const room of [0, 1, 40]) {
			const { state, write } = createSink();
			write({ n: 1 });
			state.room = room;
			write({ n: 2 });
			state.room = 0;
			write({ n: 3 });
			assert.deepEqual(state.failures, [ENOSPC]);
			state.room = Number.POSITIVE_INFINITY;
			const whole = state.text.length;
			write({ n: 4 });
			write({ n: 5 });
			assert.deepEqual(objects(state.text.slice(room === 0 ? whole : whole + 1)), [
				{ level: "error", event: "log-lines-dropped", count: 2 },
				{ level: "info", event: "event", n: 4 },
				{ level: "info", event: "event", n: 5 },
			]);
		}
	});

	it("leave no empty line when only a line feed was written", () => {
		const { state, write } = createSink();
		state.room = 1;
		write({ n: 1 });
		for (let i = 0; i < 3; i++) {
			state.room = 1;
			write({ n: 2 });
		}
		state.room = Number.POSITIVE_INFINITY;
		write({ n: 3 });
		const lines = state.text.split("\n").filter((line) => line.length > 1);
		assert.equal(lines.length, 2);
		assert.ok(lines.every((line) => JSON.parse(line)["time"] !== undefined));
		assert.ok(!state.text.includes("\n\n"));
	});
});

describe("a log file", () => {
	let directory = "";
	before(() => {
		directory = mkdtempSync(join(tmpdir(), "log-file-"));
	});
	after(() => rmSync(directory, { recursive: true }));

	it("does not end a session when its disk is full, and continues with whole lines when there is room", async () => {
		const script =
			'mount -t tmpfs -o size=64k none "$1" && head -c 16384 /dev/zero >"$1/ballast" && ' +
			'"$2" test/helpers/run-script.mjs test/log/json-program.ts fill "$1/log" "$1/ballast" && cat "$1/log"';
		const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
		const text = await mustRun("unshare", [
			...asRoot,
			"--mount",
			"sh",
			"-c",
			script,
			"sh",
			directory,
			process.execPath,
		]);
		const lines = text.trimEnd().split("\n");
		const [dropped, last] = lines.slice(-2).map((line) => JSON.parse(line));
		assert.deepEqual([dropped["event"], dropped["count"]], ["log-lines-dropped", 10]);
		assert.deepEqual([last["event"], last["path"]], ["remove", "/after"]);
		/* The full disk truncated the line before them. */
		const whole = lines.slice(0, -3).map((line) => JSON.parse(line)["event"]);
		assert.ok(whole.length > 10 && whole.every((event) => event === "remove"));
	});
});

describe("pino in the one bundle", () => {
	it("is loaded only when the sink is made, and needs no node_modules", async () => {
		const directory = mkdtempSync(join(tmpdir(), "json-bundle-"));
		try {
			const outfile = join(directory, "program.cjs");
			await build({
				entryPoints: ["test/log/json-program.ts"],
				outfile,
				bundle: true,
				minify: true,
				platform: "node",
				target: "node20.19",
				format: "cjs",
				logLevel: "warning",
			});
			const line = execFileSync(process.execPath, [outfile, "lazy"], { cwd: directory, encoding: "utf8" });
			assert.equal(JSON.parse(line)["path"], "false true");
		} finally {
			rmSync(directory, { recursive: true });
		}
	});
});
