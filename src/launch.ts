/*
 * Takes over from the launcher (src/launcher) of an installed server, which passes an
 * argument before the others: --launched=OPEN_FILES,WATCH. A server started in any other
 * way has no such argument.
 */
import { closeSync, writeSync } from "node:fs";
import { addon } from "./posix/addon.ts";
import { startedWithOpenFiles } from "./posix/open-files-limit.ts";

const HANDOVER = /^--launched=(\d+),(-1|\d+)$/;
/** Tells the launcher's watching process that the server runs (watch.c). */
const RUNS = ".";

/**
 * Tells the launcher that the server runs, stores the limit that it passed, and removes
 * its argument from process.argv. Must come before anything else reads process.argv.
 */
export function takeOver(): void {
	const [, openFiles, watch] = HANDOVER.exec(process.argv[2] ?? "") ?? [];
	if (openFiles === undefined || watch === undefined) return;
	addon.endLaunch();
	const descriptor = Number(watch);
	if (descriptor >= 0) {
		writeSync(descriptor, RUNS);
		closeSync(descriptor);
	}
	startedWithOpenFiles(BigInt(openFiles));
	process.argv.splice(1, 2, process.argv0);
}
