/*
 * The logger: checks an event's level, lets enabled events describe themselves, and
 * passes the description to its sink, which formats, escapes and delivers it.
 */
import type { Description, EventType } from "./event.ts";
import type { Level } from "./levels.ts";

/** Where events go. A sink never throws, blocks or ends a session: it drops what it can't deliver. */
export interface Sink {
	write(level: Level, name: string, description: Description): void;
}

export class Logger {
	readonly level: Level;
	readonly #sink: Sink;

	/** Writes events up to and including `level`. */
	constructor(level: Level, sink: Sink) {
		this.level = level;
		this.#sink = sink;
	}

	/** Whether events of this level are written; for callers whose arguments are costly. */
	enabled(level: Level): boolean {
		return level <= this.level;
	}

	/** Writes the event. Costs one comparison when its level is not enabled. */
	log<A extends readonly unknown[]>(type: EventType<A>, ...args: A): void {
		if (type.level > this.level) return;
		this.#sink.write(type.level, type.name, type.describe(...args));
	}
}
