// A request for each operation, in the order of `-Q requests`, that succeeds in
// the tree of `fillTree` when it comes with handles as `openHandles` opens them.
import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { attrs, FXF, FXP, handle, uint32 } from "../helpers/packets.ts";
import { oldFile, type TwinField, type Twins } from "../helpers/twins.ts";

export interface OperationRequest {
	/** As -p, -P and -Q have it. */
	readonly name: string;
	/** Refused under -R. */
	readonly writes: boolean;
	/** Packet type or extension, then the fields behind the id. */
	readonly what: number | string;
	readonly fields: readonly TwinField[];
}

const FILE = handle(0);
const TARGET = handle(1);
const FOLDER = handle(2);
/** What CLOSE closes. */
const SPARE = handle(3);

/** Opens the handles of the requests below, numbered from 0; a policy may refuse some. */
export async function openHandles(twins: Twins, targetFlags: number): Promise<void> {
	await twins.ask(FXP.OPEN, "file", FXF.READ, attrs());
	await twins.ask(FXP.OPEN, "target", targetFlags, attrs());
	await twins.ask(FXP.OPENDIR, "folder");
	await twins.ask(FXP.OPEN, "file", FXF.READ, attrs());
}

const reads = (name: string, what: number | string, ...fields: TwinField[]): OperationRequest => ({
	name,
	writes: false,
	what,
	fields,
});
const writes = (name: string, what: number | string, ...fields: TwinField[]): OperationRequest => ({
	name,
	writes: true,
	what,
	fields,
});

export const everyOperation: readonly OperationRequest[] = [
	reads("open", FXP.OPEN, "file", FXF.READ, attrs()),
	reads("close", FXP.CLOSE, SPARE),
	reads("read", FXP.READ, FILE, 2n, 5),
	writes("write", FXP.WRITE, TARGET, 1n, "XYZ"),
	reads("lstat", FXP.LSTAT, "link"),
	reads("fstat", FXP.FSTAT, FILE),
	writes("setstat", FXP.SETSTAT, "file", attrs({ mode: 0o640 })),
	writes("fsetstat", FXP.FSETSTAT, TARGET, attrs({ times: [1, 2] })),
	reads("opendir", FXP.OPENDIR, "folder"),
	reads("readdir", FXP.READDIR, FOLDER),
	writes("remove", FXP.REMOVE, "victim"),
	writes("mkdir", FXP.MKDIR, "made", attrs()),
	writes("rmdir", FXP.RMDIR, "empty"),
	reads("realpath", FXP.REALPATH, "folder/.."),
	reads("stat", FXP.STAT, "link"),
	writes("rename", FXP.RENAME, "old", "renamed"),
	reads("readlink", FXP.READLINK, "link"),
	writes("symlink", FXP.SYMLINK, "somewhere", "new-link"),
	writes("posix-rename", "posix-rename@openssh.com", "old-posix", "over"),
	reads("statvfs", "statvfs@openssh.com", "/proc"),
	reads("fstatvfs", "fstatvfs@openssh.com", FILE),
	writes("hardlink", "hardlink@openssh.com", "file", "linked"),
	writes("fsync", "fsync@openssh.com", TARGET),
	writes("lsetstat", "lsetstat@openssh.com", "link", attrs({ times: [3, 4] })),
	reads("limits", "limits@openssh.com"),
	reads("expand-path", "expand-path@openssh.com", "~/file"),
	writes("copy-data", "copy-data", FILE, 0n, 0n, TARGET, 20n),
	reads("home-directory", "home-directory", userInfo().username),
	reads("users-groups-by-id", "users-groups-by-id@openssh.com", uint32(0), uint32(1)),
];

/** What the requests above work on. */
export function fillTree(directory: string): void {
	const at = (name: string): string => join(directory, name);
	oldFile(at("file"), "eleven byte");
	oldFile(at("target"), "0123456789");
	for (const name of ["victim", "old", "old-posix", "over"]) oldFile(at(name), name);
	for (const name of ["folder", "empty"]) mkdirSync(at(name));
	linkSync(at("file"), at("folder/inside"));
	symlinkSync("file", at("link"));
}
