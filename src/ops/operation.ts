/*
 * What an operation is. From the list of these (index.ts) follow dispatch, the
 * permission check, `-Q requests` and the extensions that VERSION offers.
 */
import { statusOfErrno, strerror } from "../posix/errno.ts";
import type { Session } from "../session/session.ts";
import { FX } from "../wire/constants.ts";
import type { PacketReader } from "../wire/reader.ts";
import { OK, type Reply } from "../wire/replies.ts";

/** How a request is told from others: by packet type, or as EXTENDED by name. */
export type OnTheWire = { readonly type: number } | { readonly extension: string; readonly version: string };

export interface Definition<Request> {
	/** The name that -p, -P and -Q know. */
	readonly name: string;
	readonly wire: OnTheWire;
	/** Refused in read-only mode. */
	readonly writes: boolean;
	/** The C function that log lines name, and its words for a body it can't parse. */
	readonly functionName: string;
	readonly parseWords?: string;
	/** Takes the body's fields; throws MalformedPacket. What it returns, and views in it, are valid during `run`. */
	decode(reader: PacketReader, session: Session): Request;
	/** Does the work. What the system refuses is in the reply; only bugs are thrown. */
	run(request: Request, session: Session): Reply;
}

export interface Operation extends Omit<Definition<never>, "decode" | "run" | "parseWords"> {
	readonly parseWords: string;
	/** Decodes, then runs. */
	serve(reader: PacketReader, session: Session): Reply;
}

export function operation<Request>(definition: Definition<Request>): Operation {
	const { name, wire, writes, functionName, parseWords = "parse" } = definition;
	return {
		name,
		wire,
		writes,
		functionName,
		parseWords,
		serve: (reader, session) => definition.run(definition.decode(reader, session), session),
	};
}

/**
 * The reply to a system call's result: OK, or the status of its errno. Where
 * the status says no more than FAILURE, the text is the system's own.
 */
export function replyTo(result: number): Reply {
	return result >= 0 ? OK : failure(-result);
}

/** The reply to an errno. */
export function failure(number: number): Reply {
	const code = statusOfErrno(number);
	return code === FX.FAILURE ? { kind: "status", code, text: strerror(number) } : statusReplies(code);
}

const replies: Reply[] = [];

/* STAT of a missing file is among the most frequent requests: one object a code. */
function statusReplies(code: ReturnType<typeof statusOfErrno>): Reply {
	const known = replies[code];
	if (known !== undefined) return known;
	const reply: Reply = { kind: "status", code };
	replies[code] = reply;
	return reply;
}
