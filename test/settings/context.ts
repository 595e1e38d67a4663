// The world as the command line's tests have it: root as the user, and the users
// that every Debian has.

import type { Logger } from "../../src/log/logger.ts";
import type { CommandLineContext } from "../../src/settings/command-line.ts";
import { OPERATIONS } from "../helpers/operations.ts";

const homes: ReadonlyMap<string, string> = new Map([
	["root", "/root"],
	["daemon", "/usr/sbin"],
]);

/** In the order of -Q. */
export const requestNames: readonly string[] = OPERATIONS.map(({ name }) => name);

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
