/*
 * INIT and the VERSION that answers it (draft-ietf-secsh-filexfer-02 §4): the
 * version spoken, and the extensions that the policy permits.
 */
import { clientVersion, extensionNotAdvertised } from "../log/events/session.ts";
import { operations } from "../ops/index.ts";
import type { Session } from "../session/session.ts";
import type { PacketReader } from "../wire/reader.ts";

/** An extension as VERSION offers it. */
export interface OfferedExtension {
	readonly name: string;
	readonly data: string;
}

/*
 * uint32 version
 * extension pairs     ignored
 */
/** Stores the client's version and returns the extensions to offer. INIT may be repeated at any time. */
export function serveInit(reader: PacketReader, session: Session): readonly OfferedExtension[] {
	const version = reader.uint32();
	session.clientVersion = version;
	session.log.log(clientVersion, version);
	const offered: OfferedExtension[] = [];
	for (const operation of operations) {
		const { wire } = operation;
		if (!("extension" in wire)) continue;
		const { permitted, event } = session.policy.decide(operation);
		if (event !== undefined) session.log.log(event, operation.name);
		if (permitted) offered.push({ name: wire.extension, data: wire.version });
		else session.log.log(extensionNotAdvertised, wire.extension);
	}
	return offered;
}
