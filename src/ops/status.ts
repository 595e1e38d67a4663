/*
 * Errno values as SFTP status codes (sftp-server.c errno_to_portable), and the
 * replies to the results of system calls.
 */
import { errno, strerror } from "../posix/errno.ts";
import { FX, type StatusCode } from "../wire/constants.ts";
import { OK, type Reply, status } from "../wire/replies.ts";

/** The status code for a positive errno; FAILURE unless listed. */
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

/** The reply to a system call's result: OK, or the status of its errno. */
export function replyTo(result: number): Reply {
	return result >= 0 ? OK : failure(-result);
}

/** The reply to a positive errno. If the status is only FAILURE, its text is the system's. */
export function failure(number: number): Reply {
	const code = statusOfErrno(number);
	return code === FX.FAILURE ? { kind: "status", code, text: strerror(number) } : status(code);
}
