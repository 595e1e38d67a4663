/*
 * Events of a session: its beginning and end, its streams, INIT, and refusals.
 * Texts: sftp-server.c main, process, process_init, request_permitted.
 */
import type { ByteString } from "../../posix/byte-string.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { field } from "../printf.ts";

export const sessionOpened = defineEvent(
	"session-opened",
	Level.INFO,
	(user: ByteString, address: ByteString) => ({
		text: `session opened for local user ${user} from [${address}]`,
		fields: {},
	}),
);

export const sessionClosed = defineEvent(
	"session-closed",
	Level.INFO,
	(user: ByteString, address: ByteString) => ({
		text: `session closed for local user ${user} from [${address}]`,
		fields: {},
	}),
);

export const malformedConnection = defineEvent("malformed-connection", Level.ERROR, (value: ByteString) => ({
	text: `Malformed SSH_CONNECTION variable: "${value}"`,
	fields: { value: field(value) },
}));

/** `reason` is the text of strerror, here and in the events below. */
export const chdirFailed = defineEvent(
	"chdir-failed",
	Level.ERROR,
	(directory: ByteString, reason: string) => ({
		text: `chdir to "${directory}" failed: ${reason}`,
		fields: { path: field(directory), reason },
	}),
);

export const undumpableFailed = defineEvent("undumpable-failed", Level.FATAL, (reason: string) => ({
	text: `unable to make the process undumpable: ${reason}`,
	fields: { reason },
}));

export const readEof = defineEvent("read-eof", Level.DEBUG1, () => ({ text: "read eof", fields: {} }));

export const writeEof = defineEvent("write-eof", Level.DEBUG1, () => ({ text: "write eof", fields: {} }));

export const inputFailed = defineEvent("input-failed", Level.ERROR, (reason: string) => ({
	text: `read: ${reason}`,
	fields: { reason },
}));

export const outputFailed = defineEvent("output-failed", Level.ERROR, (reason: string) => ({
	text: `write: ${reason}`,
	fields: { reason },
}));

export const pollFailed = defineEvent("poll-failed", Level.ERROR, (reason: string) => ({
	text: `poll: ${reason}`,
	fields: { reason },
}));

/** A length above the limit; ends the session with status 11. */
export const badMessage = defineEvent(
	"bad-message",
	Level.ERROR,
	(address: ByteString, user: ByteString) => ({
		text: `bad message from ${address} local user ${user}`,
		fields: {},
	}),
);

export const clientVersion = defineEvent("client-version", Level.VERBOSE, (version: number) => ({
	text: `received client version ${version}`,
	fields: { version },
}));

/** `extension` is the name in the packet, such as limits@openssh.com. */
export const extensionNotAdvertised = defineEvent(
	"extension-not-advertised",
	Level.DEBUG2,
	(extension: string) => ({
		text: `compose_extension: refusing to advertise disallowed extension ${extension}`,
		fields: { extension },
	}),
);

export const requestBeforeInit = defineEvent("request-before-init", Level.FATAL, (type: number) => ({
	text: `Received ${type} request before init`,
	fields: { type },
}));

export const extendedBeforeInit = defineEvent("extended-before-init", Level.FATAL, () => ({
	text: "Received extended request before init",
	fields: {},
}));

/** `operation`, here and below, is the short name that -p and -P take. */
export const refusedReadOnly = defineEvent("refused-read-only", Level.VERBOSE, (operation: string) => ({
	text: `Refusing ${operation} request in read-only mode`,
	fields: { operation },
}));

export const refusedDenylisted = defineEvent("refused-denylisted", Level.VERBOSE, (operation: string) => ({
	text: `Refusing denylisted ${operation} request`,
	fields: { operation },
}));

export const refusedNotAllowlisted = defineEvent(
	"refused-not-allowlisted",
	Level.VERBOSE,
	(operation: string) => ({
		text: `Refusing non-allowlisted ${operation} request`,
		fields: { operation },
	}),
);

export const permittedAllowlisted = defineEvent(
	"permitted-allowlisted",
	Level.DEBUG2,
	(operation: string) => ({
		text: `Permitting allowlisted ${operation} request`,
		fields: { operation },
	}),
);
