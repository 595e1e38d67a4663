/*
 * Landlock for the whole process: after `restrictTo`, files can be opened, created,
 * removed and moved only in some trees. Landlock does not cover reading and changing
 * attributes; a namespace must confine that.
 */
import { addon } from "../posix/addon.ts";
import { errno, strerror } from "../posix/errno.ts";
import { localTime } from "../posix/local-date.ts";
import { handleLimit } from "../posix/open-files-limit.ts";

/** A directory with everything beneath it. */
export interface LandlockTree {
	readonly fd: number;
	readonly readOnly: boolean;
}

/* Rights of Landlock (linux/landlock.h) by what a server does with them. */
const READ = 0x4 | 0x8; /* files, directories */
const WRITE = 0x2 | 0x4000; /* writing, truncating */
const REMOVE = 0x10 | 0x20; /* directories, other files */
/* Creating and renaming directories, regular files, sockets, FIFOs and links, but not devices. */
const MAKE = 0x80 | 0x100 | 0x200 | 0x400 | 0x1000;
const REFER = 0x2000; /* moving and linking from one directory to another */
/* Executing and creating devices are handled too, and never granted. */
const HANDLED = READ | WRITE | REMOVE | MAKE | REFER | 0x1 | 0x40 | 0x800;
const IOCTL_DEVICE = 0x8000;
/** Binding and connecting TCP sockets, never granted. */
const NETWORK = 0x1 | 0x2;
/** Abstract local sockets of other processes, and signals to them. */
const SCOPES = 0x1 | 0x2;

const READ_ONLY_RIGHTS = READ;
const READ_WRITE_RIGHTS = READ | WRITE | REMOVE | MAKE | REFER;

/** Truncating can be ruled from this version on (Linux 6.2), moving between directories from 2. */
const ABI_MIN = 3;
const ABI_NETWORK = 4;
const ABI_IOCTL_DEVICE = 5;
const ABI_SCOPES = 6;

/** The kernel's Landlock version, or why it is insufficient. */
export function landlockAbi(): number | string {
	const abi = addon.landlockAbi();
	if (abi >= ABI_MIN) return abi;
	if (abi === -errno.ENOSYS) return "the kernel has no Landlock";
	if (abi === -errno.EOPNOTSUPP) return "Landlock is not among the kernel's active security modules";
	return abi < 0
		? `Landlock: ${strerror(-abi)}`
		: `the kernel's Landlock has ABI ${abi}, but ${ABI_MIN} is required (Linux 6.2)`;
}

/**
 * Restricts every thread of the process to the trees, permanently. If it returns
 * -errno, the process must end.
 *
 * @param abi the result of landlockAbi
 */
export function restrictTo(trees: readonly LandlockTree[], abi: number): number {
	preopenFiles();
	const set = addon.landlockCreate(
		HANDLED | (abi < ABI_IOCTL_DEVICE ? 0 : IOCTL_DEVICE),
		abi < ABI_NETWORK ? 0 : NETWORK,
		abi < ABI_SCOPES ? 0 : SCOPES,
	);
	if (set < 0) return set;
	for (const { fd, readOnly } of trees) {
		const result = addon.landlockAllow(set, fd, readOnly ? READ_ONLY_RIGHTS : READ_WRITE_RIGHTS);
		if (result < 0) return result;
	}
	const result = addon.landlockRestrict(set);
	addon.close(set);
	return result;
}

/** Opens files that the server needs later and could not open then. */
function preopenFiles(): void {
	localTime(0);
	addon.holdUserDatabase();
	handleLimit();
}
