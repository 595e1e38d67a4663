/*
 * Loads the settings of a session that has arguments or a configuration file, and
 * reports them for -T. Other sessions do not load this part of the program. It makes no
 * call of the addon, since a second copy of its typed face would share its state.
 */
import { resolve as absolutePath } from "node:path";
import { escapeLine } from "../log/escape.ts";
import { configurationRefused } from "../log/events/configuration.ts";
import type { Passwd } from "../posix/addon.ts";
import { asByteString, type ByteString, fromBytes, toBytes } from "../posix/byte-string.ts";
import { parseCommandLine } from "./command-line.ts";
import { ConfigError, FileError, showPosition } from "./config-error.ts";
import { assignmentsFor, type ConfigFile, readConfigFile } from "./config-file.ts";
import { type ConnectionTest, groupsOfProcess, subjectOf, testedSubject } from "./connection.ts";
import { type Exit, exit, FATAL_STATUS, sentenceExit } from "./exit.ts";
import type { Subject } from "./match.ts";
import type { CommandLine, CommandLineContext } from "./option-reader.ts";
import { processGids } from "./process-gids.ts";
import { report } from "./report.ts";
import { unmatchedItem } from "./request-lists.ts";
import { Complaint, type Resolved, resolve } from "./resolve.ts";
import type { Settings } from "./settings.ts";
import { TrustedFiles } from "./trust.ts";
import { quote } from "./value-type.ts";

declare global {
	namespace NodeJS {
		interface Process {
			/* Node has had it since 0.9; its types do not. */
			initgroups?(user: string, extraGroup: number): void;
		}
	}
}

export interface LoadContext extends CommandLineContext {
	readonly user: Passwd;
	readonly lookUpUser: (name: ByteString) => Passwd | undefined;
	readonly groupName: (gid: number) => string | undefined;
	/** sshd's SSH_CONNECTION. */
	readonly connection: ByteString | undefined;
	/** The file to read if it exists and there is no --config. */
	readonly defaultConfig: ByteString;
}

export interface Loaded {
	readonly kind: "serve";
	readonly settings: Settings;
}

const NO_ARGUMENTS: CommandLine = {
	kind: "settings",
	assignments: [],
	config: undefined,
	test: undefined,
};

/**
 * Returns the settings, or the end of the program. Has then logged what goes to syslog.
 *
 * @param opened a descriptor of the default configuration file, which this call closes
 */
export function loadSettings(
	argv: readonly ByteString[],
	context: LoadContext,
	opened?: number,
): Loaded | Exit {
	const commandLine = argv.length === 0 ? NO_ARGUMENTS : parseCommandLine(argv, context);
	if (commandLine.kind === "exit") return commandLine;
	const { test } = commandLine;
	try {
		const { user, subject } = findSubject(test?.connection, context);
		const config = readConfig(commandLine.config, { ...context, user }, opened);
		const fromFile = config === undefined ? [] : assignmentsFor(config, subject);
		const resolved = resolve([...commandLine.assignments, ...fromFile], { ...context, user });
		if (resolved instanceof Complaint) return complain(resolved, context, test !== undefined);
		if (test === undefined) return { kind: "serve", settings: resolved.settings };
		return checkLists(resolved, context) ?? exit(0, test.prints ? { stdout: report(resolved) } : {});
	} catch (error) {
		if (error instanceof ConfigError) return refuse(error.message, context, test !== undefined);
		throw error;
	}
}

/**
 * The session's user, and the subject of Match. For another user the process changes to
 * that user, so that the files are read and checked as in a session of that user.
 */
function findSubject(
	test: ConnectionTest | undefined,
	{ user, connection, groupName, lookUpUser }: LoadContext,
): { readonly user: Passwd; readonly subject: Subject } {
	const groups = groupsOfProcess(groupName);
	if (test === undefined) return { user, subject: subjectOf(user.name, connection, groups) };
	const subject = testedSubject(test, groups);
	if (test.user === undefined || test.user === user.name) return { user, subject };
	const other = lookUpUser(asByteString(test.user));
	if (other === undefined) throw new ConfigError(`-C: there is no user ${test.user}`);
	if (process.getuid?.() !== 0) throw new ConfigError("-C: only root can name another user");
	process.initgroups?.(toBytes(other.name).toString(), other.gid);
	process.setgid?.(other.gid);
	process.setuid?.(other.uid);
	return { user: other, subject };
}

function readConfig(
	named: ByteString | undefined,
	{ user, defaultConfig }: LoadContext,
	opened: number | undefined,
): ConfigFile | undefined {
	if (named === "none") return undefined;
	const files = new TrustedFiles({ uid: user.uid, gids: [...processGids()] });
	if (named !== undefined) return readConfigFile(absolute(named), files);
	const fd = opened ?? openIfThere(defaultConfig, files);
	return fd === undefined ? undefined : readConfigFile(defaultConfig, files, fd);
}

function openIfThere(path: ByteString, files: TrustedFiles): number | undefined {
	try {
		return files.openIfThere(path);
	} catch (error) {
		if (error instanceof FileError) throw new ConfigError(error.message);
		throw error;
	}
}

function absolute(path: ByteString): ByteString {
	if (path.startsWith("/")) return path;
	const directory = fromBytes(Buffer.from(absolutePath("."), "utf8"));
	return asByteString(`${directory}/${path}`);
}

/** For -t and -T; a session checks its lists once it has a log. */
function checkLists({ settings }: Resolved, { programName, requestNames }: LoadContext): Exit | undefined {
	const unmatched = unmatchedItem(settings, requestNames);
	if (unmatched === undefined) return undefined;
	return sentenceExit(FATAL_STATUS, programName, `no request matches ${quote(unmatched)}`);
}

function complain({ assignment, clause }: Complaint, context: LoadContext, isTest: boolean): Exit {
	const { keyword, origin } = assignment;
	if (origin.kind === "file")
		return refuse(`${showPosition(origin)}: ${keyword.name}: ${clause}`, context, isTest);
	return sentenceExit(isTest ? FATAL_STATUS : 1, context.programName, `${origin.option}: ${clause}`);
}

/** In a session, standard error only says that there is an error; syslog says which one. */
function refuse(text: string, { programName, diagnose }: LoadContext, isTest: boolean): Exit {
	if (isTest) return exit(FATAL_STATUS, { stderr: `${escapeLine(text)}\n` });
	diagnose.log(configurationRefused, text);
	return sentenceExit(
		FATAL_STATUS,
		programName,
		"the server is not configured correctly; the system log has the reason",
	);
}
