/*
 * One session of the server's modules in this process, on a host that the fuzzer
 * provides: a file with the client's bytes, and a pipe whose reader is in this
 * process too, so that the input alone decides the order of everything. Its exit
 * throws.
 */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { DirectNamespace } from "../../src/files/direct.ts";
import { JsonSink } from "../../src/log/json.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger, type Sink } from "../../src/log/logger.ts";
import { StderrSink } from "../../src/log/stderr.ts";
import { addon } from "../../src/posix/addon.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { errno } from "../../src/posix/errno.ts";
import { userById } from "../../src/posix/users.ts";
import { type Host, processHost } from "../../src/server/host.ts";
import { serve } from "../../src/server/serve.ts";
import { Policy } from "../../src/session/policy.ts";
import { Rules } from "../../src/session/rules.ts";
import type { FuzzInput } from "./input.ts";
import type { Observation } from "./judge.ts";
import { policyOf } from "./policy.ts";

const INPUT_FILE = "/mnt/io/input";
const OUTPUT_FILE = "/mnt/io/output";
const LINES_KEPT = 200;
const POLLOUT = 4;

/** Thrown by the host's exit. */
class Exited extends Error {
	readonly status: number;

	constructor(status: number) {
		super(`exit ${status}`);
		this.status = status;
	}
}

/** Runs the session. Never throws: an exception by a bug becomes the observed ending. */
export function runInside(input: FuzzInput): Observation {
	const before = openDescriptors();
	const log = new LogText();
	const streams = new Streams(input);
	let end: number | string = "returned";
	try {
		serve(settingsOf(input, log), streams.host());
	} catch (error) {
		end = error instanceof Exited ? error.status : `an exception: ${stackOf(error)}`;
	}
	const output = streams.finish();
	for (const fd of openDescriptors()) if (!before.has(fd)) addon.close(fd);
	return { end, output, log: log.text };
}

function settingsOf({ args }: FuzzInput, text: LogText): Parameters<typeof serve>[0] {
	const user = userById(process.getuid?.() ?? 0);
	if (user === undefined) throw new Error("this process's user has no name");
	const log = new Logger(args.includes("info") ? Level.INFO : Level.DEBUG3, text.sink(args));
	const { readOnly, denied, allowed } = policyOf(args);
	const policy = new Policy(readOnly, denied, allowed);
	const namespace = new DirectNamespace();
	return {
		user,
		clientAddress: asByteString("UNKNOWN"),
		policy,
		rules: new Rules(),
		log,
		namespace,
		startDirectory: undefined,
	};
}

/** The log's text, or its last lines if it is long. */
class LogText {
	#lines: string[] = [];

	get text(): string {
		return this.#lines.join("");
	}

	sink(args: readonly string[]): Sink {
		const write = (bytes: Buffer): number => {
			this.#lines.push(bytes.toString("latin1"));
			if (this.#lines.length > 2 * LINES_KEPT) this.#lines = this.#lines.slice(-LINES_KEPT);
			return bytes.length;
		};
		if (!args.includes("json")) return new StderrSink(write);
		return new JsonSink({ pid: 1, user: Buffer.from("user"), address: Buffer.from("UNKNOWN"), write });
	}
}

/** Standard input and output, as the server's calls see them. */
class Streams {
	readonly #input: FuzzInput;
	readonly #in: number;
	readonly #out: number;
	/** The pipe's read end; undefined when the output is a file. */
	readonly #reader: number | undefined;
	readonly #received: Buffer[] = [];
	readonly #space = Buffer.allocUnsafeSlow(1 << 20);
	#calls = 0;
	#pieces = 0;
	#takes = 0;
	#hungUp = false;

	constructor(input: FuzzInput) {
		this.#input = input;
		const file = openSync(INPUT_FILE, "w");
		writeSync(file, input.bytes);
		closeSync(file);
		this.#in = openSync(INPUT_FILE, "r");
		if (input.output === "file") {
			this.#out = openSync(OUTPUT_FILE, "w");
			return;
		}
		const ends = new Uint32Array(2);
		if (addon.pipe(ends) < 0) throw new Error("no pipe");
		const [readEnd = -1, writeEnd = -1] = ends;
		this.#reader = readEnd;
		this.#out = writeEnd;
	}

	/** The host that the session gets instead of its process. */
	host(): Host {
		return {
			...processHost,
			input: this.#in,
			output: this.#out,
			read: (_fd, to, offset, length) => this.#read(to, offset, length),
			write: (fd, from, offset, length) =>
				this.#put(length, (some) => processHost.write(fd, from, offset, some)),
			splice: (from, to, length) => this.#put(length, (some) => processHost.splice(from, to, some)),
			poll: (inFd, inEvents, outFd, outEvents) => this.#poll(inFd, inEvents, outFd, outEvents),
			stopwatchWaited: (calls) => this.#input.slow || processHost.stopwatchWaited(calls),
			exit: (status) => {
				throw new Exited(status);
			},
		};
	}

	/** What the client received, once the server has ended. */
	finish(): Buffer {
		if (this.#reader === undefined) return readFileSync(OUTPUT_FILE);
		while (this.#take(this.#space.length) > 0);
		return Buffer.concat(this.#received);
	}

	/** Sometimes -EINTR or -EAGAIN, otherwise undefined. */
	#disturbance(): number | undefined {
		const { disturbEvery } = this.#input;
		this.#calls++;
		if (disturbEvery === 0 || this.#calls % (disturbEvery + 1) !== 0) return undefined;
		return (this.#calls & 4) === 0 ? -errno.EINTR : -errno.EAGAIN;
	}

	#read(to: Buffer, offset: number, length: number): number {
		const { pieces } = this.#input;
		const piece = pieces[this.#pieces++ % pieces.length] ?? length;
		return this.#disturbance() ?? processHost.read(this.#in, to, offset, Math.min(length, piece));
	}

	/** Writes a part, or nothing. */
	#put(length: number, write: (length: number) => number): number {
		const { pieces } = this.#input;
		const part = this.#input.disturbEvery === 0 ? length : (pieces[this.#calls % pieces.length] ?? length);
		return this.#disturbance() ?? write(Math.min(length, part));
	}

	/** Only the reader in this process can make room in the output, so it reads first. */
	#poll(inFd: number, inEvents: number, outFd: number, outEvents: number): number {
		for (;;) {
			if (outFd === this.#out) this.#takeNext();
			const events = addon.poll(inFd, inEvents, outFd, outEvents, 0);
			if (events !== 0 || (outEvents & POLLOUT) === 0) return events;
		}
	}

	#takeNext(): void {
		const { takes } = this.#input;
		const most = takes[this.#takes++ % takes.length] ?? 1;
		if (most === 0 && !this.#hungUp && this.#reader !== undefined) {
			this.#hungUp = true;
			addon.close(this.#reader);
		} else this.#take(most);
	}

	#take(most: number): number {
		if (this.#hungUp || this.#reader === undefined) return 0;
		const count = addon.read(this.#reader, this.#space, 0, Math.min(most, this.#space.length));
		if (count > 0) this.#received.push(Buffer.from(this.#space.subarray(0, count)));
		return count;
	}
}

function openDescriptors(): Set<number> {
	const listed = readdirSync("/proc/self/fd").map(Number);
	/* One of them was the listing's own descriptor. */
	return new Set(listed.filter((fd) => addon.descriptorType(fd) >= 0));
}

function stackOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
