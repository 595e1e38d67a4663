/*
 * OPEN's flags as those of open(2): sftp-server.c flags_from_portable.
 */
import { constants } from "node:fs";
import { errno } from "../posix/errno.ts";
import { FXF } from "../wire/constants.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** Creates a file, and replaces none. */
export const EXCLUSIVE = O_CREAT | O_EXCL;

/** Neither READ nor WRITE means reading, as in OpenSSH. */
export function openFlags(pflags: number): number {
	let flags: number = O_RDONLY;
	if ((pflags & FXF.WRITE) !== 0) flags = (pflags & FXF.READ) !== 0 ? O_RDWR : O_WRONLY;
	if ((pflags & FXF.APPEND) !== 0) flags |= O_APPEND;
	if ((pflags & FXF.CREAT) !== 0) flags |= O_CREAT;
	if ((pflags & FXF.TRUNC) !== 0) flags |= O_TRUNC;
	if ((pflags & FXF.EXCL) !== 0) flags |= O_EXCL;
	return flags;
}

/** Whether a file opened with these open(2) flags can be written to. */
export function writable(flags: number): boolean {
	return (flags & (O_WRONLY | O_RDWR)) !== 0;
}

/** Whether opening with these flags can change anything: write, create, truncate. */
export function mayChange(flags: number): boolean {
	return writable(flags) || (flags & (O_CREAT | O_TRUNC)) !== 0;
}

/** Whether writes go to the end of the file, whatever their offset. */
export function appends(flags: number): boolean {
	return (flags & O_APPEND) !== 0;
}

/** Whether opening without O_CREAT failed in a way in which opening with it might not, or not in the same way. */
export function mayBeMissing(result: number): boolean {
	return result === -errno.ENOENT || result === -errno.ENOTDIR || result === -errno.ELOOP;
}
