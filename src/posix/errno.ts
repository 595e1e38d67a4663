/* Errno values by name, and the C library's words for them. */
import { constants } from "node:os";
import { addon } from "./addon.ts";

export const errno = constants.errno;

/** The C library's words for a positive errno, as a client or a log line shows them. */
export function strerror(number: number): string {
	return addon.strerror(number);
}
