/*
 * The server as `npm run install:system` installs it, and launchers that start
 * something else than node, for tests of what a start does when it fails.
 */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";

/** An installed server. */
export interface InstalledServer {
	readonly executable: string;
	/** Where what node loads lies: bin/ and dist/. */
	readonly libraries: string;
}

/** Installs the server below `directory`, for every user to start. */
export async function installServer(directory: string): Promise<InstalledServer> {
	const prefix = join(directory, "installed");
	mkdirSync(prefix, { mode: 0o755, recursive: true });
	chmodSync(directory, 0o755);
	await mustRun(process.execPath, ["src/package/install-system.cjs", `--prefix=${prefix}`]);
	return { executable: join(prefix, "libexec/sftp-server"), libraries: join(prefix, "lib/sftp-subsystem") };
}

export interface LauncherParts {
	/** What it starts in node's place, and the script that this gets. */
	readonly node: string;
	readonly script: string;
	/** Options for the C compiler. */
	readonly extra?: readonly string[];
}

/** Compiles a launcher to `output`. Throws with what the compiler said. */
export async function compileLauncher(output: string, parts: LauncherParts): Promise<string> {
	const program = `
		const { compileLauncher } = require("./src/package/compile-launcher.cjs");
		const complaint = compileLauncher(${JSON.stringify({ ...parts, output })});
		if (complaint !== undefined) throw new Error(complaint);`;
	await mustRun(process.execPath, ["-e", program]);
	return output;
}
