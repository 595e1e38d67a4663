/*
 * The syslog sink: OpenSSH's text in the datagram that the C library's syslog()
 * would send. A full or missing socket must never stall a session, so lines that
 * it does not accept are counted and reported before the next one that it accepts.
 */
import { type LocalTime, MONTHS } from "../posix/local-date.ts";
import { escapeLine } from "./escape.ts";
import type { Description } from "./event.ts";
import { logLinesDropped } from "./events/server.ts";
import { type Level, prefix, severity } from "./levels.ts";
import type { Sink } from "./logger.ts";

/** The longest text of a line in bytes: OpenSSH's "%.500s", which can cut an escape. */
const TEXT_LIMIT = 500;

export interface SyslogOptions {
	/** The program's name, a byte string. */
	readonly ident: string;
	/** A code of <syslog.h> before the shift, such as FACILITY_AUTH. */
	readonly facility: number;
	readonly pid: number;
	/** Sends one datagram to /dev/log without blocking; returns -errno on failure. Does not keep the buffer. */
	send(datagram: Buffer): number;
	localTime(epochSeconds: number): LocalTime;
}

export class SyslogSink implements Sink {
	readonly #options: SyslogOptions;
	#dropped = 0;

	constructor(options: SyslogOptions) {
		this.#options = options;
	}

	write(level: Level, _name: string, description: Description): void {
		if (
			this.#dropped > 0 &&
			this.#send(logLinesDropped.level, logLinesDropped.describe(this.#dropped).text)
		) {
			this.#dropped = 0;
		}
		if (!this.#send(level, description.text)) this.#dropped++;
	}

	#send(level: Level, text: string): boolean {
		const { ident, facility, pid } = this.#options;
		const time = formatTime(this.#options.localTime(Math.floor(Date.now() / 1000)));
		const escaped = escapeLine(prefix(level, false) + text).slice(0, TEXT_LIMIT);
		const priority = (facility << 3) | severity(level);
		const datagram = Buffer.from(`<${priority}>${time} ${ident}[${pid}]: ${escaped}`, "latin1");
		return this.#options.send(datagram) >= 0;
	}
}

/** strftime's "%h %e %T" in the C locale, as in the C library's syslog(). */
function formatTime(time: LocalTime): string {
	const clock = [time.hour, time.minute, time.second].map((part) => String(part).padStart(2, "0")).join(":");
	return `${MONTHS[time.month] ?? "???"} ${String(time.day).padStart(2, " ")} ${clock}`;
}
