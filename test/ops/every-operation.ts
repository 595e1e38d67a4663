/*
 * A request for each of OpenSSH's operations, in the order of `-Q requests`, which
 * succeeds in the tree of `fillTree` with the handles of `openHandles`.
 */
import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { OPENSSH_OPERATIONS, type OperationRow } from "../helpers/operations.ts";
import { attrs, FXF, FXP, handle, uint32 } from "../helpers/packets.ts";
import { oldFile, type TwinField, type Twins } from "../helpers/twins.ts";

export interface OperationRequest extends Omit<OperationRow, "fields"> {
	readonly fields: readonly TwinField[];
}

const FILE = handle(0);
const TARGET = handle(1);
const FOLDER = handle(2);
/** The handle that CLOSE closes. */
const SPARE = handle(3);

/** Opens the handles that the requests below use, numbered from 0; a policy may refuse some. */
export async function openHandles(twins: Twins, targetFlags: number): Promise<void> {
	await twins.ask(FXP.OPEN, "file", FXF.READ, attrs());
	await twins.ask(FXP.OPEN, "target", targetFlags, attrs());
	await twins.ask(FXP.OPENDIR, "folder");
	await twins.ask(FXP.OPEN, "file", FXF.READ, attrs());
}

/** The fields after the ID, by the operation's name. */
const FIELDS: Readonly<Record<string, readonly TwinField[]>> = {
	open: ["file", FXF.READ, attrs()],
	close: [SPARE],
	read: [FILE, 2n, 5],
	write: [TARGET, 1n, "XYZ"],
	lstat: ["link"],
	fstat: [FILE],
	setstat: ["file", attrs({ mode: 0o640 })],
	fsetstat: [TARGET, attrs({ times: [1, 2] })],
	opendir: ["folder"],
	readdir: [FOLDER],
	remove: ["victim"],
	mkdir: ["made", attrs()],
	rmdir: ["empty"],
	realpath: ["folder/.."],
	stat: ["link"],
	rename: ["old", "renamed"],
	readlink: ["link"],
	symlink: ["somewhere", "new-link"],
	"posix-rename": ["old-posix", "over"],
	statvfs: ["/proc"],
	fstatvfs: [FILE],
	hardlink: ["file", "linked"],
	fsync: [TARGET],
	lsetstat: ["link", attrs({ times: [3, 4] })],
	limits: [],
	"expand-path": ["~/file"],
	"copy-data": [FILE, 0n, 0n, TARGET, 20n],
	"home-directory": [userInfo().username],
	"users-groups-by-id": [uint32(0), uint32(1)],
};

export const everyOperation: readonly OperationRequest[] = OPENSSH_OPERATIONS.map((row) => {
	const fields = FIELDS[row.name];
	if (fields === undefined) throw new Error(`no fields for ${row.name}`);
	return { ...row, fields };
});

/** Creates what the requests above work on. */
export function fillTree(directory: string): void {
	const at = (name: string): string => join(directory, name);
	oldFile(at("file"), "eleven byte");
	oldFile(at("target"), "0123456789");
	for (const name of ["victim", "old", "old-posix", "over"]) oldFile(at(name), name);
	for (const name of ["folder", "empty"]) mkdirSync(at(name));
	linkSync(at("file"), at("folder/inside"));
	symlinkSync("file", at("link"));
}
