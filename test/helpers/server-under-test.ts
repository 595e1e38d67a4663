/*
 * The server that the end-to-end tests run: this one, copied to a place where every user can
 * read it, or the command in SFTP_SERVER_UNDER_TEST (an installed package, another
 * build, OpenSSH's own).
 */
import {
	chmodSync,
	copyFileSync,
	cpSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	realpathSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** OpenSSH's server, the reference of every comparison. */
export const OPENSSH_SERVER = "/usr/lib/openssh/sftp-server";

/** A server as sshd and `sftp -D` can start it. */
export interface ServerCommand {
	/** For a Subsystem or ForceCommand line, which the user's shell reads; options may follow. */
	readonly line: string;
	/** One executable that takes the server's arguments. */
	readonly executable: string;
}

/**
 * Stages the server below `directory`, which every user must be able to read.
 * The line names node by its absolute path, since sshd's PATH may not include it.
 */
export function stageServer(directory: string): ServerCommand {
	const given = process.env["SFTP_SERVER_UNDER_TEST"];
	const line = given ?? `${nodeForEveryone()} ${stageCopy(join(directory, "server"))}`;
	// A login shell and `sftp -D` take one word, so the line is put into a script.
	const executable = join(directory, "run-server");
	writeFileSync(executable, `#!/bin/sh\nexec ${line} "$@"\n`);
	chmodSync(executable, 0o755);
	return { line, executable };
}

let stagedNode: string | undefined;

/** The node that runs the tests or, if other users can't reach it, a copy that is removed when this process exits. */
function nodeForEveryone(): string {
	const node = realpathSync(process.execPath);
	if (isReachable(node)) return process.execPath;
	if (stagedNode !== undefined) return stagedNode;
	const directory = mkdtempSync(join(tmpdir(), "node-"));
	process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
	chmodSync(directory, 0o755);
	stagedNode = join(directory, "node");
	try {
		linkSync(node, stagedNode);
	} catch {
		copyFileSync(node, stagedNode);
	}
	chmodSync(stagedNode, 0o755);
	return stagedNode;
}

/** Whether every user may execute the file and enter the directories above it. */
function isReachable(path: string): boolean {
	for (let one = path; one !== dirname(one); one = dirname(one))
		if ((statSync(one).mode & 0o001) === 0) return false;
	return true;
}

function stageCopy(target: string): string {
	mkdirSync(target);
	mkdirSync(join(target, "dist"));
	cpSync("package.json", join(target, "package.json"));
	/* Creates the directories itself, since copies of read-only ones could not be removed. */
	mkdirSync(join(target, "bin"));
	for (const name of readdirSync("bin")) cpSync(join("bin", name), join(target, "bin", name));
	const built = existsSync("dist") ? readdirSync("dist") : [];
	for (const name of built.filter((name) => /\.(cjs|node|cache)$/.test(name)))
		cpSync(join("dist", name), join(target, "dist", name));
	return join(target, "bin/sftp-server");
}
