/*
 * Events that OpenSSH's sftp-server does not have: internal failures, lost log
 * lines, signals, the sandbox and confinement.
 */
import type { ByteString } from "../../posix/byte-string.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, field } from "../printf.ts";

/** The number of lines lost since the last one that the log accepted. */
export const logLinesDropped = defineEvent("log-lines-dropped", Level.ERROR, (count: number) => ({
	text: `${count} log ${count === 1 ? "line" : "lines"} dropped`,
	fields: { count },
}));

/** A bug in the server; ends the session with status 255. `stack` is a JavaScript string, not a byte string. */
export const internalError = defineEvent("internal-error", Level.FATAL, (stack: string) => ({
	text: `internal error: ${Buffer.from(stack, "utf8").toString("latin1")}`,
	fields: { stack },
}));

export const logFileFailed = defineEvent(
	"log-file-failed",
	Level.ERROR,
	(path: ByteString, reason: string) => ({
		text: `log file "${path}": ${reason}`,
		fields: { path: field(path), reason },
	}),
);

/** The session runs without the sandbox because of --no-sandbox. */
export const sandboxOff = defineEvent("sandbox-off", Level.INFO, () => ({
	text: "sandbox is off",
	fields: {},
}));

/** The sandbox can't be set up; ends the session. */
export const sandboxFailed = defineEvent("sandbox-failed", Level.FATAL, (reason: string) => ({
	text: `unable to set up the sandbox: ${reason}`,
	fields: { reason },
}));

/** Somebody has opened node's debugger with SIGUSR1 before the session; the session ends. */
export const debuggerOpen = defineEvent("debugger-open", Level.FATAL, () => ({
	text: "node's debugger is open; refusing to serve",
	fields: {},
}));

/** A directory that --confine opens to the client. */
export const confined = defineEvent(
	"confined",
	Level.VERBOSE,
	(directory: Buffer, access: "read-write" | "read-only") => ({
		text: `confined to "${bytes(directory)}" ${access}`,
		fields: { path: directory, access },
	}),
);

/** The session can't be confined as --confine asks; ends the session. */
export const confineFailed = defineEvent(
	"confine-failed",
	Level.FATAL,
	(directory: Buffer, reason: string) => ({
		text: `unable to confine the session to "${bytes(directory)}": ${reason}`,
		fields: { path: directory, reason },
	}),
);

/** The directory that --root shows to the client as "/". */
export const rooted = defineEvent(
	"rooted",
	Level.VERBOSE,
	(directory: Buffer, access: "read-write" | "read-only") => ({
		text: `rooted in "${bytes(directory)}" ${access}`,
		fields: { path: directory, access },
	}),
);

/** The session can't be rooted as --root asks; ends the session. */
export const rootFailed = defineEvent("root-failed", Level.FATAL, (directory: Buffer, reason: string) => ({
	text: `unable to root the session in "${bytes(directory)}": ${reason}`,
	fields: { path: directory, reason },
}));

/** A signal that ends the session, such as SIGTERM. */
export const signalReceived = defineEvent("signal-received", Level.INFO, (signal: string) => ({
	text: `received signal ${signal}`,
	fields: { signal },
}));

/** An item of -p or -P that matches no request name; the session does not start. */
export const unknownRequestName = defineEvent("unknown-request-name", Level.FATAL, (item: ByteString) => ({
	text: `no request matches "${item}"`,
	fields: { item: field(item) },
}));
