/*
 * How a client's paths become descriptors: of the whole system (system-resolver.ts),
 * or of one directory that stands for "/" (root-resolver.ts). descriptors.ts builds
 * a namespace on either. Paths are bytes without a NUL; results are >= 0 or -errno.
 */
import { constants } from "node:fs";
import { MODE_BITS } from "../posix/stat.ts";

export interface Resolver {
	/**
	 * Opens what the kernel finds at the path, with open(2) flags; O_CLOEXEC is added.
	 * `mode` counts with O_CREAT. The descriptor is the caller's to close.
	 */
	open(path: Buffer, flags: number, mode?: number): number;
	/**
	 * As Namespace.open, but EAGAIN for a file with a lease: opens a path that is a
	 * range of the input, never waiting.
	 */
	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number;
	/** stat(2), or lstat(2) unless `follow`, of a path that is a range of the input. */
	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number;
	/** As Namespace.forgetDirectories. */
	forgetDirectories?(): void;
	/** Whether all of an absolute path exists and no part of it is a link; false where the kernel can't tell. */
	hasNoLinks(path: Buffer): boolean;
	/** Puts the working directory's path, as the client sees it, at the start of `to`; returns its length. */
	workingDirectory(to: Buffer): number;
	/** Makes an open directory the working directory; the descriptor stays the caller's. */
	enter(directory: number): number;
	/** How an absolute path of the system is shown to the client. */
	shown(path: Buffer): Buffer;
}

const { O_CREAT } = constants;

/** The mode that openat2(2) takes with these flags; it refuses one that open(2) ignores. */
export function modeFor(flags: number, mode: number): number {
	return (flags & O_CREAT) === 0 ? 0 : mode & MODE_BITS;
}
