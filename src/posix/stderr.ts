/*
 * Writes to standard error without blocking: waits for a slow reader, but only once for
 * a reader that has stopped reading.
 */
import { addon } from "./addon.ts";
import { errno } from "./errno.ts";
import { OUTPUT_SHIFT, POLLOUT } from "./poll.ts";

const STDERR = 2;
const PATIENCE_MS = 1000;
/** A writable pipe accepts this much (PIPE_BUF) without blocking. */
const PIECE_BYTES = 4096;

let stalled = false;

/** Writes some or all of the bytes. Returns their number, or -errno: EAGAIN if nobody reads. */
export function writeToStderr(bytes: Buffer): number {
	const events = addon.poll(-1, 0, STDERR, POLLOUT, stalled ? 0 : PATIENCE_MS);
	stalled = events <= 0 || ((events >> OUTPUT_SHIFT) & POLLOUT) === 0;
	if (stalled) return -errno.EAGAIN;
	return addon.write(STDERR, bytes, 0, Math.min(bytes.length, PIECE_BYTES));
}
