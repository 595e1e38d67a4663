/*
 * Signals that end a session. The handler only records them (native/process.c
 * catchSignals); loops around system calls check here between calls.
 */
import { addon } from "./addon.ts";

/** The slot of pinned memory; PIN_SIGNAL in native/fast.c. */
const PIN_SIGNAL = 4;

const word = new Uint32Array(1);
addon.pin(PIN_SIGNAL, word);

/** The number of the last signal caught, or 0. */
export function pendingSignal(): number {
	return word[0] ?? 0;
}
