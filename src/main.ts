/* The program: reads arguments and environment, and starts the session. */
import { constants } from "node:fs";
import { basename } from "node:path";
import { ForcedNewFiles, type NewFiles, UMASK_OF_FORCED_GROUP, UNFORCED } from "./files/new-files.ts";
import type { Rooted } from "./files/rooted.ts";
import { argumentBytes, environmentBytes } from "./invocation.ts";
import { takeOver } from "./launch.ts";
import { debuggerOpen, sandboxFailed, sandboxOff, unknownRequestName } from "./log/events/server.ts";
import { malformedConnection, sessionClosed, undumpableFailed } from "./log/events/session.ts";
import { Level } from "./log/levels.ts";
import { Logger, type Sink } from "./log/logger.ts";
import { createSink, type SinkSettings } from "./log/sinks.ts";
import { operationNames } from "./ops/index.ts";
import { AT_FDCWD, addon, type Passwd } from "./posix/addon.ts";
import { asByteString, type ByteString, toBytes } from "./posix/byte-string.ts";
import { errno, strerror } from "./posix/errno.ts";
import { enterSandbox } from "./posix/sandbox.ts";
import { groupByName, groupName, userById, userByName } from "./posix/users.ts";
import { processHost } from "./server/host.ts";
import { serve } from "./server/serve.ts";
import { ExitStatus } from "./server/session-end.ts";
import { Policy } from "./session/policy.ts";
import { Rules } from "./session/rules.ts";
import { namespaceFor, rootedIn } from "./session-namespace.ts";
import { DEFAULT_CONFIG } from "./settings/config-path.ts";
import { unmatchedItem } from "./settings/request-lists.ts";
import { defaultSettings, type Settings } from "./settings/settings.ts";

/* Defined by the bundler. */
declare const PACKAGE_VERSION: string;

const STDOUT = 1;
const STDERR = 2;

main();

function main(): never {
	takeOver();
	/* Before the next: an undumpable process may not read its own environment. */
	const connection = environmentBytes("SSH_CONNECTION");
	/* Before a byte from the client is read; its result is logged once there is a log. */
	const undumpable = addon.setUndumpable();
	const uid = process.getuid?.() ?? 0;
	const user = userById(uid);
	if (user === undefined) return leave(1, "", `No user found for uid ${uid}\n`);

	const programName = basename(process.argv[1] ?? "sftp-server");
	const settings = settingsFor(programName, user, connection);
	if (settings.umask !== undefined) process.umask(settings.umask);
	const clientAddress = asByteString(connection?.split(" ", 1)[0] ?? "UNKNOWN");
	/* The log is opened before the root is entered. */
	let rootedAt: Rooted | undefined;
	const sink = sinkFor(settings, {
		ident: programName,
		user: user.name,
		clientAddress,
		...(settings.root === undefined ? {} : { systemPath: (path) => rootedAt?.systemPath(path) }),
	});
	if (typeof sink === "string") return leave(1, "", sink);
	const log = new Logger(settings.logLevel, sink);

	if (undumpable < 0) {
		log.log(undumpableFailed, strerror(-undumpable));
		addon.exit(ExitStatus.FATAL);
	}
	checkLists(settings, log);
	if (connection !== undefined && !connection.includes(" ")) {
		log.log(malformedConnection, connection);
		log.log(sessionClosed, user.name, connection);
		addon.exit(ExitStatus.FATAL);
	}
	addon.catchSignals();
	const policy = new Policy(settings.readOnly, settings.deniedRequests, settings.allowedRequests);
	/* Everything that the server itself needs is open or loaded; from here on it gives up rights. */
	if (settings.root !== undefined) rootedAt = rootedIn(settings.root, log);
	const newFiles = newFilesFor(settings);
	const namespace = namespaceFor(settings, rootedAt, newFiles, log);
	installSandbox(settings.sandbox, log);
	refuseDebugger(log);
	const { startDirectory } = settings;
	const rules = rulesFor(settings, uid);
	serve({ user, clientAddress, log, policy, rules, namespace, newFiles, startDirectory }, processHost);
}

