/*
 * From the arguments to assignments. commander finds the options and their
 * values; what each means is looked at only afterwards, in the order given, so
 * that the first option that ends the program wins, as it does with OpenSSH's
 * getopt loop. Of an option that is given again the last value counts.
 */
import type { Logger } from "../log/logger.ts";
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import { type CommandOption, commandOptions } from "./command-options.ts";
import { type Exit, exit, FATAL_STATUS, sentenceExit, usageExit } from "./exit.ts";
import type { ExpansionContext } from "./expand.ts";
import type { Keyword } from "./keyword.ts";
import { keywords } from "./keywords.ts";
import { judgeAsOpenssh } from "./openssh-options.ts";
import { type Assignment, resolve } from "./resolve.ts";
import { defaultSettings } from "./settings.ts";
import { helpText } from "./usage.ts";
import { Refusal } from "./value-types.ts";
import { OpenQuote, splitWords } from "./words.ts";

/** What the options need to know of the world. */
export interface CommandLineContext extends ExpansionContext {
	/** The last component of argv[0]. */
	readonly programName: string;
	/** In the order of -Q. */
	readonly requestNames: readonly string[];
	readonly version: string;
	/** Where OpenSSH's complaints about options go: syslog, facility AUTH, level ERROR. */
	readonly diagnose: Logger;
}

export interface CommandLine {
	readonly kind: "settings";
	/** In the order of resolve(). */
	readonly assignments: readonly Assignment[];
}

/**
 * Reads the arguments after the program's own name. Complaints that OpenSSH sends
 * to syslog have been logged when an Exit is returned. Writes nothing else and
 * never throws for bad arguments.
 */
export function parseCommandLine(
	argv: readonly ByteString[],
	context: CommandLineContext,
): CommandLine | Exit {
	const { given, valid } = findOptions(argv);
	const reader = new OptionReader(context);
	for (const option of given) {
		if (option.row.command === "stop") return reader.finish();
		const ended = reader.take(option);
		if (ended !== undefined) return ended;
	}
	return valid ? reader.finish() : usageExit(context.programName);
}

/** No option, but it makes commander take "-1" for an unknown option, as getopt does, and not for an operand. */
const DIGIT = { command: "usage", flags: "-0" } as const;

type Row = (Keyword & { readonly command?: never }) | Pick<CommandOption, "command" | "flags">;

interface GivenOption {
	readonly row: Row;
	/** Empty for an option that takes none. */
	readonly value: ByteString;
	/** The option's long name. */
	readonly name: string;
}

/**
 * All options in order, up to the first operand or the first argument that is not
 * valid: an unknown option, or an option without its value. One thing getopt
 * refuses and commander takes: a long name after short ones, "-e-help".
 */
function findOptions(argv: readonly ByteString[]): { given: readonly GivenOption[]; valid: boolean } {
	/* The lazy edge to commander: only this call loads it, also inside the bundle. */
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
	try {
		return { given, valid: program.parseOptions([...argv]).unknown.length === 0 };
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		return { given, valid: false };
	}
}

class OptionReader {
	readonly #context: CommandLineContext;
	#assignments: readonly Assignment[] = [];
	/** OpenSSH's options with a bad value that a later good one can mend. */
	readonly #bad = new Set<string>();

	constructor(context: CommandLineContext) {
		this.#context = context;
	}

	/** Takes one option; the end of the program, if that is what it asks for or deserves. */
	take({ row, value, name }: GivenOption): Exit | undefined {
		if (row.command === undefined) return this.#set(row, row.flagValue ?? value, name);
		return this.#obey(row, value);
	}

	/** What OpenSSH refuses only after the last option, when it opens its log for good (log.c log_init). */
	finish(): CommandLine | Exit {
		if (this.#bad.has("LogLevel")) return exit(1, { stderr: "Unrecognized internal syslog level code -1\n" });
		/* The facility matters to it only for syslog. */
		if (this.#bad.has("LogFacility") && !this.#logsToStderr())
			return exit(1, { stderr: "Unrecognized internal syslog facility code -1\n" });
		return { kind: "settings", assignments: this.#assignments };
	}

	#set(keyword: Keyword, value: ByteString, option: string): Exit | undefined {
		const context = this.#context;
		const words = keyword.words === "one" ? [value] : splitWords(value);
		const written =
			words instanceof OpenQuote
				? new Refusal("has a quote that is not closed")
				: keyword.read(
						words.map((word) => (typeof word === "string" ? word : word.text)),
						"option",
					);
		const isBad = written instanceof Refusal;
		const isSecond = this.#assignments.some((one) => one.keyword === keyword);
		const verdict = judgeAsOpenssh(keyword.name, value, { isBad, isSecond }, context);
		if (verdict === "fatal") return exit(FATAL_STATUS);
		if (keyword.repeated === "first")
			this.#assignments = this.#assignments.filter((one) => one.keyword !== keyword);
		if (verdict === "unless mended") {
			this.#bad.add(keyword.name);
			return undefined;
		}
		this.#bad.delete(keyword.name);
		if (isBad) return sentenceExit(1, context.programName, `${option}: ${written.clause}`);
		const applied = written.apply(defaultSettings, context);
		if (applied instanceof Refusal)
			return sentenceExit(1, context.programName, `${option}: ${applied.clause}`);
		this.#assignments = [...this.#assignments, { keyword, written, origin: { kind: "option", option } }];
		return undefined;
	}

	#obey({ command }: Pick<CommandOption, "command">, value: ByteString): Exit | undefined {
		const { programName, requestNames, version } = this.#context;
		switch (command) {
			case "query":
				return value.toLowerCase() === "requests"
					? exit(0, { stdout: requestNames.map((one) => `${one}\n`).join("") })
					: exit(1, { stderr: "Invalid query type\n" });
			case "usage":
				return usageExit(programName);
			case "help":
				return exit(0, { stdout: helpText(programName, [...keywords, ...commandOptions]) });
			case "version":
				return exit(0, { stdout: `${programName} ${version}\n` });
			default:
				return undefined;
		}
	}

	#logsToStderr(): boolean {
		const resolved = resolve(this.#assignments, this.#context);
		return "settings" in resolved && resolved.settings.logStderr;
	}
}
