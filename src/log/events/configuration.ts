/* Events of a configuration file that ends the session; it is read before a log of the session's is open. */
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";

/** `text` names the file, and line and column where there is one; a byte string, as `file`. */
export const configurationRefused = defineEvent("configuration-refused", Level.FATAL, (text: string) => ({
	text,
	fields: { reason: Buffer.from(text, "latin1") },
}));
