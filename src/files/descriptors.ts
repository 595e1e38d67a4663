/*
 * A namespace that turns each path into a descriptor first; every operation then
 * uses that descriptor, or a name in it, and never the path again. A resolver opens the
 * paths. Errors are the same as those of system calls on the paths.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH, O_PATH_DIRECTORY, O_PATH_NOFOLLOW } from "../posix/openat2.ts";
import { HERE, ITSELF, isDots, SLASH, TOP } from "../posix/path.ts";
import type { StatBuffer } from "../posix/stat.ts";
import { openPastLease } from "./lease.ts";
import type { Intent, Namespace, Opened, Target } from "./namespace.ts";
import type { EntryPlaces } from "./open-directory.ts";
import { mayChange } from "./open-flags.ts";
import type { Resolver } from "./resolver.ts";
import { withDescriptor } from "./with-descriptor.ts";

const { O_DIRECTORY, O_NONBLOCK, O_RDONLY } = constants;

const PARENT = Buffer.from("/..");
const SLASH_DOT = Buffer.from("/.");

export class DescriptorNamespace implements Namespace, EntryPlaces {
	readonly verbatim = false;
	readonly places = this;
	readonly #resolver: Resolver;
	/** Every change is refused. */
	readonly #readOnly: boolean;

	constructor(resolver: Resolver, readOnly = false) {
		this.#resolver = resolver;
		this.#readOnly = readOnly;
	}

	/** The target is always a descriptor without a path. */
	find(path: Buffer, { follow, change }: Intent, target: Target): number {
		const fd = this.#resolver.open(path, follow ? O_PATH : O_PATH_NOFOLLOW);
		return fd < 0 ? fd : this.#found(fd, ITSELF, change, target);
	}

	/**
	 * The name is the path's last component with its trailing slashes, or "/" for the top.
	 * It may be `.` or `..`, which the system refuses to create, rename or remove.
	 */
	findName(path: Buffer, target: Target, linked = false): number {
		if (path.length === 0) return -errno.ENOENT;
		if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
		const start = lastComponent(path);
		if (linked) {
			/* link(2) resolves the old path completely before it checks the new name. */
			const isDirectory = start === path.length || path.at(-1) === SLASH || isDots(path, start);
			const fd = this.#resolver.open(path, isDirectory ? O_PATH_DIRECTORY : O_PATH_NOFOLLOW);
			if (fd < 0) return fd;
			addon.close(fd);
			if (isDirectory) return this.#findAnyDirectory(path, target);
		}
		/* The dot requires search permission on the directory, as a path through it would. */
		const parent = start === 0 ? HERE : Buffer.concat([path.subarray(0, start), HERE]);
		const fd = this.#resolver.open(parent, O_PATH_DIRECTORY);
		if (fd < 0) return fd;
		return this.#found(fd, start === path.length ? TOP : path.subarray(start), true, target);
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		return this.#resolver.stat(input, start, length, follow, words);
	}

	forgetDirectories(): void {
		this.#resolver.forgetDirectories?.();
	}

	open(input: Buffer, start: number, length: number, flags: number, mode: number, opened: Opened): number {
		if (this.#readOnly && mayChange(flags)) return -errno.EACCES;
		opened.changeable = !this.#readOnly;
		return openPastLease(() => this.#resolver.openFile(input, start, length, flags, mode));
	}

	openDirectory(path: Buffer): number {
		return this.#resolver.open(path, O_RDONLY | O_NONBLOCK | O_DIRECTORY);
	}

	openPlace(path: Buffer): number {
		return this.#resolver.open(path, O_PATH_DIRECTORY);
	}

	statParent(path: Buffer, words: Uint32Array): number {
		const fd = this.#resolver.open(Buffer.concat([path, PARENT]), O_PATH_DIRECTORY);
		return withDescriptor(fd, () => addon.fstat(fd, words));
	}

	workingDirectory(to: Buffer): number {
		return this.#resolver.workingDirectory(to);
	}

	changeDirectory(path: Buffer): number {
		const fd = this.#resolver.open(path, O_PATH_DIRECTORY);
		return withDescriptor(fd, () => this.#resolver.enter(fd));
	}

	hasNoLinks(path: Buffer): boolean {
		return this.#resolver.hasNoLinks(path);
	}

	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number {
		const fd = this.#resolver.open(path.subarray(0, length), O_PATH_NOFOLLOW);
		return withDescriptor(fd, () => addon.fstat(fd, stat.words));
	}

	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number {
		const fd = this.#resolver.open(path.subarray(0, length), O_PATH_NOFOLLOW);
		return withDescriptor(fd, () => addon.readlinkAt(fd, ITSELF, 0, 0, to, 0, toLength));
	}

	isVisible(): boolean {
		return true;
	}

	shown(path: Buffer): Buffer {
		return this.#resolver.shown(path);
	}

	/** For link(2)'s old path, which must not be a directory: opens the directory, or the top if it can't be searched. */
	#findAnyDirectory(path: Buffer, target: Target): number {
		const itself = this.#resolver.open(Buffer.concat([path, SLASH_DOT]), O_PATH_DIRECTORY);
		const fd = itself >= 0 ? itself : this.#resolver.open(TOP, O_PATH_DIRECTORY);
		return fd < 0 ? fd : this.#found(fd, HERE, true, target);
	}

	#found(fd: number, path: Buffer, change: boolean, target: Target): number {
		if (change && this.#readOnly) {
			addon.close(fd);
			return -errno.EACCES;
		}
		target.setOwned(fd, path);
		target.readOnly = this.#readOnly;
		return 0;
	}
}

/** The offset of a path's last component; the path's length if it has only slashes. */
function lastComponent(path: Buffer): number {
	let end = path.length;
	while (end > 0 && path[end - 1] === SLASH) end--;
	return end === 0 ? path.length : path.subarray(0, end).lastIndexOf(SLASH) + 1;
}
