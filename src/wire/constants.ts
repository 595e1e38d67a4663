/*
 * Numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02) under the draft's
 * names without their SSH_ prefix, and OpenSSH's limits on lengths.
 */

/** The protocol version spoken (draft §4). */
export const SFTP_VERSION = 3;

/** Packet types (draft §3). */
export const FXP = {
	INIT: 1,
	VERSION: 2,
	OPEN: 3,
	CLOSE: 4,
	READ: 5,
	WRITE: 6,
	LSTAT: 7,
	FSTAT: 8,
	SETSTAT: 9,
	FSETSTAT: 10,
	OPENDIR: 11,
	READDIR: 12,
	REMOVE: 13,
	MKDIR: 14,
	RMDIR: 15,
	REALPATH: 16,
	STAT: 17,
	RENAME: 18,
	READLINK: 19,
	SYMLINK: 20,
	STATUS: 101,
	HANDLE: 102,
	DATA: 103,
	NAME: 104,
	ATTRS: 105,
	EXTENDED: 200,
	EXTENDED_REPLY: 201,
} as const;

/** Status codes (draft §7). */
export const FX = {
	OK: 0,
	EOF: 1,
	NO_SUCH_FILE: 2,
	PERMISSION_DENIED: 3,
	FAILURE: 4,
	BAD_MESSAGE: 5,
	NO_CONNECTION: 6,
	CONNECTION_LOST: 7,
	OP_UNSUPPORTED: 8,
} as const;

export type StatusCode = (typeof FX)[keyof typeof FX];

/** Flags of OPEN (draft §6.3). */
export const FXF = {
	READ: 0x01,
	WRITE: 0x02,
	APPEND: 0x04,
	CREAT: 0x08,
	TRUNC: 0x10,
	EXCL: 0x20,
} as const;

/** Attribute flags (draft §5). */
export const ATTR = {
	SIZE: 0x00000001,
	UIDGID: 0x00000002,
	PERMISSIONS: 0x00000004,
	ACMODTIME: 0x00000008,
	EXTENDED: 0x80000000,
} as const;

/** Bytes of the length field before each packet. */
export const LENGTH_BYTES = 4;

/** The largest packet accepted, without its length field (sftp.h SFTP_MAX_MSG_LENGTH). */
export const MAX_PACKET_BYTES = 256 * 1024;

/** The most bytes that one READ returns (sftp-server.c SFTP_MAX_READ_LENGTH). */
export const MAX_READ_BYTES = MAX_PACKET_BYTES - 1024;

/** The texts of the status codes, in the order of the codes (sftp-server.c status_to_message). */
export const STATUS_TEXTS: readonly string[] = [
	"Success",
	"End of file",
	"No such file",
	"Permission denied",
	"Failure",
	"Bad message",
	"No connection",
	"Connection lost",
	"Operation unsupported",
];

/** A status code's text. */
export function statusText(code: StatusCode): string {
	return STATUS_TEXTS[code] ?? "Unknown error";
}
