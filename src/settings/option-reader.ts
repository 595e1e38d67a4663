/*
 * Interprets the options of a command line, one after another: they give assignments,
 * ask for a test of the settings, or end the program.
 */
import { configurationRefused } from "../log/events/configuration.ts";
import type { Logger } from "../log/logger.ts";
import type { ByteString } from "../posix/byte-string.ts";
import { type CommandOption, commandOptions } from "./command-options.ts";
import { LineError } from "./config-error.ts";
import { CONNECTION_EXPECTED, type ConnectionTest, parseConnectionTest } from "./connection.ts";
import { type Exit, exit, FATAL_STATUS, sentenceExit, usageExit } from "./exit.ts";
import type { ExpansionContext } from "./expand.ts";
import type { Keyword, Written } from "./keyword.ts";
import { keywords } from "./keywords.ts";
import { judgeAsOpenssh, refusesRepetition } from "./openssh-options.ts";
import { type Assignment, resolve } from "./resolve.ts";
import { parseLine, parseSetting } from "./setting-line.ts";
import { defaultSettings } from "./settings.ts";
import { helpText } from "./usage.ts";
import { Refusal } from "./value-type.ts";
import { OpenQuote, splitWords } from "./words.ts";

/** What options depend on. */
export interface CommandLineContext extends ExpansionContext {
	/** The last component of argv[0]. */
	readonly programName: string;
	/** In the order of -Q. */
	readonly requestNames: readonly string[];
	readonly version: string;
	/** For OpenSSH's complaints about options: syslog, facility AUTH, level ERROR. */
	readonly diagnose: Logger;
}

/** A test of the settings instead of a session. */
export interface SettingsTest {
	readonly prints: boolean;
	/** Undefined: that of this process. */
	readonly connection: ConnectionTest | undefined;
}

export interface CommandLine {
	readonly kind: "settings";
	/** In the order of resolve(). */
	readonly assignments: readonly Assignment[];
	/** Undefined: the default file, if it exists. "none": no file. */
	readonly config: ByteString | undefined;
	readonly test: SettingsTest | undefined;
}

export type OptionRow = (Keyword & { readonly command?: never }) | Pick<CommandOption, "command" | "flags">;

export interface GivenOption {
	readonly row: OptionRow;
	/** Empty for an option without an argument. */
	readonly value: ByteString;
	/** The option's long name. */
	readonly name: string;
}

export class OptionReader {
	readonly #context: CommandLineContext;
	#assignments: readonly Assignment[] = [];
	/** OpenSSH's options with an invalid value that a later one can correct. */
	readonly #bad = new Set<string>();
	#config: ByteString | undefined;
	#test: "check" | "print" | undefined;
	#connection: ConnectionTest | undefined;

	constructor(context: CommandLineContext) {
		this.#context = context;
	}

	/** Interprets one option; returns an Exit if it ends the program. */
	take({ row, value, name }: GivenOption): Exit | undefined {
		if (row.command === undefined) return this.#set(row, row.flagValue ?? value, name);
		return this.#obey(row, value);
	}

	/** Ends the reading. OpenSSH refuses some values only now, when it opens its log (log.c log_init). */
	finish(): CommandLine | Exit {
		if (this.#bad.has("LogLevel")) return exit(1, { stderr: "Unrecognized internal syslog level code -1\n" });
		/* OpenSSH checks the facility only for syslog. */
		if (this.#bad.has("LogFacility") && !this.#logsToStderr())
			return exit(1, { stderr: "Unrecognized internal syslog facility code -1\n" });
		if (this.#connection !== undefined && this.#test === undefined)
			return this.#complain("-C needs -t or -T");
		const connection = this.#connection;
		return {
			kind: "settings",
			assignments: this.#assignments,
			config: this.#config,
			test: this.#test && { prints: this.#test === "print", connection },
		};
	}

	#set(keyword: Keyword, value: ByteString, option: string): Exit | undefined {
		if (this.#isRepeated(keyword)) return exit(FATAL_STATUS);
		const words = keyword.words === "one" ? [value] : argumentsIn(value);
		const written = words instanceof Refusal ? words : keyword.read(words, "option");
		const isBad = written instanceof Refusal;
		const verdict = judgeAsOpenssh(keyword.name, value, isBad, this.#context);
		if (verdict === "fatal") return exit(FATAL_STATUS);
		if (verdict === "unless corrected") {
			this.#forget(keyword);
			this.#bad.add(keyword.name);
			return undefined;
		}
		return isBad ? this.#complain(`${option}: ${written.clause}`) : this.#assign(keyword, written, option);
	}

	/** -o: like a line of the file, but the last value is used, as for all options. */
	#setByLine(value: ByteString): Exit | undefined {
		try {
			const line = parseLine(value);
			if (line === undefined) return this.#complain("-o: expected Keyword=value");
			const { keyword, written } = parseSetting(line);
			return this.#isRepeated(keyword)
				? exit(FATAL_STATUS)
				: this.#assign(keyword, written, `-o ${keyword.name}`);
		} catch (error) {
			if (error instanceof LineError) return this.#complain(`-o: ${error.message}`);
			throw error;
		}
	}

	#assign(keyword: Keyword, written: Written, option: string): Exit | undefined {
		const origin = { kind: "option", option } as const;
		const applied = written.apply(defaultSettings, this.#context, origin);
		if (applied instanceof Refusal) {
			const sentence = `${option}: ${applied.clause}`;
			if (applied.isForUser && this.#test === undefined)
				this.#context.diagnose.log(configurationRefused, sentence);
			return this.#complain(sentence);
		}
		if (keyword.repeated === "first") this.#forget(keyword);
		this.#bad.delete(keyword.name);
		this.#assignments = [...this.#assignments, { keyword, written, origin }];
		return undefined;
	}

	#forget(keyword: Keyword): void {
		this.#assignments = this.#assignments.filter((one) => one.keyword !== keyword);
	}

	/** Whether an option that may be given only once is repeated; if so, logs that. */
	#isRepeated(keyword: Keyword): boolean {
		return (
			this.#assignments.some((one) => one.keyword === keyword) &&
			refusesRepetition(keyword.name, this.#context.diagnose)
		);
	}

	#obey({ command }: Pick<CommandOption, "command">, value: ByteString): Exit | undefined {
		const { programName, requestNames, version } = this.#context;
		switch (command) {
			case "assign":
				return this.#setByLine(value);
			case "config":
				this.#config = value;
				return value === "" ? this.#complain("--config: expected the path of a file, or none") : undefined;
			case "check":
				this.#test ??= "check";
				return undefined;
			case "print":
				this.#test = "print";
				return undefined;
			case "connection":
				this.#connection = parseConnectionTest(value);
				return this.#connection ? undefined : this.#complain(`-C: expected ${CONNECTION_EXPECTED}`);
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
			case "stop":
				return undefined;
			default:
				return command satisfies never;
		}
	}

	#complain(sentence: string): Exit {
		return sentenceExit(1, this.#context.programName, sentence);
	}

	#logsToStderr(): boolean {
		const resolved = resolve(this.#assignments, this.#context);
		return "settings" in resolved && resolved.settings.logStderr;
	}
}

/** Splits the value of an option that takes several arguments. */
function argumentsIn(value: ByteString): readonly ByteString[] | Refusal {
	const words = splitWords(value);
	return words instanceof OpenQuote ? new Refusal("the quote is not closed") : words.map(({ text }) => text);
}
