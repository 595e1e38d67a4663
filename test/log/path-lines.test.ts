/* Log lines of requests about paths, attributes, users and groups, compared with OpenSSH's. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as attributes from "../../src/log/events/attributes.ts";
import * as packets from "../../src/log/events/packets.ts";
import * as paths from "../../src/log/events/paths.ts";
import * as queries from "../../src/log/events/queries.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { U64 } from "../../src/wire/u64.ts";
import { FXP, handle, packet } from "../helpers/packets.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import {
	Fixture,
	home,
	initStep,
	line,
	linesOf,
	STATUS,
	type Step,
	status,
	step,
	user,
} from "./session-steps.ts";

describe("a session's lines about paths", needsOpenssh, () => {
	it("match OpenSSH's", async (test) => {
		const fixture = new Fixture(test);
		const [file, link, made, moved] = [
			fixture.at("file"),
			fixture.at("link"),
			fixture.at("made"),
			fixture.at("moved"),
		];
		const steps: Step[] = [
			initStep,
			step(
				packet(FXP.STAT, 1, file),
				line(paths.statReceived, 1),
				line(paths.stat, file),
				line(packets.attributesSent, 1, 0xf),
			),
			step(
				packet(FXP.LSTAT, 2, link),
				line(paths.lstatReceived, 2),
				line(paths.lstat, link),
				line(packets.attributesSent, 2, 0xf),
			),
			step(
				packet(
					FXP.SETSTAT,
					3,
					file,
					0x8000000f,
					0x7fffffff,
					0xffffffff,
					0xffffffff,
					0xffffffff,
					7,
					1_000_000_000,
					1_000_000_000,
					0,
				),
				line(attributes.setstat, 3, file),
				line(attributes.setSize, file, new U64(0x7fffffff, 0xffffffff)),
				line(attributes.setMode, file, 7),
				line(attributes.setModtime, file, "20010909-01:46:40", 1_000_000_000),
				line(attributes.setOwner, file, 0xffffffff, 0xffffffff),
				status(3, STATUS.FAILURE),
			),
			step(
				packet(FXP.EXTENDED, 4, "lsetstat@openssh.com", link, 8, 1_000_000_000, 1_000_000_000),
				line(attributes.lsetstat, 4, link),
				line(attributes.setModtime, link, "20010909-01:46:40", 1_000_000_000),
				status(4, STATUS.OK),
			),
			step(
				packet(FXP.EXTENDED, 5, "lsetstat@openssh.com", link, 1, 0, 0),
				line(attributes.lsetstat, 5, link),
				status(5, STATUS.BAD_MESSAGE),
			),
			step(
				packet(FXP.MKDIR, 6, made, 4, 0o107755),
				line(paths.mkdirReceived, 6),
				line(paths.mkdir, made, 0o7755),
				status(6, STATUS.OK),
			),
			step(
				packet(FXP.RENAME, 7, made, moved),
				line(paths.renameReceived, 7),
				line(paths.rename, made, moved),
				status(7, STATUS.OK),
			),
			step(
				packet(FXP.EXTENDED, 8, "posix-rename@openssh.com", moved, made),
				line(paths.posixRenameReceived, 8),
				line(paths.posixRename, moved, made),
				status(8, STATUS.OK),
			),
			step(
				packet(FXP.RMDIR, 9, made),
				line(paths.rmdirReceived, 9),
				line(paths.rmdir, made),
				status(9, STATUS.OK),
			),
			step(
				packet(FXP.SYMLINK, 10, file, made),
				line(paths.symlinkReceived, 10),
				line(paths.symlink, file, made),
				status(10, STATUS.OK),
			),
			step(
				packet(FXP.READLINK, 11, made),
				line(paths.readlinkReceived, 11),
				line(paths.readlink, made),
				line(packets.namesSent, 11, 1),
			),
			step(
				packet(FXP.REMOVE, 12, made),
				line(paths.removeReceived, 12),
				line(paths.remove, made),
				status(12, STATUS.OK),
			),
			step(
				packet(FXP.EXTENDED, 13, "hardlink@openssh.com", file, made),
				line(paths.hardlinkReceived, 13),
				line(paths.hardlink, file, made),
				status(13, STATUS.OK),
			),
			step(
				packet(FXP.REALPATH, 14, ""),
				line(paths.realpathReceived, 14),
				line(paths.realpath, Buffer.from(".")),
				line(packets.namesSent, 14, 1),
			),
			step(
				packet(FXP.EXTENDED, 15, "statvfs@openssh.com", file),
				line(paths.statvfsReceived, 15),
				line(paths.statvfs, file),
			),
			step(
				packet(FXP.EXTENDED, 16, "expand-path@openssh.com", "~/x"),
				line(paths.expandReceived, 16, Buffer.from("~/x")),
				line(paths.expand, Buffer.from(`${process.cwd()}/x`)),
				line(packets.namesSent, 16, 1),
			),
			step(packet(FXP.EXTENDED, 17, "limits@openssh.com"), line(queries.limits, 17)),
			step(
				packet(FXP.EXTENDED, 18, "home-directory", user),
				line(queries.homeDirectoryReceived, 18, Buffer.from(user)),
				line(queries.homeDirectory, asByteString(home)),
				line(packets.namesSent, 18, 1),
			),
			step(
				packet(
					FXP.EXTENDED,
					19,
					"users-groups-by-id@openssh.com",
					Buffer.concat([handle(0), handle(0xfffffff0)]),
					handle(0),
				),
				line(queries.usersGroupsReceived, 8, 4),
				line(queries.userFound, 0, Buffer.from("root")),
				line(queries.userFound, 0xfffffff0, asByteString("")),
				line(queries.groupFound, 0, asByteString("root")),
				line(queries.usersGroups, 2, 1),
			),
			step(
				packet(FXP.EXTENDED, 20, "x".repeat(150)),
				line(packets.unknownExtended, Buffer.from("x".repeat(150))),
				status(20, STATUS.OP_UNSUPPORTED),
			),
		];
		const { openssh, ours } = await linesOf([], steps);
		assert.deepEqual(ours, openssh);
	});
});
