/*
 * All operations, in OpenSSH's order: `-Q requests` prints their names in it,
 * and VERSION offers the extensions in it. A new operation is added here.
 */
import { closeOperation } from "./close.ts";
import { opendirOperation, readdirOperation } from "./directory.ts";
import { copyDataOperation } from "./ext/copy-data.ts";
import { expandPathOperation } from "./ext/expand-path.ts";
import { fsyncOperation } from "./ext/fsync.ts";
import { hardlinkOperation } from "./ext/hardlink.ts";
import { homeDirectoryOperation } from "./ext/home-directory.ts";
import { limitsOperation } from "./ext/limits.ts";
import { lsetstatOperation } from "./ext/lsetstat.ts";
import { posixRenameOperation } from "./ext/posix-rename.ts";
import { fstatvfsOperation, statvfsOperation } from "./ext/statvfs.ts";
import { usersGroupsByIdOperation } from "./ext/users-groups-by-id.ts";
import { readlinkOperation, symlinkOperation } from "./links.ts";
import { mkdirOperation, removeOperation, rmdirOperation } from "./names.ts";
import { openOperation } from "./open.ts";
import type { Operation } from "./operation.ts";
import { readOperation } from "./read.ts";
import { realpathOperation } from "./realpath.ts";
import { renameOperation } from "./rename.ts";
import { fsetstatOperation, setstatOperation } from "./setstat.ts";
import { fstatOperation, lstatOperation, statOperation } from "./stat.ts";
import { writeOperation } from "./write.ts";

export const operations: readonly Operation[] = [
	openOperation,
	closeOperation,
	readOperation,
	writeOperation,
	lstatOperation,
	fstatOperation,
	setstatOperation,
	fsetstatOperation,
	opendirOperation,
	readdirOperation,
	removeOperation,
	mkdirOperation,
	rmdirOperation,
	realpathOperation,
	statOperation,
	renameOperation,
	readlinkOperation,
	symlinkOperation,
	posixRenameOperation,
	statvfsOperation,
	fstatvfsOperation,
	hardlinkOperation,
	fsyncOperation,
	lsetstatOperation,
	limitsOperation,
	expandPathOperation,
	copyDataOperation,
	homeDirectoryOperation,
	usersGroupsByIdOperation,
];

/** The names that -p, -P and -Q know. */
export const operationNames: readonly string[] = operations.map(({ name }) => name);
