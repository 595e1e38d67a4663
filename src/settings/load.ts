/*
 * The settings of a session that has arguments or a configuration file: parsed,
 * combined, and reported where that is asked for. The entry to the part of the
 * program that other sessions do not load.
 */
import type { ByteString } from "../posix/byte-string.ts";
import { type CommandLineContext, parseCommandLine } from "./command-line.ts";
import { type Exit, sentenceExit } from "./exit.ts";
import { type Complaint, resolve } from "./resolve.ts";
import type { Settings } from "./settings.ts";

export interface Loaded {
	readonly kind: "serve";
	readonly settings: Settings;
}

/** The settings, or the end of the program; what goes to syslog has been logged then. */
export function loadSettings(argv: readonly ByteString[], context: CommandLineContext): Loaded | Exit {
	const commandLine = parseCommandLine(argv, context);
	if (commandLine.kind === "exit") return commandLine;
	const resolved = resolve(commandLine.assignments, context);
	if ("settings" in resolved) return { kind: "serve", settings: resolved.settings };
	return complain(resolved, context);
}

function complain({ assignment, clause }: Complaint, { programName }: CommandLineContext): Exit {
	const { keyword, origin } = assignment;
	const name = origin.kind === "option" ? origin.option : keyword.name;
	return sentenceExit(1, programName, `${name}: ${clause}`);
}
