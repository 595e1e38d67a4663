/*
 * How a session's paths map to the file system. A namespace turns a client's path and
 * its intent into the arguments of a *at call, and converts system paths for the client.
 * direct.ts passes paths on unchanged; confined.ts reaches nothing outside some
 * directories. Paths are bytes without a NUL; results are >= 0 or -errno.
 */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import type { StatBuffer } from "../posix/stat.ts";
import type { EntryFilter, EntryPlaces } from "./open-directory.ts";

/** What an existing file will be used for. */
export interface Intent {
	/** Whether a symbolic link at the end of the path is followed. */
	readonly follow: boolean;
	/** Whether it will be changed. */
	readonly change: boolean;
	/** Whether its contents or a link's target will be read. */
	readonly read: boolean;
}

export const LOOK: Intent = { follow: true, change: false, read: false };
export const LOOK_AT_LINK: Intent = { ...LOOK, follow: false };
export const READ_LINK: Intent = { ...LOOK_AT_LINK, read: true };
export const CHANGE: Intent = { ...LOOK, change: true };
export const CHANGE_LINK: Intent = { ...CHANGE, follow: false };

/**
 * A file as the *at calls take it: a directory's descriptor and a path from there.
 * An empty path names the descriptor's own file.
 */
export class Target {
	directory = AT_FDCWD;
	path: Buffer = Buffer.alloc(0);
	/** The path is the top of the client's files, which can't be removed. */
	isTop = false;
	/** Nothing may be changed there. */
	readOnly = false;
	#owned = false;

	/** A path from the working directory; the caller's Buffer is kept until `release`. */
	setPath(path: Buffer): void {
		this.directory = AT_FDCWD;
		this.path = path;
		this.isTop = false;
		this.readOnly = false;
		this.#owned = false;
	}

	/** A path from a directory whose descriptor is closed by `release`. */
	setOwned(directory: number, path: Buffer, isTop = false): void {
		this.directory = directory;
		this.path = path;
		this.isTop = isTop;
		this.readOnly = false;
		this.#owned = true;
	}

	/** Whether the target is an open descriptor's own file. */
	get isDescriptor(): boolean {
		return this.#owned && this.path.length === 0;
	}

	release(): void {
		if (this.#owned) addon.close(this.directory);
		this.#owned = false;
	}
}

/** The rights that come with a descriptor. */
export interface Opened {
	/** Whether attributes may be changed through it. */
	changeable: boolean;
}

/** The steps of canonical paths. Each path is absolute, and only its last component may be a link. */
export interface PathWalk {
	/** Whether a path may be passed to the system unchanged, bypassing the namespace. */
	readonly verbatim: boolean;
	/** Whether all of an absolute path exists and no part of it is a link; false if the kernel can't say. */
	hasNoLinks(path: Buffer): boolean;
	/** Puts the working directory's path at the start of `to`; returns its length. */
	workingDirectory(to: Buffer): number;
	/** lstat of the first `length` bytes of `path`. Directories above the client's exist but show only their type. */
	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number;
	/** Puts the link's target at the start of `to`, at most `toLength` bytes; returns its length. */
	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number;
	/** Whether the client may learn that this is where its path leads. */
	isVisible(path: Buffer): boolean;
}

/** How names are changed; results are >= 0 or -errno. */
export interface NameChanges {
	/** The umask applies to `mode`. */
	mkdir(path: Buffer, mode: number): number;
	rmdir(path: Buffer): number;
	unlink(path: Buffer): number;
	/** Makes `path` a symbolic link with this text, of 1 to PATH_MAX - 1 bytes. */
	symlink(text: Buffer, path: Buffer): number;
	/** Makes `to` a second name of `from`, a link itself included. */
	link(from: Buffer, to: Buffer): number;
	/** Replaces `to` if it exists. */
	rename(from: Buffer, to: Buffer): number;
	/** As `rename`, but -EEXIST if `to` exists; undefined where `link` and `unlink` serve as well. */
	renameToFree(from: Buffer, to: Buffer): number | undefined;
}

export interface Namespace extends PathWalk {
	/** Where each change is judged by its effect; undefined if names may be changed by findName and a system call. */
	readonly changes?: NameChanges;
	/** Undefined if listings show all entries. */
	readonly entries?: EntryFilter | undefined;
	/** Undefined if entries are looked up in the open directory, or at its path if the namespace is verbatim. */
	readonly places?: EntryPlaces | undefined;
	/** Finds a file that exists. The target's `release` must be called after a result of 0. */
	find(path: Buffer, intent: Intent, target: Target): number;
	/**
	 * Finds the directory and last component of a name to be created, removed or moved.
	 * The target's `release` must be called after a result of 0.
	 *
	 * @param linked whether the name is the old path of link(2)
	 */
	findName(path: Buffer, target: Target, linked?: boolean): number;
	/**
	 * stat(2), or lstat(2) unless `follow`, of a path that is a range of the input. May
	 * keep the path's directory for the next one, until `forgetDirectories`.
	 */
	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number;
	/** Call this before any request but a stat, and before more input is read. */
	forgetDirectories?(): void;
	/**
	 * Opens with open(2) flags a path that is a range of the input. Unlike OpenSSH, never
	 * waits for the other end of a FIFO, and never acquires a terminal. All files except
	 * regular ones are opened non-blocking and stay so.
	 */
	open(input: Buffer, start: number, length: number, flags: number, mode: number, opened: Opened): number;
	/** Opens a directory for reading its entries. */
	openDirectory(path: Buffer): number;
	changeDirectory(path: Buffer): number;
	/** How an absolute path of the system is shown to the client. */
	shown(path: Buffer): Buffer;
}
