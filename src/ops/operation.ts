/*
 * The descriptor of an operation. Dispatch, the permission check, `-Q requests` and the
 * extensions in VERSION follow from the list of operations (index.ts).
 */
import type { Session } from "../session/session.ts";
import type { PacketReader } from "../wire/reader.ts";
import type { Reply } from "../wire/replies.ts";

/** What identifies a request: its packet type, or an extension's name. */
export type WireIdentity =
	| { readonly type: number }
	| { readonly extension: string; readonly version: string };

export interface Definition<Request> {
	/** The name that -p, -P and -Q know. */
	readonly name: string;
	readonly wire: WireIdentity;
	/** Refused in read-only mode. */
	readonly writes: boolean;
	/** OpenSSH's C function, as named in log lines, and its words for a malformed body. */
	readonly functionName: string;
	readonly parseWords?: string;
	/** Reads the body's fields; throws MalformedPacket. The result, and views in it, are valid during `run`. */
	decode(reader: PacketReader, session: Session): Request;
	/** Does the work. Returns a failed call's status as a reply; throws only on bugs. */
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
