// The server that the end-to-end tests drive: this one, copied to where every
// user may read it, or the command in SFTP_SERVER_UNDER_TEST (an installed
// package, another build, OpenSSH's own).
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** OpenSSH's server, the peer of every comparison. */
export const OPENSSH_SERVER = "/usr/lib/openssh/sftp-server";

/** A server as sshd and `sftp -D` can start it. */
export interface ServerCommand {
	/** For a Subsystem or ForceCommand line, where the user's shell reads it; options may follow. */
	readonly line: string;
	/** One executable that takes the server's arguments. */
	readonly executable: string;
}

/**
 * Stages the server below `directory`, which every user must be able to read.
 * The line names node by its absolute path, since sshd's PATH may not hold it.
 */
export function stageServer(directory: string): ServerCommand {
	const given = process.env["SFTP_SERVER_UNDER_TEST"];
	const line = given ?? `${process.execPath} ${stageCopy(join(directory, "server"))}`;
	// A login shell and `sftp -D` take one word, so the words of the line get a file of their own.
	const executable = join(directory, "run-server");
	writeFileSync(executable, `#!/bin/sh\nexec ${line} "$@"\n`);
	chmodSync(executable, 0o755);
	return { line, executable };
}

function stageCopy(target: string): string {
	mkdirSync(target);
	mkdirSync(join(target, "dist"));
	cpSync("package.json", join(target, "package.json"));
	cpSync("bin", join(target, "bin"), { recursive: true });
	const built = existsSync("dist") ? readdirSync("dist") : [];
	for (const name of built.filter((name) => /\.(cjs|node|cache)$/.test(name)))
		cpSync(join("dist", name), join(target, "dist", name));
	return join(target, "bin/sftp-server");
}
