/* Errno values by name, and the C library's messages for them. */
import { constants } from "node:os";
import { addon } from "./addon.ts";

export const errno = constants.errno;

/** The C library's message for a positive errno, for a client or a log line. */
export function strerror(number: number): string {
	return addon.strerror(number);
}
