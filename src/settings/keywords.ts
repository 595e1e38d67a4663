/*
 * The table of keywords. Options, configuration file, --help and -T follow from it, and
 * a test compares the manual pages with it. OpenSSH's options behave as in sftp-server.c
 * sftp_server_main; openssh-options.ts has its error messages.
 */
import { asByteString } from "../posix/byte-string.ts";
import { confinedDirectory, directory } from "./directory-types.ts";
import { cumulative, type Keyword, single } from "./keyword.ts";
import {
	accessRule,
	attributeList,
	filePath,
	forcedGroup,
	logFacility,
	logFormat,
	logLevel,
	mode,
	modeMask,
	requestList,
	umask,
	yesOrNo,
} from "./value-types.ts";

const YES = asByteString("yes");
const NO = asByteString("no");

/** In the order of --help. */
export const keywords: readonly Keyword[] = [
	single("readOnly", yesOrNo, {
		flags: "-R, --read-only",
		flagValue: YES,
		help: "refuse every request that makes changes",
	}),
	single("allowedRequests", requestList, {
		flags: "-p, --allowed-requests <list>",
		help: "permit only these requests (names and globs, separated by commas)",
	}),
	single("deniedRequests", requestList, {
		flags: "-P, --denied-requests <list>",
		help: "refuse these requests",
	}),
	single("strictRequests", yesOrNo, {
		flags: "--strict",
		flagValue: YES,
		help: "do not start when an item of -p or -P matches no request",
	}),
	single("startDirectory", directory, {
		flags: "-d, --start-directory <directory>",
		help: "start there (tokens %d home, %u user, %U uid, %% percent sign; ~ and ~user)",
		isClients: true,
	}),
	single("umask", umask, {
		flags: "-u, --umask <mask>",
		help: "set the umask, an octal number",
	}),
	single("forceFileMode", mode, {
		flags: "-m, --force-file-mode <mode>",
		help: "give new files this mode, an octal number, whatever the client gives",
	}),
	single("forceDirectoryMode", mode, {
		flags: "-M, --force-directory-mode <mode>",
		help: "give new directories this mode",
	}),
	single("forceGroup", forcedGroup, {
		flags: "--force-group <group>",
		help: "give new files, directories and links this group, a name or number",
	}),
	single("root", confinedDirectory, {
		flags: "--root <directory[:ro]>",
		help: 'show this directory to the client as "/" (tokens as for -d; :ro read-only)',
	}),
	single("defaultFileMode", mode, {
		flags: "--default-file-mode <mode>",
		help: "give new files this mode, less the umask, if the client gives none",
	}),
	single("defaultDirectoryMode", mode, {
		flags: "--default-directory-mode <mode>",
		help: "the same for new directories",
	}),
	single("modeMask", modeMask, {
		flags: "--mode-mask <mask>",
		help: "clear these bits in every mode that the client sets",
	}),
	single("ignoreAttributes", attributeList, {
		flags: "--ignore-attributes <list>",
		help: "report success for changes of mode, owner or times without making them",
	}),
	single("hideOwners", yesOrNo, {
		flags: "--hide-owners",
		flagValue: YES,
		help: "show the session's user and group as the owner of everything",
	}),
	cumulative(
		"confine",
		confinedDirectory,
		{
			of: ({ confine }) => confine,
			put: (settings, confine) => ({ ...settings, confine }),
			from: (directory) => directory,
		},
		{
			flags: "--confine <directory[:ro]>",
			help: "keep the client inside this directory (repeatable; tokens as for -d; :ro read-only)",
		},
	),
	cumulative(
		"access",
		accessRule,
		{
			of: ({ access }) => access,
			put: (settings, access) => ({ ...settings, access }),
			from: (rule, origin) => ({ ...rule, origin }),
		},
		{
			flags: "--access <rule>",
			help: "full, read, add, drop, none or hidden: what the client may do where the pattern matches (repeatable)",
		},
	),
	single("sandbox", yesOrNo, {
		flags: "--no-sandbox",
		flagValue: NO,
		help: "do not give up the system calls that a file server never needs",
	}),
	single("logLevel", logLevel, {
		flags: "-l, --log-level <level>",
		help: "QUIET FATAL ERROR (default) INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3",
	}),
	single("logFacility", logFacility, {
		flags: "-f, --log-facility <facility>",
		help: "DAEMON USER AUTH (default) AUTHPRIV LOCAL0 to LOCAL7",
	}),
	single("logStderr", yesOrNo, {
		flags: "-e, --log-stderr",
		flagValue: YES,
		help: "log to stderr instead of syslog",
	}),
	single("logFormat", logFormat, {
		flags: "--log-format <format>",
		help: "text (default), or json: one object for each event, on stderr or in --log-file",
	}),
	single("logFile", filePath, {
		flags: "--log-file <path>",
		help: "append the JSON objects to this file",
	}),
];

const byLowerCaseName: ReadonlyMap<string, Keyword> = new Map(
	keywords.map((keyword) => [keyword.name.toLowerCase(), keyword]),
);

/** Finds a keyword by its name in any letter case. */
export function keywordNamed(name: string): Keyword | undefined {
	return byLowerCaseName.get(name.toLowerCase());
}
