/*
 * Creates the namespace of a session from its settings: the whole system, the directories
 * of --confine or that of --root, and the rules of Access on top. If that fails, the
 * program ends rather than serve less confined than asked.
 */
import { AccessJudge } from "./files/access-judge.ts";
import { Locator } from "./files/access-location.ts";
import { AccessNamespace } from "./files/access-namespace.ts";
import { AccessRules } from "./files/access-rules.ts";
import { AccessStat } from "./files/access-stat.ts";
import { confine } from "./files/confine.ts";
import { DescriptorNamespace } from "./files/descriptors.ts";
import { DirectNamespace } from "./files/direct.ts";
import type { Namespace } from "./files/namespace.ts";
import type { NewFiles } from "./files/new-files.ts";
import { enterRoot, type Rooted } from "./files/rooted.ts";
import { SystemResolver } from "./files/system-resolver.ts";
import { accessFailed } from "./log/events/access.ts";
import { confined, confineFailed, rooted, rootFailed } from "./log/events/server.ts";
import type { Logger } from "./log/logger.ts";
import { addon } from "./posix/addon.ts";
import { toBytes } from "./posix/byte-string.ts";
import { strerror } from "./posix/errno.ts";
import { ExitStatus } from "./server/session-end.ts";
import type { ConfinedDirectory, Settings } from "./settings/settings.ts";

/** Makes the directory the session's "/". */
export function rootedIn(root: ConfinedDirectory, log: Logger): Rooted {
	const result = enterRoot(root);
	if ("reason" in result) {
		log.log(rootFailed, toBytes(root.directory), result.reason);
		addon.exit(ExitStatus.FATAL);
	}
	log.log(rooted, toBytes(root.directory), root.readOnly ? "read-only" : "read-write");
	return result;
}

/**
 * The session's namespace.
 *
 * @param root what `rootedIn` returned, if the settings have a root
 */
export function namespaceFor(
	{ access, confine: directories }: Settings,
	root: Rooted | undefined,
	newFiles: NewFiles,
	log: Logger,
): Namespace {
	if (access.length === 0) {
		if (root !== undefined) return root.namespace;
		return directories.length === 0 ? new DirectNamespace() : confinedNamespace(directories, log);
	}
	const locator = Locator.open((path) => (root === undefined ? path : root.clientPath(path)));
	if (typeof locator === "number") {
		log.log(accessFailed, `/proc/self/fd: ${strerror(-locator)}`);
		addon.exit(ExitStatus.FATAL);
	}
	const judge = new AccessJudge(new AccessRules(access), locator, log);
	if (root !== undefined) return new AccessNamespace(root.namespace, judge, newFiles);
	return directories.length === 0
		? new AccessNamespace(
				new DescriptorNamespace(new SystemResolver()),
				judge,
				newFiles,
				new AccessStat(judge),
			)
		: new AccessNamespace(confinedNamespace(directories, log), judge, newFiles);
}

function confinedNamespace(directories: Settings["confine"], log: Logger): Namespace {
	const namespace = confine(directories);
	if ("reason" in namespace) {
		log.log(confineFailed, toBytes(namespace.directory), namespace.reason);
		addon.exit(ExitStatus.FATAL);
	}
	for (const { directory, readOnly } of directories)
		log.log(confined, toBytes(directory), readOnly ? "read-only" : "read-write");
	return namespace;
}
