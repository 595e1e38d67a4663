/*
 * The servers: ours, the one that it is compared with, and others where they
 * are installed.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "./options.ts";
import { runChecked } from "./sample.ts";

export type Server = {
	/** A short name, for a column of the table. */
	readonly label: string;
	readonly path: string;
};

/** The first two are the pair; any others are yardsticks. */
export type Servers = {
	readonly ours: Server;
	readonly against: Server;
	readonly others: readonly Server[];
};

const gopath = "/usr/share/gocode";
const gesftpserver = "/usr/libexec/gesftpserver";

// Debian has the Go server as source only.
function goServer(): Server | undefined {
	const source = "github.com/pkg/sftp/server_standalone";
	if (!existsSync(join(gopath, "src", source))) return undefined;
	const path = join(process.cwd(), "dist", "test", "bench", "go-sftp-server");
	try {
		if (!existsSync(path))
			runChecked("env", [
				`GOPATH=${gopath}`,
				"GO111MODULE=off",
				"GOFLAGS=",
				"go",
				"build",
				"-o",
				path,
				source,
			]);
	} catch {
		return undefined;
	}
	return { label: "Go", path };
}

/** This server as an administrator installs it, in `directory`. */
function installed(directory: string): string {
	const prefix = join(directory, "installed");
	runChecked(process.execPath, [join("src", "package", "install-system.cjs"), `--prefix=${prefix}`]);
	return join(prefix, "libexec", "sftp-server");
}

/** A program in `directory` that executes a shell command; "ours" at its start stands for `server`. */
function commanded(directory: string, server: string, { label, command }: Options["also"][number]): Server {
	const path = join(directory, `also-${label}`);
	writeFileSync(path, `#!/bin/sh\nexec ${command.replace(/^ours\b/, server)} "$@"\n`, { mode: 0o755 });
	return { label, path };
}

/**
 * Throws an Error when one of the two servers that are compared is missing.
 *
 * @param directory where ours may be installed; it stays the caller's
 */
export function findServers(options: Options, directory: string): Servers {
	const server = options.server ?? installed(directory);
	for (const path of [server, options.against])
		if (!existsSync(path)) throw new Error(`no server at ${path}`);
	const others = [
		...(existsSync(gesftpserver) ? [{ label: "gesftpserver", path: gesftpserver }] : []),
		...[goServer()].filter((server) => server !== undefined),
	];
	return {
		ours: { label: "ours", path: server },
		against: { label: "OpenSSH", path: options.against },
		others: [
			...(options.alone ? [] : others),
			...options.also.map((one) => commanded(directory, server, one)),
		],
	};
}
