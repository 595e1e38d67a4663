/*
 * Errno values to SFTP status codes, as sftp-server.c errno_to_portable has it.
 * Errors travel as positive errno numbers; `failed(result)` tells a call's
 * failure from its success.
 */
import { constants } from "node:os";
import { FX, type StatusCode } from "../wire/constants.ts";
import { addon } from "./addon.ts";

export const errno = constants.errno;

/** The status code for an errno; 0 is OK, and everything not listed is FAILURE. */
export function statusOfErrno(number: number): StatusCode {
	switch (number) {
		case 0:
			return FX.OK;
		case errno.ENOENT:
		case errno.ENOTDIR:
		case errno.EBADF:
		case errno.ELOOP:
			return FX.NO_SUCH_FILE;
		case errno.EPERM:
		case errno.EACCES:
		case errno.EFAULT:
			return FX.PERMISSION_DENIED;
		case errno.ENAMETOOLONG:
		case errno.EINVAL:
			return FX.BAD_MESSAGE;
		case errno.ENOSYS:
			return FX.OP_UNSUPPORTED;
		default:
			return FX.FAILURE;
	}
}

/** The C library's words for an errno, as a client or a log line shows them. */
export function strerror(number: number): string {
	return addon.strerror(number);
}
