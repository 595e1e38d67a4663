/*
 * Events of parsing the command line and of expanding ~user, also in expand-path. Texts:
 * sftp-server.c sftp_server_main, misc.c tilde_expand and vdollar_percent_expand.
 */
import type { ByteString } from "../../posix/byte-string.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { field } from "../printf.ts";

export const invalidLogLevel = defineEvent("invalid-log-level", Level.ERROR, (value: ByteString) => ({
	text: `Invalid log level "${value}"`,
	fields: { value: field(value) },
}));

export const invalidLogFacility = defineEvent("invalid-log-facility", Level.ERROR, (value: ByteString) => ({
	text: `Invalid log facility "${value}"`,
	fields: { value: field(value) },
}));

export const allowlistAlreadySet = defineEvent("allowlist-already-set", Level.FATAL, () => ({
	text: "Permitted requests already set",
	fields: {},
}));

export const denylistAlreadySet = defineEvent("denylist-already-set", Level.FATAL, () => ({
	text: "Refused requests already set",
	fields: {},
}));

export const invalidUmask = defineEvent("invalid-umask", Level.FATAL, (value: ByteString) => ({
	text: `Invalid umask "${value}"`,
	fields: { value: field(value) },
}));

export const noSuchUser = defineEvent("no-such-user", Level.ERROR, (user: ByteString) => ({
	text: `tilde_expand: No such user ${user}`,
	fields: { name: field(user) },
}));

export const pathTooLong = defineEvent("path-too-long", Level.ERROR, () => ({
	text: "tilde_expand: Path too long",
	fields: {},
}));

/** `key` is the byte after the percent sign. */
export const unknownPercentKey = defineEvent("unknown-percent-key", Level.ERROR, (key: ByteString) => ({
	text: `vdollar_percent_expand: unknown key %${key}`,
	fields: { key: field(key) },
}));

/** A percent sign ends the text. */
export const invalidPercentFormat = defineEvent("invalid-percent-format", Level.ERROR, () => ({
	text: "vdollar_percent_expand: invalid format",
	fields: {},
}));

export const percentExpandFailed = defineEvent("percent-expand-failed", Level.FATAL, () => ({
	text: "percent_expand: failed",
	fields: {},
}));
