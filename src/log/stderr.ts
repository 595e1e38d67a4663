// The sink of -e: OpenSSH's text on stderr, without time, program name and the
// prefixes fatal and error; lines end in CR LF because sshd hands them to a
// terminal in raw mode (log.c do_log). Lines that stderr does not take are counted
// and reported with the next one that it takes.

import { escapeForStderr, TEXT_LIMIT } from "./escape.ts";
import type { Description } from "./event.ts";
import { logLinesDropped } from "./events/server.ts";
import { type Level, prefix } from "./levels.ts";
import type { Sink } from "./logger.ts";

/** Writes all or part of the bytes, returns their number or a negative errno; does not keep the buffer. */
export type WriteBytes = (bytes: Buffer) => number;

export class StderrSink implements Sink {
	readonly #write: WriteBytes;
	#dropped = 0;

	constructor(write: WriteBytes) {
		this.#write = write;
	}

	write(level: Level, _name: string, description: Description): void {
		if (
			this.#dropped > 0 &&
			this.#line(logLinesDropped.level, logLinesDropped.describe(this.#dropped).text)
		) {
			this.#dropped = 0;
		}
		if (!this.#line(level, description.text)) this.#dropped++;
	}

	#line(level: Level, text: string): boolean {
		// Two bytes less than the limit: the line end has to fit into OpenSSH's buffer.
		const escaped = escapeForStderr(prefix(level, true) + text).slice(0, TEXT_LIMIT - 2);
		const bytes = Buffer.from(`${escaped}\r\n`, "latin1");
		return writeWhole(this.#write, bytes) === bytes.length;
	}
}

/** Writes until all is written or a write fails; returns the number of bytes written. */
export function writeWhole(write: WriteBytes, bytes: Buffer): number {
	let done = 0;
	while (done < bytes.length) {
		const count = write(bytes.subarray(done));
		if (count <= 0) break;
		done += count;
	}
	return done;
}
