/*
 * STATs and LSTATs that are served in runs: which requests are, and that the
 * answers are byte for byte the dispatcher's.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { DirectNamespace } from "../../src/files/direct.ts";
import { Files } from "../../src/files/files.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { StderrSink } from "../../src/log/stderr.ts";
import { addon } from "../../src/posix/addon.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { Dispatcher } from "../../src/server/dispatch.ts";
import { processHost } from "../../src/server/host.ts";
import { Output } from "../../src/server/output.ts";
import { OutputDescriptor } from "../../src/server/output-descriptor.ts";
import { Prefetch } from "../../src/server/prefetch.ts";
import { StatRun } from "../../src/server/stat-run.ts";
import { Policy } from "../../src/session/policy.ts";
import { Rules } from "../../src/session/rules.ts";
import { Session } from "../../src/session/session.ts";
import { Frame, PacketFramer } from "../../src/wire/framer.ts";
import { PacketReader } from "../../src/wire/reader.ts";
import { attrs, FXF, FXP, handle, INIT, packet, uint32 } from "../helpers/packets.ts";

const CAPACITY = 300_000;
const ALL = 32;

interface Settings {
	readonly level?: Level;
	readonly denied?: string;
	readonly allowed?: string;
	/** The version in the client's INIT; "none" for a client that sends none. */
	readonly version?: number | "none";
}

/** The parts of a session whose output is a pipe. */
class Parts {
	readonly #session: Session;
	readonly #framer = new PacketFramer(CAPACITY);
	readonly #output: Output;
	readonly #dispatcher: Dispatcher;
	readonly #run: StatRun;
	readonly #readEnd: number;
	readonly lines: string[] = [];

	constructor(test: TestContext, { level = Level.INFO, denied, allowed, version = 3 }: Settings) {
		const ends = new Uint32Array(2);
		assert.equal(addon.pipe(ends), 0);
		const [readEnd = -1, writeEnd = -1] = ends;
		this.#readEnd = readEnd;
		test.after(() => {
			for (const end of [readEnd, writeEnd]) addon.close(end);
		});
		const host = { ...processHost, output: writeEnd };
		this.#output = new Output(new OutputDescriptor(host));
		const log = new Logger(
			level,
			new StderrSink((bytes) => {
				this.lines.push(bytes.toString("latin1"));
				return bytes.length;
			}),
		);
		this.#session = new Session(
			{
				user: { name: asByteString("user"), dir: asByteString("/"), uid: 1, gid: 1 },
				clientAddress: asByteString("UNKNOWN"),
				policy: new Policy(false, denied, allowed),
				rules: new Rules(),
				log,
			},
			new Files(new DirectNamespace(), this.#output, new Prefetch(this.#output, host)),
		);
		this.#dispatcher = new Dispatcher(this.#session, new PacketReader(this.#framer.bytes), this.#output);
		this.#run = new StatRun(this.#session, this.#framer, this.#output, this.#dispatcher);
		if (version === "none") return;
		this.put(packet(FXP.INIT, version));
		this.dispatch();
		this.replies();
		this.lines.length = 0;
	}

