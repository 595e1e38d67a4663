/*
 * The server as installed by `npm run install:system`, and launchers that start
 * something other than node, for tests of starts that fail.
 */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";

/** An installed server. */
export interface InstalledServer {
	readonly executable: string;
	/** The directory of what node loads: bin/ and dist/. */
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
	/** The program that it starts instead of node, and that program's script. */
	readonly node: string;
	readonly script: string;
	/** Options for the C compiler. */
	readonly extra?: readonly string[];
}

/** Compiles a launcher to `output`. Throws with the compiler's output. */
export async function compileLauncher(output: string, parts: LauncherParts): Promise<string> {
	const program = `
		const { compileLauncher } = require("./src/package/compile-launcher.cjs");
		const complaint = compileLauncher(${JSON.stringify({ ...parts, output })});
		if (complaint !== undefined) throw new Error(complaint);`;
	await mustRun(process.execPath, ["-e", program]);
	return output;
}
