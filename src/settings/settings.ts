/*
 * A session's settings and their defaults. keywords.ts has the table for parsing them. A
 * session without arguments and without a configuration file loads only this module.
 */

import type { AccessRule } from "../files/access-rules.ts";
import { FACILITY_AUTH, Level } from "../log/levels.ts";
import type { ByteString } from "../posix/byte-string.ts";
import type { IgnorableAttribute } from "../session/rules.ts";

/** A directory of Confine or Root, expanded. */
export interface ConfinedDirectory {
	readonly directory: ByteString;
	readonly readOnly: boolean;
}

/** The group of ForceGroup. */
export interface ForcedGroup {
	/** As written: a name or a number. */
	readonly text: ByteString;
	/** NO_GROUP until the value is expanded. */
	readonly gid: number;
}

/** The id that no group has (chown(2)). */
export const NO_GROUP = 0xffff_ffff;

/** Named like the keywords, in the order of the options in the manual page. */
export interface Settings {
	/** Refuse every request that makes changes. */
	readonly readOnly: boolean;
	/** Unparsed; session/policy.ts splits and matches them. */
	readonly allowedRequests?: ByteString;
	readonly deniedRequests?: ByteString;
	/** An item of either list that matches no request is an error. */
	readonly strictRequests: boolean;
	/** Expanded. May be empty, as OpenSSH allows: chdir then fails. */
	readonly startDirectory?: ByteString;
	/** 0 to 0777; absent: the inherited umask. */
	readonly umask?: number;
	/** Modes of new files and directories, 0 to 0777; absent: the client's. */
	readonly forceFileMode?: number;
	readonly forceDirectoryMode?: number;
	/** The group of new files; absent: the system's choice. */
	readonly forceGroup?: ForcedGroup;
	/** What the client sees as "/"; not together with confine. */
	readonly root?: ConfinedDirectory;
	/** Modes if the client gives none; absent: 0666 and 0777. */
	readonly defaultFileMode?: number;
	readonly defaultDirectoryMode?: number;
	/** Bits cleared in a client's modes, 0 to 07777; absent: none. */
	readonly modeMask?: number;
	/** Attributes whose changes are not made; absent or empty: all are made. */
	readonly ignoreAttributes?: readonly IgnorableAttribute[];
	/** Show the session's user and group as the owner of everything. */
	readonly hideOwners: boolean;
	/** Empty: not confined. */
	readonly confine: readonly ConfinedDirectory[];
	/** The first that matches a file applies. Empty: only the system's permissions apply. */
	readonly access: readonly AccessRule[];
	readonly sandbox: boolean;
	readonly logLevel: Level;
	/** A facility of <syslog.h> before the shift. */
	readonly logFacility: number;
	readonly logStderr: boolean;
	readonly logFormat: "text" | "json";
	/** Only with logFormat json; absent: standard error. */
	readonly logFile?: ByteString;
}

export const defaultSettings: Settings = {
	readOnly: false,
	strictRequests: false,
	hideOwners: false,
	confine: [],
	access: [],
	sandbox: true,
	logLevel: Level.ERROR,
	logFacility: FACILITY_AUTH,
	logStderr: false,
	logFormat: "text",
};
