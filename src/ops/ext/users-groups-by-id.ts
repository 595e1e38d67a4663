/*
 * users-groups-by-id@openssh.com (OpenSSH PROTOCOL §4.10): names of the ids of a
 * listing. A packet holds at most 65,536 ids, so the reply is bounded too.
 */
import { groupFound, userFound, usersGroups, usersGroupsReceived } from "../../log/events/queries.ts";
import { groupName, userById } from "../../posix/users.ts";
import type { Session } from "../../session/session.ts";
import { MalformedPacket } from "../../wire/malformed.ts";
import { operation } from "../operation.ts";

const ID_BYTES = 4;

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
	run({ uids, gids }, session) {
		session.log.log(usersGroupsReceived, uids.length, gids.length);
		const users = names(uids, "parse inner uid", (id) => userName(id, session));
		const groups = names(gids, "parse inner gid", (id) => ownerGroupName(id, session));
		session.log.log(usersGroups, users.count, groups.count);
		/* string users, string groups: each holds one string per id, empty when unknown. */
		const payload = Buffer.concat([lengthOf(users.bytes), users.bytes, lengthOf(groups.bytes), groups.bytes]);
		return { kind: "extended", payload };
	},
});

function names(
	ids: Buffer,
	stage: string,
	nameOf: (id: number) => Buffer,
): { readonly count: number; readonly bytes: Buffer } {
	const parts: Buffer[] = [];
	let at = 0;
	for (; at + ID_BYTES <= ids.length; at += ID_BYTES) {
		const name = nameOf(ids.readUInt32BE(at));
		parts.push(lengthOf(name), name);
	}
	if (at < ids.length) throw new MalformedPacket("incomplete message", stage);
	return { count: at / ID_BYTES, bytes: Buffer.concat(parts) };
}

function userName(uid: number, session: Session): Buffer {
	const name = Buffer.from(userById(uid)?.name ?? "", "latin1");
	session.log.log(userFound, uid, name);
	return name;
}

function ownerGroupName(gid: number, session: Session): Buffer {
	const name = Buffer.from(groupName(gid) ?? "", "latin1");
	session.log.log(groupFound, gid, name);
	return name;
}

function lengthOf(bytes: Buffer): Buffer {
	const length = Buffer.allocUnsafe(4);
	length.writeUInt32BE(bytes.length);
	return length;
}
