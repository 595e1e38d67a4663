/*
 * Waiting for a lease on a file (fcntl(2) F_SETLEASE): when somebody opens the
 * file, the kernel asks the holder to give the lease up, and breaks it after
 * fs.lease-break-time. A blocking open(2) could wait forever if the name leads to a
 * FIFO by then, so a non-blocking one is repeated.
 */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { pendingSignal } from "../posix/signals.ts";

/** Longer than the kernel's 45 seconds. */
const PATIENCE_MICROSECONDS = 60e6;
const FIRST_PAUSE_MICROSECONDS = 500;
const LONGEST_PAUSE_MICROSECONDS = 50_000;

/**
 * Calls `open`, which must not wait, until it no longer fails with EAGAIN; gives up
 * after a minute, or with EINTR when a signal ends the session. Returns its result.
 */
export function openPastLease(open: () => number): number {
	let pause = FIRST_PAUSE_MICROSECONDS;
	for (let waited = 0; waited < PATIENCE_MICROSECONDS; waited += pause) {
		const result = open();
		if (result !== -errno.EAGAIN) return result;
		if (pendingSignal() !== 0) return -errno.EINTR;
		addon.nanosleep(pause);
		pause = Math.min(2 * pause, LONGEST_PAUSE_MICROSECONDS);
	}
	return -errno.EAGAIN;
}
