/*
 * A namespace that turns each path into a descriptor before anything is done: what
 * is done is done to that descriptor, or to a name in it, and never to the path
 * again. A resolver says where paths lead; the errors are those that the system
 * calls answer to the paths themselves.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH } from "../posix/openat2.ts";
import { FileType, type StatBuffer } from "../posix/stat.ts";
import type { Intent, Namespace, Opened, Target } from "./namespace.ts";
import { mayChange } from "./open-flags.ts";
import type { Resolver } from "./resolver.ts";

const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const ENTER = O_PATH | O_DIRECTORY;

const SLASH = 0x2f;
const ITSELF = Buffer.alloc(0);
const DOT = Buffer.from(".");
const TOP = Buffer.from("/");

export class DescriptorNamespace implements Namespace {
	readonly verbatim = false;
	readonly #resolver: Resolver;
	/** Every change is refused. */
	readonly #readOnly: boolean;

	constructor(resolver: Resolver, readOnly = false) {
		this.#resolver = resolver;
		this.#readOnly = readOnly;
	}

	/** The target is always a descriptor's own file. */
	find(path: Buffer, { follow, change }: Intent, target: Target): number {
		const fd = this.#resolver.open(path, follow ? O_PATH : O_PATH | O_NOFOLLOW);
		return fd < 0 ? fd : this.#found(fd, ITSELF, change, target);
	}

	/**
	 * The name is the path's last component with the slashes after it, `.` and `..`
	 * among them, or "/": the calls that take it answer these without looking.
	 */
	findName(path: Buffer, target: Target, linked = false): number {
		if (path.length === 0) return -errno.ENOENT;
		if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
		const start = lastComponent(path);
		if (linked) {
			/* link(2) follows a path to the end before it looks at the new name. */
			const isDirectory = start === path.length || path.at(-1) === SLASH || isDots(path.subarray(start));
			const fd = this.#resolver.open(path, isDirectory ? ENTER : O_PATH | O_NOFOLLOW);
			if (fd < 0) return fd;
			if (isDirectory) return this.#found(fd, DOT, true, target);
			addon.close(fd);
		}
		const parent = start === 0 ? DOT : path.subarray(0, start);
		const fd = this.#resolver.open(parent, ENTER);
		if (fd < 0) return fd;
		return this.#found(fd, start === path.length ? TOP : path.subarray(start), true, target);
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		return this.#resolver.stat(input, start, length, follow, words);
	}

	open(input: Buffer, start: number, length: number, flags: number, mode: number, opened: Opened): number {
		if (this.#readOnly && mayChange(flags)) return -errno.EACCES;
		const path = input.subarray(start, start + length);
		let fd = this.#resolver.open(path, flags | O_NONBLOCK | O_NOCTTY, mode);
		/* As in direct.ts: a lease is waited for, and regular files are not left non-blocking. */
		if (fd === -errno.EAGAIN) fd = this.#resolver.open(path, flags, mode);
		if (fd < 0) return fd;
		opened.changeable = !this.#readOnly;
		if (addon.descriptorType(fd) === FileType.REGULAR) addon.setNonBlocking(fd, 0);
		return fd;
	}

	openDirectory(path: Buffer): number {
		return this.#resolver.open(path, O_RDONLY | O_NONBLOCK | O_DIRECTORY);
	}

	workingDirectory(to: Buffer): number {
		return this.#resolver.workingDirectory(to);
	}

	changeDirectory(path: Buffer): number {
		const fd = this.#resolver.open(path, ENTER);
		if (fd < 0) return fd;
		const result = this.#resolver.enter(fd);
		addon.close(fd);
		return result;
	}

	hasNoLinks(path: Buffer): boolean {
		return this.#resolver.hasNoLinks(path);
	}

	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number {
		const fd = this.#resolver.open(path.subarray(0, length), O_PATH | O_NOFOLLOW);
		if (fd < 0) return fd;
		const result = addon.fstat(fd, stat.words);
		addon.close(fd);
		return result;
	}

	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number {
		const fd = this.#resolver.open(path.subarray(0, length), O_PATH | O_NOFOLLOW);
		if (fd < 0) return fd;
		const result = addon.readlinkAt(fd, ITSELF, 0, 0, to, 0, toLength);
		addon.close(fd);
		return result;
	}

	isVisible(): boolean {
		return true;
	}

	shown(path: Buffer): Buffer {
		return this.#resolver.shown(path);
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

/** Where the last component of a path starts; at the path's end if it is nothing but slashes. */
function lastComponent(path: Buffer): number {
	let end = path.length;
	while (end > 0 && path[end - 1] === SLASH) end--;
	return end === 0 ? path.length : path.subarray(0, end).lastIndexOf(SLASH) + 1;
}

function isDots(name: Buffer): boolean {
	const text = name.toString("latin1");
	return text === "." || text === "..";
}
