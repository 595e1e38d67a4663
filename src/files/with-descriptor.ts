/* A call on a file that is opened for it alone. */
import { addon } from "../posix/addon.ts";

/** Returns what `call` returns and closes the descriptor; a negative one, -errno, is returned without a call. */
export function withDescriptor(fd: number, call: (fd: number) => number): number {
	if (fd < 0) return fd;
	const result = call(fd);
	addon.close(fd);
	return result;
}
