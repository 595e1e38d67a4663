/*
 * The error for bytes that are no request: it ends the session, as the
 * original's fatal() does. Never thrown for anything else.
 */

/** The words of OpenSSH's ssherr.c for what its parser can find wrong. */
export type MalformedReason = "incomplete message" | "invalid format" | "string is too large";

export class MalformedPacket extends Error {
	readonly reason: MalformedReason;
	/** What was being parsed, as the log line has it; undefined: the operation's own words. */
	readonly stage: string | undefined;

	constructor(reason: MalformedReason, stage?: string) {
		super(reason);
		this.name = "MalformedPacket";
		this.reason = reason;
		this.stage = stage;
	}
}
