/*
 * The sink of -e: OpenSSH's text on standard error, without time, program name
 * and the prefixes fatal and error. Lines end in CR LF because sshd passes them to
 * a terminal in raw mode (log.c do_log). Lines that standard error does not accept
 * are counted and reported before the next one that it accepts.
 */
import { escapeLine, TEXT_LIMIT } from "./escape.ts";
import type { Description } from "./event.ts";
import { logLinesDropped } from "./events/server.ts";
import { type Level, prefix } from "./levels.ts";
import type { Sink } from "./logger.ts";

/** Writes all or some of the bytes; returns their number or -errno. Does not keep the buffer. */
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
		/* The line end must fit into OpenSSH's buffer too. */
		const escaped = escapeLine(prefix(level, true) + text).slice(0, TEXT_LIMIT - 2);
		const bytes = Buffer.from(`${escaped}\r\n`, "latin1");
		return writeWhole(this.#write, bytes) === bytes.length;
	}
}

/** Writes until all bytes are written or a write fails; returns the number written. */
export function writeWhole(write: WriteBytes, bytes: Buffer): number {
	let done = 0;
	while (done < bytes.length) {
		const count = write(bytes.subarray(done));
		if (count <= 0) break;
		done += count;
	}
	return done;
}
