/*
 * The end of a session: thrown where it is decided, after the reason was logged, and
 * caught once, where the process exits.
 */

/** Exit statuses of sftp-server.c. */
export const ExitStatus = {
	/** End of input, or the reader has gone. */
	OK: 0,
	/** Standard input or output failed. */
	IO_FAILED: 1,
	POLL_FAILED: 2,
	/** A packet above the limit on length. */
	BAD_MESSAGE: 11,
	/** The status of OpenSSH's fatal(). */
	FATAL: 255,
} as const;

export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

export class SessionEnd extends Error {
	readonly status: ExitStatus;

	constructor(status: ExitStatus) {
		super(`session ends with status ${status}`);
		this.name = "SessionEnd";
		this.status = status;
	}
}

/** The session ends because of a signal that would have ended the process. */
export class SessionSignal extends Error {
	readonly signal: number;

	constructor(signal: number) {
		super(`session ends by signal ${signal}`);
		this.name = "SessionSignal";
		this.signal = signal;
	}
}
