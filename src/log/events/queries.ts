/*
 * Events of limits, home-directory and users-groups-by-id. Texts: the
 * process_extended_ functions of sftp-server.c.
 */
import type { ByteString } from "../../posix/byte-string.ts";
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, field, unsigned } from "../printf.ts";

const BY_ID = "process_extended_get_users_groups_by_id";

export const limits = defineEvent("limits", Level.DEBUG1, (request: number) => ({
	text: `request ${unsigned(request)}: limits`,
	fields: { request },
}));

/** `user` is empty when the client asks for its own home. */
export const homeDirectoryReceived = defineEvent(
	"home-directory-received",
	Level.DEBUG3,
	(request: number, user: Buffer) => ({
		text: `request ${unsigned(request)}: home-directory "${bytes(user)}"`,
		fields: { request, name: user },
	}),
);

export const homeDirectory = defineEvent("home-directory", Level.VERBOSE, (path: Buffer | ByteString) => ({
	text: `home-directory "${bytes(path)}"`,
	fields: { path: field(path) },
}));

export const usersGroupsReceived = defineEvent(
	"users-groups-by-id-received",
	Level.DEBUG1,
	(uidsBytes: number, gidsBytes: number) => ({
		text: `${BY_ID}: uids len = ${uidsBytes}, gids len = ${gidsBytes}`,
		fields: { uidsBytes, gidsBytes },
	}),
);

/** `name` is empty for an unknown id, here and in the next event. */
export const userFound = defineEvent(
	"user-found",
	Level.DEBUG3,
	(uid: number, name: Buffer | ByteString) => ({
		text: `${BY_ID}: uid ${unsigned(uid)} => "${bytes(name)}"`,
		fields: { uid, name: field(name) },
	}),
);

export const groupFound = defineEvent(
	"group-found",
	Level.DEBUG3,
	(gid: number, name: Buffer | ByteString) => ({
		text: `${BY_ID}: gid ${unsigned(gid)} => "${bytes(name)}"`,
		fields: { gid, name: field(name) },
	}),
);

/** The text counts groups as users, as OpenSSH 9.2p1 does. */
export const usersGroups = defineEvent(
	"users-groups-by-id",
	Level.VERBOSE,
	(users: number, groups: number) => ({
		text: `users-groups-by-id: ${users + groups} users, 0 groups`,
		fields: { users, groups },
	}),
);
