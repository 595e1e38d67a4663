/* Configuration files for tests, read as root reads them, so that none is distrusted. */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { asByteString, fromBytes } from "../../src/posix/byte-string.ts";
import { ConfigError, showPosition } from "../../src/settings/config-error.ts";
import { assignmentsFor, readConfigFile } from "../../src/settings/config-file.ts";
import type { Subject } from "../../src/settings/match.ts";
import { type Resolved, resolve } from "../../src/settings/resolve.ts";
import { TrustedFiles } from "../../src/settings/trust.ts";
import { scratch } from "../failing/world.ts";
import { loadContext } from "./context.ts";

export const nobody: Subject = {
	user: undefined,
	groups: () => [],
	address: undefined,
	localAddress: undefined,
	localPort: undefined,
};

export const quiet = new Logger(Level.QUIET, { write: () => {} });

/** Writes files (byte strings) below a new directory; returns the path of the first. */
export function writeConfig(test: TestContext, files: Readonly<Record<string, string>>): string {
	const directory = scratch(test);
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, name)), { recursive: true });
		writeFileSync(join(directory, name), text, "latin1");
	}
	return join(directory, Object.keys(files)[0] ?? "");
}

/**
 * Replaces a file's text. A file is not truncated before it is written, since some file
 * systems then write it out when it is closed, which takes long.
 */
export function rewriteConfig(path: string, text: string): void {
	const fd = openSync(path, "r+");
	writeSync(fd, text, 0, "latin1");
	ftruncateSync(fd, text.length);
	closeSync(fd);
}

/** What a file sets for a session, or the error's text without the directory's path. */
export function evaluate(path: string, subject: Subject = nobody): Resolved | string {
	try {
		const files = new TrustedFiles({ uid: 0, gids: [] });
		const config = readConfigFile(fromBytes(Buffer.from(path)), files);
		const result = resolve(assignmentsFor(config, subject), loadContext(quiet));
		if ("settings" in result) return result;
		const { keyword, origin } = result.assignment;
		const place = origin.kind === "file" ? showPosition(origin) : origin.option;
		return `${place}: ${keyword.name}: ${result.clause}`.replaceAll(`${dirname(path)}/`, "");
	} catch (error) {
		if (error instanceof ConfigError) return error.message.replaceAll(`${dirname(path)}/`, "");
		throw error;
	}
}

/** The settings that differ from the defaults, as -T prints them: "Umask 0027". */
export function assigned(result: Resolved | string): readonly string[] {
	if (typeof result === "string") throw new Error(result);
	return [...result.assigned.keys()].flatMap((keyword) =>
		keyword.show(result.settings).map((words) => [keyword.name, ...words].join(" ")),
	);
}

export const bytes = asByteString;
