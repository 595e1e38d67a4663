/* Requests that take a path, and paths by which a client may try to get outside. */
import { attrs, type Field, FXF, FXP } from "../helpers/packets.ts";
import type { Jail } from "./jail.ts";

/** Requests about a path: those that follow a link at its end, and those that do not. */
export type Question = readonly [what: number | string, ...fields: readonly Field[]];

export function following(path: string): Question[] {
	const open = (flags: number): Question => [FXP.OPEN, path, flags, attrs({ mode: 0o600 })];
	return [
		[FXP.STAT, path],
		[FXP.OPENDIR, path],
		[FXP.REALPATH, path],
		["expand-path@openssh.com", path],
		["statvfs@openssh.com", path],
		open(FXF.READ),
		open(FXF.WRITE),
		open(FXF.READ | FXF.WRITE | FXF.CREAT),
		open(FXF.WRITE | FXF.CREAT | FXF.TRUNC),
		open(FXF.WRITE | FXF.APPEND),
		[FXP.SETSTAT, path, attrs({ size: 0n })],
		[FXP.SETSTAT, path, attrs({ mode: 0o777 })],
		[FXP.SETSTAT, path, attrs({ times: [1, 2] })],
		[FXP.SETSTAT, path, attrs({ owner: [1, 1] })],
		[FXP.SETSTAT, path, attrs({ size: 3n, mode: 0o777, times: [1, 2], owner: [1, 1] })],
	];
}

export function notFollowing(path: string): Question[] {
	return [
		[FXP.LSTAT, path],
		[FXP.READLINK, path],
		[FXP.OPEN, path, FXF.WRITE | FXF.CREAT | FXF.EXCL, attrs()],
		["lsetstat@openssh.com", path, attrs({ mode: 0o777 })],
		["lsetstat@openssh.com", path, attrs({ times: [1, 2] })],
		["lsetstat@openssh.com", path, attrs({ owner: [1, 1] })],
		[FXP.MKDIR, path, attrs()],
		[FXP.RMDIR, path],
		[FXP.REMOVE, path],
		[FXP.SYMLINK, "target", path],
		[FXP.RENAME, path, "new"],
		[FXP.RENAME, "file", path],
		[FXP.RENAME, "d", path],
		["posix-rename@openssh.com", path, "new"],
		["posix-rename@openssh.com", "file", path],
		["hardlink@openssh.com", path, "new"],
		["hardlink@openssh.com", "file", path],
	];
}

/** Routes from the inside to a name outside. */
export function ways({ base, inside, outside }: Jail, pid: number): string[] {
	return [
		outside,
		`//${base}//./out`,
		"../out",
		"d/../../out",
		`${inside}/../out`,
		"absolute",
		"relative",
		"chain",
		"upwards/out",
		`root${outside}`,
		`/proc/self/root${outside}`,
		"/proc/self/cwd/../out",
		`/proc/${pid}/root${outside}`,
		`/proc/${process.pid}/root${outside}`,
		`/proc/1/root${outside}`,
		`/proc/thread-self/root${outside}`,
		`/dev/fd/../../root${outside}`,
	];
}
