/*
 * users-groups-by-id@openssh.com (OpenSSH PROTOCOL §4.10): names of the ids of a
 * listing. A packet holds fewer than 65,536 ids, which bounds the reply. Under
 * HideOwners every id has the name of the session's user or group.
 */
import { groupFound, userFound, usersGroups, usersGroupsReceived } from "../../log/events/queries.ts";
import { asByteString, type ByteString } from "../../posix/byte-string.ts";
import { groupName, userById } from "../../posix/users.ts";
import { LENGTH_BYTES } from "../../wire/constants.ts";
import { MalformedPacket } from "../../wire/malformed.ts";
import { PacketWriter } from "../../wire/writer.ts";
import { operation } from "../operation.ts";

const ID_BYTES = 4;
const NO_NAME = asByteString("");
/** The most names cached during a request; a listing has few owners. */
const KNOWN_MAX = 1024;

/*
 * string uids     uint32 each
 * string gids     uint32 each
 */
export const usersGroupsByIdOperation = operation({
	name: "users-groups-by-id",
	wire: { extension: "users-groups-by-id@openssh.com", version: "1" },
	writes: false,
	functionName: "process_extended_get_users_groups_by_id",
	decode: (reader) => ({ uids: reader.string(), gids: reader.string() }),
	run({ uids, gids }, { log, rules: { shownOwner } }) {
		log.log(usersGroupsReceived, uids.length, gids.length);
		/* The size of the reply if no ID has a name; names make it grow. */
		const reply = new PacketWriter(2 * LENGTH_BYTES + uids.length + gids.length);
		const users = writeNames(reply, uids, {
			stage: "parse inner uid",
			nameOf: (uid) => userById(shownOwner?.uid ?? uid)?.name,
			found: (uid, name) => log.log(userFound, uid, name),
		});
		const groups = writeNames(reply, gids, {
			stage: "parse inner gid",
			nameOf: (gid) => groupName(shownOwner?.gid ?? gid),
			found: (gid, name) => log.log(groupFound, gid, name),
		});
		log.log(usersGroups, users, groups);
		return { kind: "extended", payload: reply.bytes.subarray(0, reply.position) };
	},
});

interface Lookup {
	/** OpenSSH's words for a truncated ID. */
	readonly stage: string;
	/** Called once for each of the first KNOWN_MAX different ids. */
	nameOf(id: number): ByteString | undefined;
	/** Called for every id in turn. */
	found(id: number, name: ByteString): void;
}

/*
 * string names     holds one string per id, empty for an unknown one
 */
/** Writes the names of the ids; returns the number of ids. */
function writeNames(writer: PacketWriter, ids: Buffer, { stage, nameOf, found }: Lookup): number {
	const known = new Map<number, ByteString>();
	const start = writer.position;
	writer.reserve(LENGTH_BYTES);
	writer.uint32(0);
	let at = 0;
	for (; at + ID_BYTES <= ids.length; at += ID_BYTES) {
		const id = ids.readUInt32BE(at);
		let name = known.get(id);
		if (name === undefined) {
			name = nameOf(id) ?? NO_NAME;
			if (known.size < KNOWN_MAX) known.set(id, name);
		}
		found(id, name);
		writer.reserve(LENGTH_BYTES + name.length);
		writer.text(name);
	}
	if (at < ids.length) throw new MalformedPacket("incomplete message", stage);
	writer.setUint32(start, writer.position - start - LENGTH_BYTES);
	return at / ID_BYTES;
}