/** The session's settings. Ends the program if the arguments are invalid or don't ask for a session. */
function settingsFor(programName: string, user: Passwd, connection: ByteString | undefined): Settings {
	const hasArguments = process.argv.length > 2;
	/* Arguments may name another file. */
	const config = hasArguments ? undefined : openDefaultConfig();
	if (config === -errno.ENOENT) return defaultSettings;
	/* The parsers are loaded only for arguments or a configuration file. */
	const { loadSettings }: typeof import("./settings/load.ts") = require("./settings/load.ts");
	const sink = sinkFor(defaultSettings, {
		ident: programName,
		user: user.name,
		clientAddress: asByteString(""),
	});
	if (typeof sink === "string") leave(1, "", sink);
	const context = {
		programName,
		user,
		lookUpUser: userByName,
		lookUpGroup: groupByName,
		groupName,
		connection,
		defaultConfig: DEFAULT_CONFIG,
		requestNames: operationNames,
		version: PACKAGE_VERSION,
		/* Until the settings are known, complaints go to syslog, like OpenSSH's. */
		diagnose: new Logger(Level.ERROR, sink),
	};
	/* If the file could not be opened, loadSettings tries again and reports the failure. */
	const opened = config !== undefined && config >= 0 ? config : undefined;
	const result = loadSettings(hasArguments ? argumentBytes() : [], context, opened);
	return result.kind === "serve" ? result.settings : leave(result.status, result.stdout, result.stderr);
}

/** Returns a descriptor, or -errno. A FIFO in place of the file is opened without blocking, and refused later. */
function openDefaultConfig(): number {
	const path = toBytes(DEFAULT_CONFIG);
	const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
	return addon.openAt(AT_FDCWD, path, 0, path.length, flags, 0);
}

function sinkFor(
	settings: Settings,
	session: Pick<SinkSettings, "ident" | "user" | "clientAddress" | "systemPath">,
): Sink | string {
	const { logFormat, logFile, logFacility: facility, logStderr: logToStderr } = settings;
	return createSink({
		...session,
		facility,
		logToStderr,
		logFormat,
		...(logFile === undefined ? {} : { logFile }),
	});
}

/** Refuses to start if a pattern matches no request or, under StrictRequests, a name is not a request. */
function checkLists(settings: Settings, log: Logger): void {
	const unmatched = unmatchedItem(settings, operationNames);
	if (unmatched === undefined) return;
	log.log(unknownRequestName, unmatched);
	addon.exit(ExitStatus.FATAL);
}

function rulesFor(settings: Settings, uid: number): Rules {
	const gid = process.getgid?.() ?? 0;
	return new Rules(settings, { shownOwner: settings.hideOwners ? { uid, gid } : undefined });
}

/** With a forced group this changes the process's umask, so only the session's files may be created afterwards. */
function newFilesFor({ forceGroup, forceFileMode, forceDirectoryMode }: Settings): NewFiles {
	if (forceGroup === undefined && forceFileMode === undefined && forceDirectoryMode === undefined)
		return UNFORCED;
	return new ForcedNewFiles({
		uid: process.geteuid?.() ?? 0,
		group: forceGroup && { gid: forceGroup.gid, umask: process.umask(UMASK_OF_FORCED_GROUP) },
		exactFiles: forceFileMode !== undefined,
		exactDirectories: forceDirectoryMode !== undefined,
	});
}

/** Sets up the sandbox, unless --no-sandbox was given. */
function installSandbox(wanted: boolean, log: Logger): void {
	if (!wanted) {
		log.log(sandboxOff);
		return;
	}
	const result = enterSandbox();
	if (result >= 0) return;
	log.log(sandboxFailed, strerror(-result));
	addon.exit(ExitStatus.FATAL);
}

/**
 * Ends the program if node's debugger is listening. A SIGUSR1 that arrives before
 * catchSignals() opens it, unless a launcher has prevented that. Must come after the
 * sandbox, which lets no other socket listen.
 */
function refuseDebugger(log: Logger): void {
	if (addon.isListening() === 0) return;
	log.log(debuggerOpen);
	addon.exit(ExitStatus.FATAL);
}

function leave(status: number, stdout: string, stderr: string): never {
	writeText(STDOUT, stdout);
	writeText(STDERR, stderr);
	addon.exit(status);
}

function writeText(fd: number, text: string): void {
	const bytes = Buffer.from(text, "latin1");
	for (let done = 0; done < bytes.length; ) {
		const result = addon.write(fd, bytes, done, bytes.length - done);
		if (result <= 0) return;
		done += result;
	}
}
