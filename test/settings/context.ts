/*
 * The environment in the tests of settings: root as the user, the users that
 * every Debian has, and no configuration file but those that a test names.
 */
import type { Logger } from "../../src/log/logger.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import type { LoadContext } from "../../src/settings/load.ts";
import { OPERATIONS } from "../helpers/operations.ts";

const homes = new Map([
	["root", "/root"],
	["daemon", "/usr/sbin"],
]);

/** In the order of -Q. */
export const requestNames: readonly string[] = OPERATIONS.map(({ name }) => name);

export function loadContext(diagnose: Logger): LoadContext {
	return {
		programName: "sftp-server",
		user: { name: asByteString("root"), uid: 0, gid: 0, dir: asByteString("/root") },
		lookUpUser: (name) => {
			const dir = homes.get(name);
			return dir === undefined
				? undefined
				: { name, dir: asByteString(dir), uid: name === "root" ? 0 : 1, gid: 0 };
		},
		lookUpGroup: (name) => (name === "www-data" ? 33 : undefined),
		groupName: () => undefined,
		connection: undefined,
		defaultConfig: asByteString("/nonexistent/sftp_server_config"),
		requestNames,
		version: "1.2.3",
		diagnose,
	};
}
