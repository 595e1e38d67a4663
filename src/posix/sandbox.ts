/*
 * Permanently gives up, in all threads, the system calls that a session does not
 * need. The list is in native/sandbox.c.
 */
import { addon } from "./addon.ts";

/** Returns 0, or the kernel's -errno. */
export function enterSandbox(): number {
	const result = addon.setNoNewPrivileges();
	return result < 0 ? result : addon.filterSystemCalls();
}
