/* The event of an invalid configuration file, which ends the session before its log is open. */
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";

/** `text` names the file and, if there is one, the line and column; a byte string. */
export const configurationRefused = defineEvent("configuration-refused", Level.FATAL, (text: string) => ({
	text,
	fields: { reason: Buffer.from(text, "latin1") },
}));
