// The two programs of a comparison and the world both run in: which files the
// servers see where, and how each is started.
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { Agent } from "./agent.ts";

/** Where Debian's openssh-sftp-server package puts the program that is replaced. */
export const DEBIAN_SERVER = "/usr/lib/openssh/sftp-server";
/** A name for both programs that is not their own. */
export const OTHER_NAME = "file-server";
const PACKAGE_AT = "/mnt/subject";

export interface Program {
	/** The path at which the servers' world has it. */
	readonly path: string;
	/** The same program under OTHER_NAME. */
	readonly otherPath: string;
	/** Arguments before those of the session; for trying the tester itself. */
	readonly args: readonly string[];
	/** Whether it is OpenSSH's, which drops what it has not served at the end of input. */
	readonly dropsAtEnd: boolean;
}

/** The search path of the servers' environment: the node that runs the tester, then the system's folders. */
export const SEARCH_PATH = `PATH=${dirname(process.execPath)}:/usr/bin:/bin`;

export interface Programs {
	readonly reference: Program;
	readonly subject: Program;
	/** Folders of the machine, beside the system's own, by the path at which the servers see them. */
	readonly folders: ReadonlyMap<string, string>;
	/** Symlinks in the servers' world: path to target. */
	readonly links: ReadonlyMap<string, string>;
}

/**
 * Finds the programs. A subject with a dist/ folder beside its bin/ is shown to
 * the servers as a package at a path that every user can reach; anything else is
 * started where it stands. Throws when a program is missing.
 */
export function findPrograms(
	referencePath: string,
	subjectPath: string,
	subjectArgs: readonly string[] = [],
): Programs {
	if (!existsSync(referencePath)) {
		throw new Error(`${referencePath} is missing: install Debian's package openssh-sftp-server`);
	}
	const subject = realpathSync(subjectPath);
	const root = dirname(dirname(subject));
	const isPackage = existsSync(join(root, "dist"));
	const folders = new Map<string, string>();
	if (isPackage) {
		folders.set(`${PACKAGE_AT}/bin`, join(root, "bin")).set(`${PACKAGE_AT}/dist`, join(root, "dist"));
	}
	const nodeFolder = dirname(realpathSync(process.execPath));
	if (!nodeFolder.startsWith("/usr/")) {
		folders.set(nodeFolder, nodeFolder);
	}
	const path = isPackage ? subject.replace(root, PACKAGE_AT) : subject;
	return {
		reference: {
			path: referencePath,
			otherPath: `/mnt/names/reference/${OTHER_NAME}`,
			args: [],
			dropsAtEnd: true,
		},
		subject: {
			path,
			otherPath: `/mnt/names/subject/${OTHER_NAME}`,
			args: subjectArgs,
			dropsAtEnd: subject === realpathSync(referencePath),
		},
		folders,
		links: new Map([
			[`/mnt/names/reference/${OTHER_NAME}`, referencePath],
			[`/mnt/names/subject/${OTHER_NAME}`, path],
		]),
	};
}

/** Starts an agent for each program, in twin worlds. */
export async function startAgents(
	agentProgram: string,
	programs: Programs,
): Promise<readonly [Agent, Agent]> {
	const agents = [
		new Agent(agentProgram, programs.folders),
		new Agent(agentProgram, programs.folders),
	] as const;
	await Promise.all(agents.map((agent) => agent.prepare(programs.links)));
	return agents;
}
