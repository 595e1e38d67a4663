/*
 * Opens the file of --log-file. Other users may be able to write to its directory, so no
 * links are followed, and the file must belong to the session's user.
 */
import { closeSync, constants, fstatSync, type Stats } from "node:fs";
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { strerror } from "../posix/errno.ts";
import { O_PATH_DIRECTORY, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { HERE, SLASH } from "../posix/path.ts";
import { STICKY } from "../posix/stat.ts";

const { O_APPEND, O_CREAT, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
const APPEND = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
/** Write permission for others or the group; an access control list's entries count as the group's. */
const OTHERS_WRITE = 0o022;

/**
 * Opens `path` for appending, creating it with mode 0600, as a descriptor that
 * never blocks. Returns the reason instead if
 * - the file or a directory on its path is a symbolic link;
 * - users other than root and the session's can replace entries of its directory;
 * - it is not a regular file, does not belong to the user, or has another hard link;
 * - the system refuses.
 */
export function openLogFile(path: Buffer): number | string {
	const slash = path.lastIndexOf(SLASH);
	const directory = openDirectory(slash === -1 ? HERE : path.subarray(0, slash + 1));
	if (directory < 0) return `its directory: ${strerror(-directory)}`;
	const fault = directoryFault(fstatSync(directory));
	const opened =
		fault === undefined ? openFile(directory, path.subarray(slash + 1)) : `its directory ${fault}`;
	closeSync(directory);
	return opened;
}

/** A descriptor of the directory, reached without symbolic links; or -errno. */
function openDirectory(path: Buffer): number {
	return addon.openat2(AT_FDCWD, path, 0, path.length, O_PATH_DIRECTORY, 0, RESOLVE_NO_SYMLINKS);
}

function openFile(directory: number, name: Buffer): number | string {
	const file = addon.openat2(directory, name, 0, name.length, APPEND, 0o600, 0);
	if (file < 0) return strerror(-file);
	const fault = fileFault(fstatSync(file));
	if (fault === undefined) return file;
	closeSync(file);
	return `it ${fault}`;
}

/** Why a log must not be in the directory; undefined if it may be. */
function directoryFault({ uid, mode }: Stats): string | undefined {
	if (uid !== 0 && uid !== process.geteuid?.()) return `belongs to user ${uid}`;
	const shared = (mode & OTHERS_WRITE) !== 0;
	return shared && (mode & STICKY) === 0 ? "can be written by others and is not sticky" : undefined;
}

/** Why the file must not be the log; undefined if it may be. */
function fileFault(stats: Stats): string | undefined {
	if (!stats.isFile()) return "is no regular file";
	if (stats.uid !== process.geteuid?.()) return `belongs to user ${stats.uid}`;
	return stats.nlink === 1 ? undefined : `has ${stats.nlink} names`;
}
