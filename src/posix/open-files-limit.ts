/*
 * How many files the process may have open: the soft RLIMIT_NOFILE that it was
 * started with. Node raises the soft limit to the hard one before any script
 * runs, so what was there has to be learned from elsewhere.
 */
import { readFileSync } from "node:fs";
import { addon } from "./addon.ts";

/** Descriptors that are not handles: the three standard ones, syslog, a spare one (sftp-server.c). */
const RESERVED_DESCRIPTORS = 5n;

let known: bigint | undefined;

/** How many handles a client may hold. Looks into /proc once. */
export function handleLimit(): bigint {
	known ??= findHandleLimit();
	return known;
}

function findHandleLimit(): bigint {
	const descriptors = openFilesLimit();
	return descriptors > RESERVED_DESCRIPTORS ? descriptors - RESERVED_DESCRIPTORS : 0n;
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
