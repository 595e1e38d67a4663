/* The attributes of a request, with a log line for each extended one that is dropped. */
import { attributeExtension } from "../log/events/packets.ts";
import type { Session } from "../session/session.ts";
import { type Attrs, readAttrs } from "../wire/attrs.ts";
import type { PacketReader } from "../wire/reader.ts";

export function readLoggedAttrs(reader: PacketReader, session: Session): Attrs {
	return readAttrs(reader, (type, dataLength) => session.log.log(attributeExtension, type, dataLength));
}
