/*
 * An unprivileged user: what the system refuses is answered by Permission
 * denied, even where portable OpenSSH takes another route, and the server's own
 * memory is inaccessible.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { oldFile, type TwinField, Twins } from "../helpers/twins.ts";

const OK = status(0);
const DENIED = status(3);
const NOBODY = 65534;
const { READ, WRITE, CREAT } = FXF;

describe("an unprivileged user", { skip: unlessRoot() || unlessInstalled("openssh-sftp-server") }, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			uid: NOBODY,
			gid: NOBODY,
			build(directory) {
				const at = (name: string): string => join(directory, name);
				oldFile(at("readable"), "of root");
				oldFile(at("secret"), "of root", 0o600);
				oldFile(at("own"), "own");
				chownSync(at("own"), NOBODY, NOBODY);
				mkdirSync(at("closed"));
				oldFile(at("closed/file"));
				chmodSync(at("closed"), 0o700);
				mkdirSync(at("of-root"));
				oldFile(at("of-root/file"));
				symlinkSync("closed/file", at("link"));
			},
		});
	});
	after(() => twins.stop());

	const rows: readonly [
		criterion: string,
		expected: ServerReply,
		what: number | string,
		...fields: TwinField[],
	][] = [
		["OPEN of a secret", DENIED, FXP.OPEN, "secret", READ, attrs()],
		["OPEN to write what others own", DENIED, FXP.OPEN, "readable", WRITE, attrs()],
		["OPEN in a closed directory", DENIED, FXP.OPEN, "closed/file", READ, attrs()],
		["OPEN of a new file in another's directory", DENIED, FXP.OPEN, "of-root/new", WRITE | CREAT, attrs()],
		["STAT in a closed directory", DENIED, FXP.STAT, "closed/file"],
		["LSTAT in a closed directory", DENIED, FXP.LSTAT, "closed/file"],
		["STAT through a link", DENIED, FXP.STAT, "link"],
		["OPENDIR of a closed directory", DENIED, FXP.OPENDIR, "closed"],
		["REMOVE in another's directory", DENIED, FXP.REMOVE, "of-root/file"],
		["MKDIR in another's directory", DENIED, FXP.MKDIR, "of-root/new", attrs()],
		["RMDIR of a full directory", status(4, "Directory not empty"), FXP.RMDIR, "of-root"],
		["REALPATH into a closed directory", DENIED, FXP.REALPATH, "closed/file"],
		[
			"REALPATH of a closed directory",
			{ kind: "names", names: [rootName("/closed")] },
			FXP.REALPATH,
			"closed",
		],
		["READLINK in a closed directory", DENIED, FXP.READLINK, "closed/file"],
		["SYMLINK in another's directory", DENIED, FXP.SYMLINK, "x", "of-root/new"],
		["RENAME out of another's directory", DENIED, FXP.RENAME, "of-root/file", "taken"],
		["posix-rename out of another's directory", DENIED, "posix-rename@openssh.com", "of-root/file", "taken"],
		["statvfs in a closed directory", DENIED, "statvfs@openssh.com", "closed/file"],
		["SETSTAT of another's mode", DENIED, FXP.SETSTAT, "readable", attrs({ mode: 0o666 })],
		["SETSTAT of another's times", DENIED, FXP.SETSTAT, "readable", attrs({ times: [1, 2] })],
		["SETSTAT of another's size", DENIED, FXP.SETSTAT, "readable", attrs({ size: 0n })],
		["SETSTAT of another's owner", DENIED, FXP.SETSTAT, "readable", attrs({ owner: [NOBODY, NOBODY] })],
		["SETSTAT of its own file", OK, FXP.SETSTAT, "own", attrs({ size: 1n, mode: 0o600, times: [1, 2] })],
		["SETSTAT that gives the own file away", DENIED, FXP.SETSTAT, "own", attrs({ owner: [0, 0] })],
		[
			"SETSTAT whose last attribute is refused",
			DENIED,
			FXP.SETSTAT,
			"own",
			attrs({ mode: 0o644, owner: [0, 0] }),
		],
		["lsetstat of another's times", DENIED, "lsetstat@openssh.com", "readable", attrs({ times: [1, 2] })],
		/* Where hard links to other users' files are protected, OpenSSH renames without linking. */
		["RENAME of another's file in the own directory", OK, FXP.RENAME, "readable", "renamed"],
		["RENAME of another's file over one that exists", status(4), FXP.RENAME, "renamed", "own"],
		["OPEN of /proc/self/mem", DENIED, FXP.OPEN, "/proc/self/mem", READ, attrs()],
		["OPEN of /proc/self/mem to write", DENIED, FXP.OPEN, "/proc/self/mem", READ | WRITE, attrs()],
		["OPEN of /proc/self/environ", DENIED, FXP.OPEN, "/proc/self/environ", READ, attrs()],
	];
	for (const [criterion, expected, what, ...fields] of rows) {
		it(`${criterion} is ${expected.kind === "status" ? expected.text : "done"}`, async () => {
			const reply = await twins.ask(what, ...fields);
			if (criterion.startsWith("RENAME of another's file over") && reply.kind === "status") {
				assert.equal(reply.code, 4);
			} else assert.deepEqual(reply, expected);
		});
	}
});

function rootName(path: string): { name: string; longname: string; attrs: undefined } {
	return { name: `ROOT${path}`, longname: `ROOT${path}`, attrs: undefined };
}
