/* Changes a target's mode, optionally only if it is of one type. Results are >= 0 or -errno. */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { O_PATH, O_PATH_NOFOLLOW } from "../posix/openat2.ts";
import { ITSELF } from "../posix/path.ts";
import { FileType } from "../posix/stat.ts";
import type { Target } from "./namespace.ts";
import { withDescriptor } from "./with-descriptor.ts";

/**
 * @param type if given, a file of another type gets -EAGAIN. The type is that of the file
 *   whose mode is changed, even if the path changes at the same time.
 */
export function changeMode(at: Target, mode: number, follow: boolean, type?: FileType): number {
	if (at.isDescriptor) return changeDescriptor(at.directory, mode, follow, type);
	if (type === undefined)
		return addon.chmodAt(at.directory, at.path, 0, at.path.length, mode, follow ? 1 : 0);
	const flags = follow ? O_PATH : O_PATH_NOFOLLOW;
	const fd = addon.openAt(at.directory, at.path, 0, at.path.length, flags, 0);
	return withDescriptor(fd, () => changeDescriptor(fd, mode, follow, type));
}

function changeDescriptor(fd: number, mode: number, follow: boolean, type?: FileType): number {
	if (type !== undefined && addon.descriptorType(fd) !== type) return -errno.EAGAIN;
	/* Before Linux 6.6 the addon changes a descriptor's file by a path in /proc, which follows links. */
	if (!follow && addon.descriptorType(fd) === FileType.SYMLINK) return -errno.EOPNOTSUPP;
	return addon.chmodAt(fd, ITSELF, 0, 0, mode, follow ? 1 : 0);
}