	put(...packets: readonly Buffer[]): void {
		for (const bytes of packets) {
			this.#framer.makeRoom();
			bytes.copy(this.#framer.bytes, this.#framer.filled);
			this.#framer.add(bytes.length);
		}
	}

	/** Serves a run; returns the number of its requests. */
	run(most = ALL): number {
		return this.#run.serve(most);
	}

	/** Has the dispatcher serve the rest. */
	dispatch(): void {
		while (this.#framer.next() === Frame.PACKET)
			this.#dispatcher.serve(this.#framer.start, this.#framer.end, this.#framer.filled);
	}

	replies(): Buffer {
		this.#output.drain();
		const bytes = Buffer.alloc(2 * CAPACITY);
		const count =
			addon.bytesReadable(this.#readEnd) > 0 ? addon.read(this.#readEnd, bytes, 0, bytes.length) : 0;
		return bytes.subarray(0, count);
	}
}

describe("STATs and LSTATs in runs", () => {
	let directory: string;
	before(() => {
		directory = mkdtempSync(join(tmpdir(), "stat-run-"));
		writeFileSync(at("file"), "x".repeat(20_000));
		mkdirSync(at("folder"));
		symlinkSync("file", at("link"));
		symlinkSync("loop", at("loop"));
	});
	after(() => rmSync(directory, { recursive: true }));

	const at = (name: string): string => join(directory, name);
	const stat = (name: string, id = 7): Buffer => packet(FXP.STAT, id, at(name));
	const lstat = (name: string, id = 8): Buffer => packet(FXP.LSTAT, id, at(name));
	const plain = (): Buffer[] => [
		...["file", "folder", "link", "loop", "missing", "file/x", "n".repeat(300), "x/".repeat(2500)].flatMap(
			(name, i) => [stat(name, i), lstat(name, 2 ** 32 - 1 - i)],
		),
		...[FXP.STAT, FXP.LSTAT].map((type) => packet(type, 5, "")),
	];

	/** What the dispatcher answers and logs. */
	function dispatched(test: TestContext, settings: Settings, packets: readonly Buffer[]): [Buffer, string[]] {
		const parts = new Parts(test, settings);
		parts.put(...packets);
		parts.dispatch();
		return [parts.replies(), parts.lines];
	}

	const taken: readonly [criterion: string, settings: Settings][] = [
		["of a client of version 3", {}],
		["of a client of version 2, whose statuses have no text", { version: 2 }],
		["when only errors are logged", { level: Level.ERROR }],
		["when nothing is logged", { level: Level.QUIET }],
		["when other requests are denied", { denied: "read,open" }],
		["that are allowed", { allowed: "lstat,stat" }],
	];
	for (const [criterion, settings] of taken) {
		it(`are served ${criterion}`, (test) => {
			const parts = new Parts(test, settings);
			const packets = plain();
			parts.put(...packets);
			assert.equal(parts.run(), packets.length);
			assert.equal(parts.run(), 0);
			assert.deepEqual([parts.replies(), parts.lines], dispatched(test, settings, packets));
		});
	}

	it("are served when a NUL ends the path or bytes follow it", (test) => {
		const parts = new Parts(test, {});
		const packets = [
			packet(FXP.STAT, 9, at("file"), { raw: Buffer.of(0) }),
			packet(FXP.LSTAT, 9, `${at("file")}\0`),
		];
		parts.put(...packets);
		assert.equal(parts.run(), 2);
		assert.deepEqual(parts.replies(), dispatched(test, {}, packets)[0]);
	});

	it("are served up to the requested number, and then from there", (test) => {
		const parts = new Parts(test, {});
		const packets = plain();
		parts.put(...packets);
		assert.deepEqual([parts.run(0), parts.run(1), parts.run(4)], [0, 1, 4]);
		assert.equal(parts.run(), packets.length - 5);
		assert.deepEqual([parts.replies(), parts.lines], dispatched(test, {}, packets));
	});

	const left: readonly [criterion: string, settings: Settings][] = [
		["when each is logged", { level: Level.VERBOSE }],
		["when one of them is denied", { denied: "lstat" }],
		["when one of them is not allowed", { allowed: "stat" }],
	];
	for (const [criterion, settings] of left) {
		it(`are left to the dispatcher ${criterion}`, (test) => {
			const parts = new Parts(test, settings);
			parts.put(...plain());
			assert.equal(parts.run(), 0);
		});
	}

	it("are left to the dispatcher before INIT", (test) => {
		const parts = new Parts(test, { version: "none" });
		parts.put(stat("file"));
		assert.equal(parts.run(), 0);
	});

	const path = (): Buffer => Buffer.concat([uint32(4), Buffer.from("file")]);
	const ends: readonly [criterion: string, next: () => Buffer][] = [
		["a request of another kind", () => packet(FXP.READLINK, 9, at("link"))],
		[
			"a path longer than its packet",
			() => packet(FXP.STAT, 9, { raw: uint32(5) }, { raw: Buffer.from("file") }),
		],
		["a path that extends into the next packet", () => packet(FXP.STAT, 9, { raw: path().subarray(0, 7) })],
		["a path with a NUL in it", () => packet(FXP.STAT, 9, "fi\0le")],
		["an incomplete packet", () => stat("file").subarray(0, 20)],
		["a packet of only a type", () => packet(FXP.STAT)],
		["an empty packet", () => uint32(0)],
		["another INIT", () => INIT],
		["a packet that is too long", () => packet(FXP.STAT, 9, Buffer.alloc(262_144, "x"))],
	];
	for (const [criterion, next] of ends) {
		it(`end before ${criterion}`, (test) => {
			const parts = new Parts(test, {});
			parts.put(stat("file"), lstat("link"), next(), stat("file"));
			assert.equal(parts.run(), 2);
			assert.equal(parts.run(), 0);
			assert.deepEqual(parts.replies(), dispatched(test, {}, [stat("file"), lstat("link")])[0]);
		});
	}

	it("wait after the pages of a READ", (test) => {
		const read = (at: bigint): Buffer => packet(FXP.READ, 3, handle(0), at, 16_384);
		/* Pages are spliced only after a READ got all it asked for. */
		const first = [packet(FXP.OPEN, 2, at("file"), FXF.READ, attrs()), read(0n), read(0n)];
		const parts = new Parts(test, {});
		parts.put(...first);
		parts.dispatch();
		parts.put(stat("file"), lstat("link"));
		assert.equal(parts.run(), 0);
		const opened = parts.replies();
		assert.equal(parts.run(), 2);
		const replies = Buffer.concat([opened, parts.replies()]);
		assert.deepEqual(replies, dispatched(test, {}, [...first, stat("file"), lstat("link")])[0]);
	});
});
