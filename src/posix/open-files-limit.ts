/*
 * The limit on open files: the soft RLIMIT_NOFILE with which the process was started.
 * Node raises the soft limit to the hard one before any script runs, so the original is
 * known only from the launcher or from the parent process.
 */
import { readFileSync } from "node:fs";
import { addon } from "./addon.ts";

/** Descriptors that limits@openssh.com subtracts: the standard ones, syslog, a spare one (sftp-server.c). */
const RESERVED_DESCRIPTORS = 5n;
/** The descriptors that OpenSSH's server itself has open. */
const STANDARD_DESCRIPTORS = 3n;

let known: bigint | undefined;
let given: bigint | undefined;

/** Sets the soft limit from before node raised it; the launcher passes it on. */
export function startedWithOpenFiles(limit: bigint): void {
	given = limit;
}

/** The number of handles that limits@openssh.com reports. */
export function handleLimit(): bigint {
	return without(RESERVED_DESCRIPTORS);
}

/** The number of handles that a client can open; fewer if the hard limit leaves no room for node's own descriptors. */
export function handlesPermitted(): bigint {
	return without(STANDARD_DESCRIPTORS);
}

/** Without a launcher, reads /proc once. */
function without(reserved: bigint): bigint {
	known ??= given ?? openFilesLimit();
	return known > reserved ? known - reserved : 0n;
}

/**
 * The soft limit at the start: the parent's if its hard limit equals this process's,
 * since limits are inherited; otherwise this process's own.
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

/** "Max open files" in /proc/PPID/limits; undefined if it can't be read. */
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
