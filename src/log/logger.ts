// The logger: decides by level whether an event is described at all, and hands
// the description to its sink. Formatting, escaping and delivery are the sink's.
import type { Description, EventType } from "./event.ts";
import type { Level } from "./levels.ts";

/**
 * Where descriptions go. A sink never throws, never blocks and never ends a
 * session: what it can't deliver it drops.
 */
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

	/** True when events of this level are written: for callers whose arguments cost something to make. */
	enabled(level: Level): boolean {
		return level <= this.level;
	}

	/** Writes the event; one comparison and nothing else when its level is not enabled. */
	log<A extends readonly unknown[]>(type: EventType<A>, ...args: A): void {
		if (type.level > this.level) return;
		this.#sink.write(type.level, type.name, type.describe(...args));
	}
}
