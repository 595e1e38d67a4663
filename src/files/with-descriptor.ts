/* Uses a descriptor for a single call. */
import { addon } from "../posix/addon.ts";

/** Calls `call`, closes the descriptor and returns the result. A negative `fd`, -errno, is returned without a call. */
export function withDescriptor(fd: number, call: (fd: number) => number): number {
	if (fd < 0) return fd;
	const result = call(fd);
	addon.close(fd);
	return result;
}
