// The JSON sink of --log-format json: one object for each event, through pino,
// to stderr or to a log file. pino is loaded when the sink is made and writes to
// a destination of ours, so that no worker thread is started and no failing
// write throws. Lost lines are counted and told before the next one.
import { isUtf8 } from "node:buffer";
import { constants, openSync } from "node:fs";
import type { Description, FieldValue } from "./event.ts";
import { logLinesDropped } from "./events/server.ts";
import { Level, levelName } from "./levels.ts";
import type { Sink } from "./logger.ts";
import { type WriteBytes, writeWhole } from "./stderr.ts";

export interface JsonOptions {
	/** What every line says besides its event: user and address are bytes, from passwd and SSH_CONNECTION. */
	readonly pid: number;
	readonly user: Buffer;
	readonly address: Buffer;
	/** Must not block. */
	readonly write: WriteBytes;
	/** Told the errno when a line is lost after one that was not. */
	failed?(errno: number): void;
}

export class JsonSink implements Sink {
	readonly #options: JsonOptions;
	readonly #line: LineWriter;
	#dropped = 0;
	#lineIsCut = false;

	constructor(options: JsonOptions) {
		this.#options = options;
		this.#line = createLineWriter(options, (line) => this.#deliver(line));
	}

	write(level: Level, name: string, description: Description): void {
		if (this.#dropped > 0) this.#reportDropped();
		this.#line(level, name, description.fields);
	}

	// A notice that is lost too is no lost line.
	#reportDropped(): void {
		const count = this.#dropped;
		this.#line(logLinesDropped.level, logLinesDropped.name, logLinesDropped.describe(count).fields);
		this.#dropped = this.#dropped > count ? count : 0;
	}

	// A full disk may take a part of a line. The next line then starts on a line
	// of its own, so that a reader loses no more than the one.
	#deliver(line: string): void {
		const start = this.#lineIsCut ? "\n" : "";
		const bytes = Buffer.from(start + line, "utf8");
		let errno = 0;
		const done = writeWhole((rest) => {
			const result = this.#options.write(rest);
			errno = Math.max(-result, 0);
			return result;
		}, bytes);
		if (done === bytes.length) {
			this.#lineIsCut = false;
			return;
		}
		if (done > 0) this.#lineIsCut = done > start.length;
		this.#dropped++;
		if (this.#dropped === 1) this.#options.failed?.(errno);
	}
}

/**
 * Opens the file of --log-file for appending, making it with mode 0600, and
 * returns its descriptor, which never blocks (a FIFO without a reader is an
 * error). Throws Node's error for a failing open.
 */
export function openLogFile(path: Buffer): number {
	const { O_WRONLY, O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK } = constants;
	return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, 0o600);
}

type LineWriter = (level: Level, event: string, fields: Description["fields"]) => void;

// The logger has chosen by level already, so pino's is the lowest; the lines hold the names.
const PINO_LEVELS = {
	debug3: Level.DEBUG3,
	debug2: Level.DEBUG2,
	debug1: Level.DEBUG1,
	verbose: Level.VERBOSE,
	info: Level.INFO,
	error: Level.ERROR,
	fatal: Level.FATAL,
	quiet: Level.QUIET,
};

function createLineWriter(options: JsonOptions, deliver: (line: string) => void): LineWriter {
	// The lazy edge to pino: only this call loads it, also inside the bundle.
	const { pino }: typeof import("pino") = require("pino");
	const logger = pino(
		{
			customLevels: PINO_LEVELS,
			useOnlyCustomLevels: true,
			level: "debug3",
			levelComparison: "DESC",
			base: { pid: options.pid, ...jsonFields({ user: options.user, address: options.address }) },
			timestamp: pino.stdTimeFunctions.isoTime,
			formatters: { level: (level) => ({ level }) },
		},
		{ write: deliver },
	);
	return (level, event, fields) => logger[levelName(level)]({ event, ...jsonFields(fields) });
}

/**
 * Fields as JSON can hold them without loss: bytes become text, and where they
 * are not UTF-8 a second field NAMEBase64 has them exactly; integers that a
 * double can't hold become decimal strings.
 */
export function jsonFields(
	fields: Readonly<Record<string, FieldValue>>,
): Record<string, string | number | boolean> {
	const result: Record<string, string | number | boolean> = {};
	for (const [name, value] of Object.entries(fields)) {
		if (Buffer.isBuffer(value)) {
			result[name] = value.toString("utf8");
			if (!isUtf8(value)) result[`${name}Base64`] = value.toString("base64");
		} else if (typeof value === "bigint") {
			const number = Number(value);
			result[name] = Number.isSafeInteger(number) ? number : value.toString();
		} else if (value !== undefined) {
			result[name] = value;
		}
	}
	return result;
}
