/* Recognizes files of a procfs, which show and change the process itself. */
import { addon } from "./addon.ts";

/** The type of procfs in statfs(2) (linux/magic.h). */
const PROC_SUPER_MAGIC = 0x9fa0;

/** @param fd may be an O_PATH descriptor */
export function isInProcfs(fd: number): boolean {
	return addon.fileSystemType(fd) === PROC_SUPER_MAGIC;
}
