/*
 * Gives up, for good and in all threads, the system calls that a file server
 * never needs. The list is in native/sandbox.c.
 */
import { addon } from "./addon.ts";

/** 0, or the -errno with which the kernel refuses. */
export function enterSandbox(): number {
	const result = addon.setNoNewPrivileges();
	return result < 0 ? result : addon.filterSystemCalls();
}
