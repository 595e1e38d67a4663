// What a log event is: a name for machines, a level, and a function that makes
// OpenSSH's text and the fields of the JSON line from the event's arguments. The
// events themselves are in events/, where they go is the sinks' matter.
import type { Level } from "./levels.ts";

/** A field of a JSON line. A Buffer is bytes such as a path, undefined leaves the field out. */
export type FieldValue = string | number | bigint | boolean | Buffer | undefined;

/** What is said about one occurrence of an event. */
export interface Description {
	/** OpenSSH's text without its level prefix, unescaped, one char per byte. */
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
