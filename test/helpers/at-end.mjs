/*
 * When the tests of a file are over and its process does not exit, something
 * that a test has started keeps it running: ends that and, if necessary, the
 * process. guard.c ends the rest.
 */
import { readdirSync, readFileSync } from "node:fs";

/** How long processes get to end when asked (ms). */
const GRACE_MILLISECONDS = 5000;

let timers = [];

/** Call this when the tests are over. */
export function testsAreOver() {
	/* Unreferenced, so that they do not keep the process running. */
	timers = [
		setTimeout(endDescendants, GRACE_MILLISECONDS).unref(),
		setTimeout(giveUp, 2 * GRACE_MILLISECONDS).unref(),
	];
}

/** Call this when tests continue after all. */
export function testsGoOn() {
	for (const timer of timers) clearTimeout(timer);
	timers = [];
}

function endDescendants() {
	const parents = new Map(readdirSync("/proc").flatMap(parentOf));
	for (const pid of parents.keys())
		if (isOurs(pid, parents)) {
			process.stderr.write(`at-end: the tests are over, and ended: ${commandOf(pid)}\n`);
			try {
				process.kill(pid, "SIGKILL");
			} catch {
				/* It has ended, or belongs to another user and guard.c may end it. */
			}
		}
}

function giveUp() {
	process.stderr.write("at-end: the tests are over, and something keeps their process\n");
	process.exit(1);
}

function isOurs(pid, parents) {
	for (let one = parents.get(pid); one !== undefined; one = parents.get(one))
		if (one === process.pid) return true;
	return false;
}

/** A process and its parent, or nothing. */
function parentOf(name) {
	try {
		const stat = readFileSync(`/proc/${Number(name)}/stat`, "latin1");
		return [[Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
	} catch {
		return [];
	}
}

function commandOf(pid) {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").slice(0, 120);
	} catch {
		return `process ${pid}`;
	}
}
