/*
 * Creates the sink that the options ask for: syslog, standard error with -e, or
 * JSON to standard error or a file.
 */
import { addon } from "../posix/addon.ts";
import { type ByteString, toBytes } from "../posix/byte-string.ts";
import { strerror } from "../posix/errno.ts";
import { type LocalTime, localTime } from "../posix/local-date.ts";
import { writeToStderr } from "../posix/stderr.ts";
import { escapeLine } from "./escape.ts";
import { logFileFailed } from "./events/server.ts";
import { Level } from "./levels.ts";
import { openLogFile } from "./log-file.ts";
import { Logger, type Sink } from "./logger.ts";
import { StderrSink } from "./stderr.ts";
import { SyslogSink } from "./syslog.ts";
import type { SystemPath } from "./system-paths.ts";

export interface SinkSettings {
	readonly logToStderr: boolean;
	readonly logFormat: "text" | "json";
	readonly logFile?: ByteString;
	readonly facility: number;
	readonly ident: string;
	readonly user: ByteString;
	readonly clientAddress: ByteString;
	/** For JSON lines of a rooted client. */
	readonly systemPath?: SystemPath;
}

/** Returns the sink or, if the log file is refused, one sentence for standard error with its line end. */
export function createSink(settings: SinkSettings): Sink | string {
	if (settings.logFormat === "json") return createJsonSink(settings);
	if (settings.logToStderr) return new StderrSink(writeToStderr);
	return createSyslogSink(settings);
}

function createSyslogSink({ ident, facility }: SinkSettings): SyslogSink {
	return new SyslogSink({
		ident,
		facility,
		pid: process.pid,
		send: (datagram) => addon.syslogSend(datagram, 0, datagram.length),
		localTime: localTimeNow,
	});
}

function localTimeNow(epochSeconds: number): LocalTime {
	return localTime(epochSeconds) ?? { year: 1970, month: 0, day: 1, hour: 0, minute: 0, second: 0 };
}

function createJsonSink(settings: SinkSettings): Sink | string {
	/* Loads pino. */
	const { JsonSink }: typeof import("./json.ts") = require("./json.ts");
	const context = {
		pid: process.pid,
		user: toBytes(settings.user),
		address: toBytes(settings.clientAddress),
		...(settings.systemPath === undefined ? {} : { systemPath: settings.systemPath }),
	};
	const { logFile } = settings;
	if (logFile === undefined) return new JsonSink({ ...context, write: writeToStderr });
	const file = openLogFile(toBytes(logFile));
	if (typeof file === "string")
		return `${settings.ident}: --log-file can't be "${escapeLine(logFile)}": ${file}\n`;
	/* Goes to syslog: a file that accepts no more lines can't report that itself. */
	const syslog = new Logger(Level.ERROR, createSyslogSink(settings));
	return new JsonSink({
		...context,
		write: (bytes) => addon.write(file, bytes, 0, bytes.length),
		failed: (errno) => syslog.log(logFileFailed, logFile, strerror(errno)),
	});
}
