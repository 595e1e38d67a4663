/* Events about users, groups and limits. */
import * as queries from "../../../src/log/events/queries.ts";
import { asByteString } from "../../../src/posix/byte-string.ts";
import { checkEvents, other, path, row } from "./golden.ts";

checkEvents(queries, [
	row(queries.limits, [1], "debug1", "limits", "request 1: limits", { request: 1 }),
	row(
		queries.homeDirectoryReceived,
		[1, other],
		"debug3",
		"home-directory-received",
		'request 1: home-directory "/b"',
		{ request: 1, name: other },
	),
	row(
		queries.homeDirectory,
		[asByteString("/a\xff")],
		"verbose",
		"home-directory",
		'home-directory "/a\xff"',
		{ path },
	),
	row(
		queries.usersGroupsReceived,
		[8, 4],
		"debug1",
		"users-groups-by-id-received",
		"process_extended_get_users_groups_by_id: uids len = 8, gids len = 4",
		{ uidsBytes: 8, gidsBytes: 4 },
	),
	row(
		queries.userFound,
		[0xffffffff, asByteString("")],
		"debug3",
		"user-found",
		'process_extended_get_users_groups_by_id: uid 4294967295 => ""',
		{ uid: 0xffffffff, name: Buffer.alloc(0) },
	),
	row(
		queries.groupFound,
		[0, asByteString("root")],
		"debug3",
		"group-found",
		'process_extended_get_users_groups_by_id: gid 0 => "root"',
		{ gid: 0, name: Buffer.from("root") },
	),
	row(queries.usersGroups, [2, 1], "verbose", "users-groups-by-id", "users-groups-by-id: 3 users, 0 groups", {
		users: 2,
		groups: 1,
	}),
]);
