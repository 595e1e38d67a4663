/*
 * The JSON sink of --log-format json: one object per event, formatted by pino, to
 * standard error or a log file. pino is loaded when the sink is created and writes
 * to our own destination, so that no worker thread starts and no failed write
 * throws. Lost lines are counted and reported before the next one.
 */
import type { Description } from "./event.ts";
import { logLinesDropped } from "./events/server.ts";
import { escapeInvisible, jsonFields } from "./json-text.ts";
import { Level, levelName } from "./levels.ts";
import type { Sink } from "./logger.ts";
import { type WriteBytes, writeWhole } from "./stderr.ts";
import { type SystemPath, withSystemPaths } from "./system-paths.ts";

export interface JsonOptions {
	/** Fields of every line. User and address are bytes, from the user database and SSH_CONNECTION. */
	readonly pid: number;
	readonly user: Buffer;
	readonly address: Buffer;
	/** For a rooted client. */
	readonly systemPath?: SystemPath;
	/** Must not block. */
	readonly write: WriteBytes;
	/** Called with the errno when a line is lost after one that was not. */
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
		const { systemPath } = this.#options;
		const { fields } = description;
		this.#line(level, name, systemPath === undefined ? fields : withSystemPaths(name, fields, systemPath));
	}

	/** A lost notice does not count as a lost line. */
	#reportDropped(): void {
		const count = this.#dropped;
		this.#line(logLinesDropped.level, logLinesDropped.name, logLinesDropped.describe(count).fields);
		this.#dropped = this.#dropped > count ? count : 0;
	}

	/** A full disk may accept part of a line. The next one then begins on a new line, so that only one is damaged. */
	#deliver(line: string): void {
		const start = this.#lineIsCut ? "\n" : "";
		const bytes = Buffer.from(start + escapeInvisible(line), "utf8");
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

type LineWriter = (level: Level, event: string, fields: Description["fields"]) => void;

/** The logger has filtered by level, so pino's level is the lowest. Lines contain the names. */
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
	/* Loads pino, also inside the bundle. */
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
