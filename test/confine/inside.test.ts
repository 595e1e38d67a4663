/*
 * Inside its directory a confined client gets the same as from OpenSSH's server
 * without confinement: for every operation, and for every way to name a file
 * there.
 */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import { needsOpenssh, type Program } from "../helpers/server-session.ts";
import { assertAlike, oldFile, type TwinField, Twins } from "../helpers/twins.ts";
import { everyOperation, fillTree, openHandles } from "../ops/every-operation.ts";

/** Starts both servers, ours with an option that OpenSSH's does not have. */
const CONFINED: Program = [
	"/bin/sh",
	"-c",
	'case "$1" in */openssh/*) exec "$@";; *) exec "$@" --confine "$PWD";; esac',
	"sh",
];
const LSETSTAT = "lsetstat@openssh.com";
const HARDLINK = "hardlink@openssh.com";

describe("a confined client", needsOpenssh, () => {
	it("gets the same from every operation inside as without confinement", async () => {
		const twins = await Twins.start({ through: CONFINED, build: fillTree, env: { HOME: "/nonexistent" } });
		await openHandles(twins, FXF.READ | FXF.WRITE);
		for (const { name, what, fields } of everyOperation) {
			/* Their replies describe the outside: a mount, and the user's home. */
			if (name === "statvfs" || name === "fstatvfs" || name === "expand-path") continue;
			await twins.ask(what, ...fields);
		}
		await twins.stop({ logs: false });
	});

	const own = process.getuid?.() ?? 0;
	const group = process.getgid?.() ?? 0;
	const requests: readonly (readonly [what: number | string, ...fields: TwinField[]])[] = [
		...[
			"",
			".",
			"./",
			"..file",
			"folder/../file",
			"./folder//file",
			"file/",
			"file/.",
			"link",
			"link/",
		].flatMap((path) =>
			[FXP.STAT, FXP.LSTAT, FXP.OPENDIR, FXP.REALPATH].map((what) => [what, path] as const),
		),
		...[
			"to-folder",
			"to-folder/",
			"to-folder/..",
			"absolute/file",
			"dangling",
			"loop",
			"n".repeat(256),
		].flatMap((path) =>
			[FXP.STAT, FXP.LSTAT, FXP.READLINK, FXP.REALPATH].map((what) => [what, path] as const),
		),
		...["x/".repeat(2048), "./".repeat(2048), `${"./".repeat(2045)}gone`].flatMap((path) =>
			[FXP.STAT, FXP.LSTAT, FXP.OPENDIR, FXP.REMOVE, FXP.RMDIR, FXP.READLINK].map(
				(what) => [what, path] as const,
			),
		),
		[FXP.MKDIR, "", attrs()],
		[FXP.MKDIR, "x/".repeat(2048), attrs()],
		[FXP.SETSTAT, "file", attrs({ owner: [own, group], times: [5, 6] })],
		[FXP.SETSTAT, "link", attrs({ size: 3n, mode: 0o604 })],
		[LSETSTAT, "link", attrs({ owner: [own, group], times: [7, 8] })],
		[LSETSTAT, "link", attrs({ mode: 0o600 })],
		[LSETSTAT, "file", attrs({ mode: 0o611 })],
		[FXP.OPEN, "new", FXF.WRITE | FXF.CREAT, attrs()],
		[FXP.OPEN, "dangling", FXF.WRITE | FXF.CREAT, attrs({ mode: 0o600 })],
		[HARDLINK, "file", "hard"],
		[HARDLINK, "file/", "hard-2"],
		[HARDLINK, "folder/", "hard-3"],
		[HARDLINK, "link", "hard-4"],
		[HARDLINK, "missing/", "hard-5"],
		[FXP.RENAME, "folder/file", "folder/../moved"],
		[FXP.RENAME, "folder", "folder/.."],
		[FXP.RMDIR, "folder/.."],
		[FXP.RMDIR, "empty/."],
		[FXP.RMDIR, "empty/"],
		[FXP.REMOVE, "to-folder/"],
		[FXP.SYMLINK, "target", "folder/made"],
		["posix-rename@openssh.com", "moved", "over"],
	];

	it("can name files in every way that stays inside", async () => {
		const twins = await Twins.start({
			through: CONFINED,
			build(directory) {
				for (const name of ["folder", "empty"]) mkdirSync(join(directory, name));
				for (const name of ["file", "folder/file", "..file", "gone"])
					oldFile(join(directory, name), "content");
				symlinkSync("file", join(directory, "link"));
				symlinkSync("folder", join(directory, "to-folder"));
				symlinkSync(join(directory, "folder"), join(directory, "absolute"));
				symlinkSync("made-by-it", join(directory, "dangling"));
				symlinkSync("loop", join(directory, "loop"));
			},
		});
		for (const [what, ...fields] of requests) {
			const { ours, openssh } = await twins.askBoth(what, ...fields);
			const shown = `${what} ${fields.map((field) => String(field).slice(0, 40)).join(" ")}`;
			assertAlike(ours, openssh, shown);
		}
		const file = await twins.open(FXP.OPEN, "hard", FXF.READ | FXF.WRITE, attrs());
		const changes = attrs({ owner: [own, group], mode: 0o640, times: [9, 10] });
		assert.deepEqual(await twins.ask(FXP.FSETSTAT, file, changes), status(0));
		assert.ok(requests.length > 90);
		/* Its reply contains the directory's path. */
		twins.make((directory) => unlinkSync(join(directory, "absolute")));
		await twins.stop({ logs: false });
	});
});
