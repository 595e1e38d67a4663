/*
 * Events of SETSTAT, FSETSTAT and lsetstat: one for the request, then one for each
 * attribute before it is changed. Texts: sftp-server.c process_setstat,
 * process_fsetstat, process_extended_lsetstat; that of attributes-kept is ours.
 */
import type { U64 } from "../../wire/u64.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, octal, signed, unsigned } from "../printf.ts";

export const setstat = defineEvent("setstat", Level.DEBUG1, (request: number, path: Buffer) => ({
	text: `request ${unsigned(request)}: setstat name "${bytes(path)}"`,
	fields: { request, path },
}));

export const lsetstat = defineEvent("lsetstat", Level.DEBUG1, (request: number, path: Buffer) => ({
	text: `request ${unsigned(request)}: lsetstat name "${bytes(path)}"`,
	fields: { request, path },
}));

export const fsetstat = defineEvent("fsetstat", Level.DEBUG1, (request: number, handle: number) => ({
	text: `request ${unsigned(request)}: fsetstat handle ${signed(handle)}`,
	fields: { request, handle: handleField(handle) },
}));

export const setSize = defineEvent("set-size", Level.INFO, (path: Buffer, bytesWanted: U64) => {
	const size = bytesWanted.toBigInt();
	return { text: `set "${bytes(path)}" size ${size}`, fields: { path, size } };
});

/** `mode` is the client's value, including file type bits. */
export const setMode = defineEvent("set-mode", Level.INFO, (path: Buffer, mode: number) => ({
	text: `set "${bytes(path)}" mode ${octal(mode, 4)}`,
	fields: { path, mode: octal(mode, 4) },
}));

/** `localTime` is the mtime as YYYYMMDD-HH:MM:SS, `mtimeSeconds` the same since 1970. */
export const setModtime = defineEvent(
	"set-modtime",
	Level.INFO,
	(path: Buffer, localTime: string, mtimeSeconds: number) => ({
		text: `set "${bytes(path)}" modtime ${localTime}`,
		fields: { path, mtimeSeconds },
	}),
);

export const setOwner = defineEvent("set-owner", Level.INFO, (path: Buffer, uid: number, gid: number) => ({
	text: `set "${bytes(path)}" owner ${unsigned(uid)} group ${unsigned(gid)}`,
	fields: { path, uid, gid },
}));

/** Changes that are reported as successful but not made, because of the session's rules. */
export const attributesKept = defineEvent(
	"attributes-kept",
	Level.VERBOSE,
	(path: Buffer, attributes: readonly string[]) => ({
		text: `keep ${attributes.join(" ")} of "${bytes(path)}"`,
		fields: { path, attributes: attributes.join(",") },
	}),
);
