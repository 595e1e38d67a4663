/*
 * Log levels and syslog facilities: the names that -l and -f take, the syslog
 * severity of each level and the prefix of its lines. Numbers and names are
 * OpenSSH's (log.h, log.c).
 */

/** Verbosity, OpenSSH's LogLevel. A line is written when its level is at most the logger's. */
export const Level = {
	NOT_SET: -1,
	QUIET: 0,
	FATAL: 1,
	ERROR: 2,
	INFO: 3,
	VERBOSE: 4,
	DEBUG1: 5,
	DEBUG2: 6,
	DEBUG3: 7,
} as const;
export type Level = (typeof Level)[keyof typeof Level];

const LEVELS: ReadonlyMap<string, Level> = new Map([
	["quiet", Level.QUIET],
	["fatal", Level.FATAL],
	["error", Level.ERROR],
	["info", Level.INFO],
	["verbose", Level.VERBOSE],
	["debug", Level.DEBUG1],
	["debug1", Level.DEBUG1],
	["debug2", Level.DEBUG2],
	["debug3", Level.DEBUG3],
]);

/** Facility codes of <syslog.h>, before the shift by three bits. */
const FACILITIES: ReadonlyMap<string, number> = new Map([
	["daemon", 3],
	["user", 1],
	["auth", 4],
	["authpriv", 10],
	["local0", 16],
	["local1", 17],
	["local2", 18],
	["local3", 19],
	["local4", 20],
	["local5", 21],
	["local6", 22],
	["local7", 23],
]);

/** LOG_AUTH of <syslog.h>, the default facility. */
export const FACILITY_AUTH = 4;

/** An unknown facility, OpenSSH's SYSLOG_FACILITY_NOT_SET. */
export const FACILITY_NOT_SET = -1;

/** Parses a level as -l takes it, ignoring case; NOT_SET if unknown (log.c log_level_number). */
export function parseLevel(name: string): Level {
	return LEVELS.get(asciiLowerCase(name)) ?? Level.NOT_SET;
}

/** Parses a facility as -f takes it, ignoring case; FACILITY_NOT_SET if unknown (log.c log_facility_number). */
export function parseFacility(name: string): number {
	return FACILITIES.get(asciiLowerCase(name)) ?? FACILITY_NOT_SET;
}

/** The names in the order of the help texts. */
export const LEVEL_NAMES: readonly string[] = [...LEVELS.keys()].map((name) => name.toUpperCase());
export const FACILITY_NAMES: readonly string[] = [...FACILITIES.keys()].map((name) => name.toUpperCase());

/** A level's name in JSON lines: OpenSSH's, in lower case. */
export type LevelName = "quiet" | "fatal" | "error" | "info" | "verbose" | "debug1" | "debug2" | "debug3";

export function levelName(level: Level): LevelName {
	switch (level) {
		case Level.NOT_SET:
		case Level.QUIET:
			return "quiet";
		case Level.FATAL:
			return "fatal";
		case Level.ERROR:
			return "error";
		case Level.INFO:
			return "info";
		case Level.VERBOSE:
			return "verbose";
		case Level.DEBUG1:
			return "debug1";
		case Level.DEBUG2:
			return "debug2";
		case Level.DEBUG3:
			return "debug3";
		default:
			return level satisfies never;
	}
}

/** The severity of <syslog.h> for a level: crit, err, info or debug (log.c do_log). */
export function severity(level: Level): number {
	if (level >= Level.DEBUG1) return 7;
	if (level >= Level.INFO) return 6;
	return level === Level.ERROR ? 3 : 2;
}

/**
 * The prefix of a line: the level's name for the debug levels and, in syslog
 * only, for fatal and error (log.c do_log).
 */
export function prefix(level: Level, toStderr: boolean): string {
	if (level >= Level.DEBUG1) return `debug${level - Level.DEBUG1 + 1}: `;
	if (toStderr || level >= Level.INFO) return "";
	return level === Level.ERROR ? "error: " : "fatal: ";
}

/** As strcasecmp in the C locale: only A to Z have another case. */
function asciiLowerCase(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
