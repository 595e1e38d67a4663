/*
 * Signals that end a session. The handler only notes them (native/process.c
 * catchSignals); whoever loops over system calls asks here between two of them.
 */
import { addon } from "./addon.ts";

/** The slot of pinned memory; PIN_SIGNAL in native/fast.c. */
const PIN_SIGNAL = 4;

const word = new Uint32Array(1);
addon.pin(PIN_SIGNAL, word);

/** The number of the signal caught last, or 0. */
export function pendingSignal(): number {
	return word[0] ?? 0;
}
