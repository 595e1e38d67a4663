/*
 * Turns the arguments into assignments. commander finds the options and their values.
 * Only then are they interpreted, in the order given, so that the first option that
 * ends the program wins, as in OpenSSH's getopt loop. If an option is repeated, the
 * last value is used.
 */
import { escapeLine } from "../log/escape.ts";
import { Level } from "../log/levels.ts";
import { Logger, type Sink } from "../log/logger.ts";
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import { commandOptions } from "./command-options.ts";
import { type Exit, exit, FATAL_STATUS, usageExit } from "./exit.ts";
import { keywords } from "./keywords.ts";
import {
	type CommandLine,
	type CommandLineContext,
	type GivenOption,
	OptionReader,
} from "./option-reader.ts";

/**
 * Reads the arguments after the program's name. Logs the complaints that OpenSSH sends
 * to syslog. Writes nothing else and never throws for bad arguments.
 */
export function parseCommandLine(
	argv: readonly ByteString[],
	context: CommandLineContext,
): CommandLine | Exit {
	const found = findOptions(argv);
	const isTest = found.given.some(({ row: { command } }) => command === "check" || command === "print");
	if (!isTest) return readOptions(found, context);
	/* With -t and -T all complaints go to standard error, and the status is always the same. */
	let complaints = "";
	const sink: Sink = {
		write: (_level, _name, { text }) => {
			complaints += `${escapeLine(text)}\n`;
		},
	};
	const result = readOptions(found, { ...context, diagnose: new Logger(Level.ERROR, sink) });
	if (result.kind === "settings" || result.status === 0) return result;
	return exit(FATAL_STATUS, { stderr: complaints + result.stderr });
}

function readOptions({ given, valid }: FoundOptions, context: CommandLineContext): CommandLine | Exit {
	const reader = new OptionReader(context);
	for (const option of given) {
		const ended = reader.take(option);
		if (ended !== undefined) return ended;
	}
	return valid ? reader.finish() : usageExit(context.programName);
}

/** Not an option. Makes commander treat "-1" as an unknown option, as getopt does, and not as an operand. */
const DIGIT = { command: "usage", flags: "-0" } as const;

interface FoundOptions {
	readonly given: readonly GivenOption[];
	readonly valid: boolean;
}

/**
 * All options in order, up to -c, the first operand, an unknown option, or an option
 * without its value. commander accepts one thing that getopt refuses: a long name after
 * short ones, "-e-help".
 */
function findOptions(argv: readonly ByteString[]): FoundOptions {
	/* Loaded on demand, also inside the bundle. */
	const { Command, CommanderError, Option }: typeof import("commander") = require("commander");
	const program = new Command()
		.helpOption(false)
		.helpCommand(false)
		.passThroughOptions()
		.exitOverride()
		.configureOutput({ writeErr: () => {} });
	const given: GivenOption[] = [];
	for (const row of [...keywords, ...commandOptions, DIGIT]) {
		const option = new Option(row.flags);
		program.addOption(option);
		program.on(`option:${option.name()}`, (value?: string) =>
			given.push({ row, value: asByteString(value ?? ""), name: option.long ?? "" }),
		);
	}
	const valid = parsesAll(() => program.parseOptions([...argv]), CommanderError);
	const stop = given.findIndex(({ row }) => row.command === "stop");
	return stop === -1 ? { given, valid } : { given: given.slice(0, stop), valid: true };
}

function parsesAll(
	parse: () => { readonly unknown: readonly string[] },
	commanderError: typeof import("commander").CommanderError,
): boolean {
	try {
		return parse().unknown.length === 0;
	} catch (error) {
		if (!(error instanceof commanderError)) throw error;
		return false;
	}
}
