/*
 * The type of a log event: a name for programs, a level, and a function that
 * turns the event's arguments into OpenSSH's text and the fields of a JSON line.
 * The events are in events/; the sinks decide where they go.
 */
import type { Level } from "./levels.ts";

/** A field of a JSON line. A Buffer holds bytes such as a path; undefined leaves the field out. */
export type FieldValue = string | number | bigint | boolean | Buffer | undefined;

/** One occurrence of an event. */
export interface Description {
	/** OpenSSH's text without its level prefix, unescaped, one character per byte. */
	readonly text: string;
	readonly fields: Readonly<Record<string, FieldValue>>;
}

/** A kind of event. `describe` runs only when the event's level is enabled. */
export interface EventType<A extends readonly unknown[]> {
	readonly name: string;
	readonly level: Level;
	describe(...args: A): Description;
}

export function defineEvent<A extends readonly unknown[]>(
	name: string,
	level: Level,
	describe: (...args: A) => Description,
): EventType<A> {
	return { name, level, describe };
}
