/*
 * Turns a client's paths into descriptors: in the whole system (system-resolver.ts), or
 * in one directory that appears as "/" (root-resolver.ts). descriptors.ts builds a
 * namespace on either. Paths are bytes without a NUL; results are >= 0 or -errno.
 */
import { constants } from "node:fs";
import { MODE_BITS } from "../posix/stat.ts";

export interface Resolver {
	/**
	 * Opens what the kernel finds at the path, with open(2) flags; O_CLOEXEC is added.
	 * `mode` is used with O_CREAT. The caller closes the descriptor.
	 */
	open(path: Buffer, flags: number, mode?: number): number;
	/**
	 * Like Namespace.open for a path that is a range of the input, but fails with EAGAIN
	 * instead of waiting for a lease.
	 */
	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number;
	/** stat(2), or lstat(2) unless `follow`, of a path that is a range of the input. */
	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number;
	/** As Namespace.forgetDirectories. */
	forgetDirectories?(): void;
	/** Whether all of an absolute path exists and no part of it is a link; false if the kernel can't say. */
	hasNoLinks(path: Buffer): boolean;
	/** Puts the working directory's path, as the client sees it, at the start of `to`; returns its length. */
	workingDirectory(to: Buffer): number;
	/** Makes an open directory the working directory; the descriptor stays the caller's. */
	enter(directory: number): number;
	/** How an absolute path of the system is shown to the client. */
	shown(path: Buffer): Buffer;
}

const { O_CREAT } = constants;

/** The mode to pass to openat2(2) with these flags: it refuses a mode that open(2) would ignore. */
export function modeFor(flags: number, mode: number): number {
	return (flags & O_CREAT) === 0 ? 0 : mode & MODE_BITS;
}
