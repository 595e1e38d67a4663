// The options, one row each: the names, what --help says, and what the option
// does when its turn comes. Rows with a short name do what sftp-server.c
// sftp_server_main does; the other rows are ours.
import { escapeForSyslog } from "../log/escape.ts";
import {
	allowlistAlreadySet,
	denylistAlreadySet,
	invalidLogFacility,
	invalidLogLevel,
	invalidUmask,
} from "../log/events/options.ts";
import { FACILITY_NOT_SET, Level, parseFacility, parseLevel } from "../log/levels.ts";
import type { Logger } from "../log/logger.ts";
import { type ExpansionContext, expandDirectory, logExpansionFailure } from "./expand.ts";
import type { Options } from "./options.ts";
import { help, usage } from "./usage.ts";
import { parseConfine, parseLogFormat, parseUmask } from "./values.ts";

/** What the options need to know of the world. Strings are byte strings, one char per byte. */
export interface CommandLineContext extends ExpansionContext {
	/** The last component of argv[0]. */
	readonly programName: string;
	/** In the order of -Q. */
	readonly requestNames: readonly string[];
	readonly version: string;
	/** Where OpenSSH's complaints about options go: syslog, facility AUTH, level ERROR. */
	readonly diagnose: Logger;
}

/** The end of the program, as the command line has asked for. */
export interface Exit {
	readonly kind: "exit";
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface OptionRow {
	/** As commander takes them: "-u, --umask <mask>". */
	readonly flags: string;
	/** Undefined for a row that --help does not show. */
	readonly description?: string;
	/**
	 * What the option changes, given those before it. `value` is empty for an option
	 * that takes none. Undefined for the one behind which everything is ignored.
	 */
	apply?(value: string, options: Options, context: CommandLineContext): Partial<Options> | Exit;
}

export function exit(status: number, output: { stdout?: string; stderr?: string } = {}): Exit {
	return { kind: "exit", status, stdout: output.stdout ?? "", stderr: output.stderr ?? "" };
}

export function usageExit(context: CommandLineContext): Exit {
	return exit(1, { stderr: usage(context.programName) });
}

/** The end for a bad value of an option that OpenSSH does not have: one sentence. */
export function complaint(context: CommandLineContext, sentence: string): Exit {
	return exit(1, { stderr: `${escapeForSyslog(`${context.programName}: ${sentence}`)}\n` });
}

// A value inside a sentence; the sentence stays readable when the value is not.
function quote(value: string): string {
	const limit = 100;
	return value.length > limit ? `"${value.slice(0, limit)}..."` : `"${value}"`;
}

/** OpenSSH's status after a fatal error. */
const FATAL_STATUS = 255;

export const optionTable: readonly OptionRow[] = [
	{
		flags: "-R, --read-only",
		description: "refuse every request that writes",
		apply: () => ({ readOnly: true }),
	},
	{
		flags: "-p, --allowed-requests <list>",
		description: "permit only these requests (names and globs, separated by commas)",
		apply: (value, options, { diagnose }) => {
			if (options.allowlist === undefined) return { allowlist: value };
			diagnose.log(allowlistAlreadySet);
			return exit(FATAL_STATUS);
		},
	},
	{
		flags: "-P, --denied-requests <list>",
		description: "refuse these requests",
		apply: (value, options, { diagnose }) => {
			if (options.denylist === undefined) return { denylist: value };
			diagnose.log(denylistAlreadySet);
			return exit(FATAL_STATUS);
		},
	},
	{
		flags: "--strict",
		description: "do not start when an item of -p or -P matches no request",
		apply: () => ({ strict: true }),
	},
	{
		flags: "-d, --start-directory <directory>",
		description: "start there (tokens %d home, %u user, %U uid, %% percent sign; ~ and ~user)",
		apply: (value, _options, context) => {
			const expansion = expandDirectory(value, context);
			if (expansion.kind === "path") return { startDirectory: expansion.path };
			logExpansionFailure(expansion, context.diagnose);
			return exit(FATAL_STATUS);
		},
	},
	{
		flags: "-u, --umask <mask>",
		description: "set the umask, an octal number",
		apply: (value, _options, { diagnose }) => {
			const umask = parseUmask(value);
			if (umask !== undefined) return { umask };
			diagnose.log(invalidUmask, value);
			return exit(FATAL_STATUS);
		},
	},
	{
		flags: "--confine <directory[:ro]>",
		description: "let the client see nothing outside (repeatable; tokens as for -d; :ro read-only)",
		apply: (value, options, context) => {
			const confined = parseConfine(value, context);
			if (typeof confined !== "string") return { confine: [...options.confine, confined] };
			return complaint(context, `--confine can't take ${quote(value)}: ${confined}`);
		},
	},
	{
		flags: "--no-sandbox",
		description: "do not give up the system calls that a file server never needs",
		apply: () => ({ sandbox: false }),
	},
	{
		flags: "-l, --log-level <level>",
		description: "QUIET FATAL ERROR (default) INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3",
		// A bad one is complained about here and refused after the last option: a
		// good one after it mends it.
		apply: (value, _options, { diagnose }) => {
			const logLevel = parseLevel(value);
			if (logLevel === Level.NOT_SET) diagnose.log(invalidLogLevel, value);
			return { logLevel };
		},
	},
	{
		flags: "-f, --log-facility <facility>",
		description: "DAEMON USER AUTH (default) AUTHPRIV LOCAL0 to LOCAL7",
		apply: (value, _options, { diagnose }) => {
			const facility = parseFacility(value);
			if (facility === FACILITY_NOT_SET) diagnose.log(invalidLogFacility, value);
			return { facility };
		},
	},
	{
		flags: "-e, --log-stderr",
		description: "log to stderr instead of syslog",
		apply: () => ({ logToStderr: true }),
	},
	{
		flags: "--log-format <format>",
		description: "text (default), or json: one object for each event, on stderr or in --log-file",
		apply: (value, _options, context) => {
			const logFormat = parseLogFormat(value);
			if (logFormat !== undefined) return { logFormat };
			return complaint(context, `--log-format takes text or json, not ${quote(value)}`);
		},
	},
	{
		flags: "--log-file <path>",
		description: "append the JSON objects to this file",
		apply: (value, _options, context) =>
			value === "" ? complaint(context, "--log-file needs the path of a file") : { logFile: value },
	},
	{
		flags: "-Q, --query <feature>",
		description: "print what is asked for, one a line, and exit: requests",
		apply: (value, _options, { requestNames }) =>
			value.toLowerCase() === "requests"
				? exit(0, { stdout: requestNames.map((name) => `${name}\n`).join("") })
				: exit(1, { stderr: "Invalid query type\n" }),
	},
	{
		flags: "-c, --command",
		description: "ignore all that follows: for a user whose login shell this program is",
	},
	{
		flags: "-h, --usage",
		description: "print the usage on stderr and exit with status 1, as OpenSSH does",
		apply: (_value, _options, context) => usageExit(context),
	},
	{
		flags: "--help",
		description: "print this and exit",
		apply: (_value, _options, { programName }) => exit(0, { stdout: help(programName, optionTable) }),
	},
	{
		flags: "--version",
		description: "print the version and exit",
		apply: (_value, _options, { programName, version }) => exit(0, { stdout: `${programName} ${version}\n` }),
	},
	{
		// No option, but it makes commander take "-1" for an unknown option, as getopt
		// does. Without an option that is a digit it is an operand, a negative number.
		flags: "-0",
		apply: (_value, _options, context) => usageExit(context),
	},
];
