// The world as the command line's tests have it: root as the user, and the users
// that every Debian has.
import type { CommandLineContext } from "../../src/cli/option-table.ts";
import type { Logger } from "../../src/log/logger.ts";

const homes: ReadonlyMap<string, string> = new Map([
	["root", "/root"],
	["daemon", "/usr/sbin"],
]);

/** In the order of -Q. */
export const requestNames: readonly string[] = [
	..."open close read write lstat fstat setstat fsetstat opendir readdir remove mkdir rmdir".split(" "),
	..."realpath stat rename readlink symlink posix-rename statvfs fstatvfs hardlink fsync".split(" "),
	..."lsetstat limits expand-path copy-data home-directory users-groups-by-id".split(" "),
];

export function commandLineContext(diagnose: Logger): CommandLineContext {
	return {
		programName: "sftp-server",
		user: { name: "root", uid: 0, dir: "/root" },
		lookUpUser: (name) => {
			const dir = homes.get(name);
			return dir === undefined ? undefined : { dir };
		},
		requestNames,
		version: "1.2.3",
		diagnose,
	};
}
