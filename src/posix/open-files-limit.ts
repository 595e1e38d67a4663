/*
 * How many files the process may have open: the soft RLIMIT_NOFILE that it was
 * started with. Node raises the soft limit to the hard one before any script
 * runs, so what was there is learned from the launcher, or else from the parent.
 */
import { readFileSync } from "node:fs";
import { addon } from "./addon.ts";

/** Descriptors that limits@openssh.com subtracts: the standard ones, syslog, a spare one (sftp-server.c). */
const RESERVED_DESCRIPTORS = 5n;
/** Those that OpenSSH's server has open itself, which ends where the system permits no more. */
const STANDARD_DESCRIPTORS = 3n;

let known: bigint | undefined;
let given: bigint | undefined;

/** The soft limit that was in force before node raised it, from the launcher, which knows. */
export function startedWithOpenFiles(limit: bigint): void {
	given = limit;
}

/** The number of handles that limits@openssh.com reports. */
export function handleLimit(): bigint {
	return without(RESERVED_DESCRIPTORS);
}

/** The number of handles a client gets; fewer if the hard limit leaves no room for node's own descriptors. */
export function handlesPermitted(): bigint {
	return without(STANDARD_DESCRIPTORS);
}

/** Without a launcher, looks into /proc once. */
function without(reserved: bigint): bigint {
	known ??= given ?? openFilesLimit();
	return known > reserved ? known - reserved : 0n;
}

/**
 * The limit in force at the start: the parent's soft limit if its hard limit is
 * ours (limits are inherited, so then it is the one we were given), else ours.
 */
function openFilesLimit(): bigint {
	const words = new Uint32Array(4);
	if (addon.nofileLimit(words) < 0) return 0n;
	const [softHigh = 0, softLow = 0, hardHigh = 0, hardLow = 0] = words;
	const own = { soft: join(softHigh, softLow), hard: join(hardHigh, hardLow) };
	const parent = parentLimit();
	return parent !== undefined && parent.hard === own.hard && parent.soft < own.soft ? parent.soft : own.soft;
}

function join(high: number, low: number): bigint {
	return (BigInt(high) << 32n) | BigInt(low);
}

/** "Max open files" of /proc/PPID/limits, or undefined where that can't be read. */
function parentLimit(): { readonly soft: bigint; readonly hard: bigint } | undefined {
	let text: string;
	try {
		text = readFileSync(`/proc/${process.ppid}/limits`, "latin1");
	} catch {
		return undefined;
	}
	const [, soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(text) ?? [];
	return soft === undefined || hard === undefined ? undefined : { soft: BigInt(soft), hard: BigInt(hard) };
}
