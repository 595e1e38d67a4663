/*
 * The world of the fuzzed sessions: a mount namespace in which /mnt holds
 * t        the tree that clients work in, made again for each session
 * fixed    files that nobody may change
 * outside  files that no request names, though the user may change them
 * io       the sessions' input and output
 * server   the program
 * and in which the fuzzer itself is an unprivileged user and can't make large
 * files. Making it takes root.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
/* Loads now what src/ loads on demand, since the user may be unable to reach node_modules. */
import "minimatch";
import "pino";
import { type ServerCommand, stageServer } from "../helpers/server-under-test.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { FIXED_FILES, fixedContent } from "./fixed-files.ts";
import { TREE } from "./tree.ts";

/** nobody, which every system has. */
const USER = 65534;
/** The size limit of every file that is written, including an output. */
export const FILE_BYTES_MAX = 8 * 1024 * 1024;
const SPACE_BYTES = 128 * 1024 * 1024;
/** What no confined session may ever read. */
export const SECRET = "only-for-those-who-are-not-confined";
const OUTSIDE = "/mnt/outside-5d0c";

/** The command that starts the program with its arguments in such a world. */
export function inWorld(program: readonly string[]): string[] {
	const script = [
		`mount -t tmpfs -o size=${SPACE_BYTES},mode=0755 none /mnt`,
		`exec prlimit --fsize=${FILE_BYTES_MAX} --core=0 "$@"`,
	].join("\n");
	return ["unshare", "--mount", "sh", "-ec", script, "sh", ...program];
}

/** Fills the world and drops all privileges. Returns the server to start. */
export function enterWorld(): ServerCommand {
	mkdirSync("/mnt/server");
	const server = stageServer("/mnt/server");
	mkdirSync("/mnt/fixed");
	for (const [path, size] of FIXED_FILES) writeFileSync(path, fixedContent(size));
	for (let i = 0; i < 250; i++) {
		const path = `/mnt/fixed/${"n".repeat(i)}${i}`;
		writeFileSync(path, "");
		chownSync(path, i * 1000, i * 77);
		chmodSync(path, ((i * 31) & 0o7777) | 0o444);
	}
	for (const path of [TREE, "/mnt/io", OUTSIDE]) {
		mkdirSync(path);
		chownSync(path, USER, USER);
	}
	process.setgroups?.([USER]);
	process.setgid?.(USER);
	process.setuid?.(USER);
	process.chdir(TREE);
	mkdirSync(`${OUTSIDE}/directory`);
	writeFileSync(`${OUTSIDE}/secret`, SECRET);
	return server;
}

/** A textual image of everything that no session may change. */
export function untouchable(): string {
	const since = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };
	return ["/mnt/fixed", "/mnt/server", OUTSIDE].flatMap((path) => snapshotTree(path, since)).join("\n");
}
