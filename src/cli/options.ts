// What the command line can say, and what holds when it says nothing. Loads no
// parser, so that a start without arguments costs nothing; see command-line.ts.
import { FACILITY_AUTH, Level } from "../log/levels.ts";

/** A directory of --confine: a byte string, tokens expanded. */
export interface ConfinedDirectory {
	readonly directory: string;
	readonly readOnly: boolean;
}

/** Strings are byte strings, one char per byte, as the command line has them. */
export interface Options {
	/** -R: refuse every request that writes. */
	readonly readOnly: boolean;
	/** -p and -P as given; session/policy.ts splits and matches them. */
	readonly allowlist?: string;
	readonly denylist?: string;
	readonly logLevel: Level;
	/** A facility of <syslog.h> before the shift; FACILITY_NOT_SET only together with logToStderr. */
	readonly facility: number;
	/** -e */
	readonly logToStderr: boolean;
	/** -u, 0 to 0777; absent: as inherited. */
	readonly umask?: number;
	/** -d with tilde and tokens expanded. May be empty, as OpenSSH allows: chdir then fails. */
	readonly startDirectory?: string;
	readonly logFormat: "text" | "json";
	/** Only with logFormat json; absent: stderr. */
	readonly logFile?: string;
	/** An item of -p or -P that matches no request is an error. */
	readonly strict: boolean;
	readonly sandbox: boolean;
	/** Empty: not confined. */
	readonly confine: readonly ConfinedDirectory[];
}

export const defaultOptions: Options = {
	readOnly: false,
	logLevel: Level.ERROR,
	facility: FACILITY_AUTH,
	logToStderr: false,
	logFormat: "text",
	strict: false,
	sandbox: true,
	confine: [],
};
