// From the arguments to the options. commander finds the options and their
// values; what each does is in option-table.ts, and it is done only afterwards,
// in the order given, so that the first option that ends the program wins as it
// does with OpenSSH's getopt loop. Loads commander, so it is for a start with
// arguments; options.ts has what holds without.
import { FACILITY_NOT_SET, Level } from "../log/levels.ts";
import {
	type CommandLineContext,
	complaint,
	type Exit,
	exit,
	type OptionRow,
	optionTable,
	usageExit,
} from "./option-table.ts";
import { defaultOptions, type Options } from "./options.ts";

export type CommandLine = { readonly kind: "serve"; readonly options: Options } | Exit;

/**
 * Reads the arguments after the program's own name, byte strings with one char
 * per byte. Complaints that OpenSSH sends to syslog have been logged when an exit
 * is returned. Writes nothing else and never throws for bad arguments.
 */
export function parseCommandLine(argv: readonly string[], context: CommandLineContext): CommandLine {
	const { given, valid } = findOptions(argv);
	let options = defaultOptions;
	for (const { row, value } of given) {
		if (row.apply === undefined) return finish(options, context);
		const result = row.apply(value, options, context);
		if (isExit(result)) return result;
		options = { ...options, ...result };
	}
	return valid ? finish(options, context) : usageExit(context);
}

interface GivenOption {
	readonly row: OptionRow;
	readonly value: string;
}

// All options in order, up to the first operand or the first argument that is
// not valid: an unknown option, or an option without its value. One thing getopt
// refuses and commander takes: a long name behind short ones, "-e-help".
function findOptions(argv: readonly string[]): { given: readonly GivenOption[]; valid: boolean } {
	// The lazy edge to commander: only this call loads it, also inside the bundle.
	const { Command, CommanderError, Option }: typeof import("commander") = require("commander");
	const program = new Command()
		.helpOption(false)
		.helpCommand(false)
		.passThroughOptions()
		.exitOverride()
		.configureOutput({ writeErr: () => {} });
	const given: GivenOption[] = [];
	for (const row of optionTable) {
		const option = new Option(row.flags);
		program.addOption(option);
		program.on(`option:${option.name()}`, (value?: string) => given.push({ row, value: value ?? "" }));
	}
	try {
		return { given, valid: program.parseOptions([...argv]).unknown.length === 0 };
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		return { given, valid: false };
	}
}

// What OpenSSH refuses only after the last option, when it opens its log for
// good (log.c log_init). The facility matters to it only for syslog.
function finish(options: Options, context: CommandLineContext): CommandLine {
	if (options.logLevel === Level.NOT_SET) {
		return exit(1, { stderr: "Unrecognized internal syslog level code -1\n" });
	}
	if (options.facility === FACILITY_NOT_SET && !options.logToStderr) {
		return exit(1, { stderr: "Unrecognized internal syslog facility code -1\n" });
	}
	if (options.logFile !== undefined && options.logFormat !== "json") {
		return complaint(context, "--log-file needs --log-format json");
	}
	return { kind: "serve", options };
}

function isExit(result: Partial<Options> | Exit): result is Exit {
	return "kind" in result;
}
