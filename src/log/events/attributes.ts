// Events of changing attributes: SETSTAT, FSETSTAT and lsetstat, then one line
// for each attribute before it is tried. Texts are those of sftp-server.c
// process_setstat, process_fsetstat and process_extended_lsetstat.
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, handleField, octal, signed, u64, unsigned } from "../printf.ts";

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

/** The size in two halves. */
export const setSize = defineEvent(
	"set-size",
	Level.INFO,
	(path: Buffer, sizeHigh: number, sizeLow: number) => {
		const size = u64(sizeHigh, sizeLow);
		return { text: `set "${bytes(path)}" size ${size}`, fields: { path, size } };
	},
);

/** `mode` is the client's word, file type included, unmasked. */
export const setMode = defineEvent("set-mode", Level.INFO, (path: Buffer, mode: number) => ({
	text: `set "${bytes(path)}" mode ${octal(mode, 4)}`,
	fields: { path, mode: octal(mode, 4) },
}));

/** `localTime` is mtime as YYYYMMDD-HH:MM:SS in local time, `mtimeSeconds` the same since 1970. */
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
