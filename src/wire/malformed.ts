/*
 * The error for a malformed packet. It ends the session, as OpenSSH's fatal() does, and
 * is never thrown for anything else.
 */

/** OpenSSH's messages for parsing errors (ssherr.c). */
export type MalformedReason = "incomplete message" | "invalid format" | "string is too large";

export class MalformedPacket extends Error {
	readonly reason: MalformedReason;
	/** What was being parsed, for the log line; undefined: the operation's words are used. */
	readonly stage: string | undefined;

	constructor(reason: MalformedReason, stage?: string) {
		super(reason);
		this.name = "MalformedPacket";
		this.reason = reason;
		this.stage = stage;
	}
}
