/*
 * The namespace of a client that may see some trees and nothing else. Each path is
 * turned into a descriptor inside a tree (confined-resolver.ts); every operation then
 * uses that descriptor, or a name in it, and never the path again. Everything outside
 * gets EACCES, whether it exists or not, and so does every change in a read-only tree.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { fromBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { O_PATH } from "../posix/openat2.ts";
import { HERE, ITSELF, SLASH } from "../posix/path.ts";
import { FileType, type StatBuffer, StatWord } from "../posix/stat.ts";
import { ConfinedResolver, ENTER } from "./confined-resolver.ts";
import type { Trees } from "./confined-trees.ts";
import type { HeldDirectories } from "./held-directories.ts";
import { openPastLease } from "./lease.ts";
import type { Intent, Namespace, Opened, Target } from "./namespace.ts";
import type { EntryFilter } from "./open-directory.ts";
import { withDescriptor } from "./with-descriptor.ts";

const { O_DIRECTORY, O_NONBLOCK, O_RDONLY } = constants;

const LIST = { flags: O_RDONLY | O_NONBLOCK | O_DIRECTORY, follow: true, change: false };

export class ConfinedNamespace implements Namespace {
	readonly verbatim = false;
	readonly entries: EntryFilter;
	readonly #trees: Trees;
	readonly #resolver: ConfinedResolver;

	constructor(trees: Trees, held: HeldDirectories, entries: EntryFilter) {
		this.entries = entries;
		this.#trees = trees;
		this.#resolver = new ConfinedResolver(trees, held, this);
	}

	find(path: Buffer, { follow, change }: Intent, target: Target): number {
		const fd = this.#resolver.open(path, { flags: O_PATH, follow, change });
		if (fd < 0) return fd;
		target.setOwned(fd, ITSELF);
		target.readOnly = this.#resolver.inReadOnlyTree;
		return 0;
	}

	findName(path: Buffer, target: Target, linked = false): number {
		/* linkat(2) follows a link only if a slash follows its name, and then only to a directory. */
		if (linked && path.at(-1) === SLASH) {
			const fd = this.#resolver.open(path, ENTER);
			if (fd < 0) return fd;
			addon.close(fd);
			return -errno.EPERM;
		}
		const where = this.#resolver.parent(path);
		if (typeof where === "number") return where;
		target.setOwned(where.fd, where.isTree ? HERE : where.name, where.isTree);
		return 0;
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		return this.#resolver.stat(input, start, length, follow, words);
	}

	forgetDirectories(): void {
		this.#resolver.forgetDirectories();
	}

	open(input: Buffer, start: number, length: number, flags: number, mode: number, opened: Opened): number {
		const fd = openPastLease(() => this.#resolver.openFile(input, start, length, flags, mode));
		opened.changeable = !this.#resolver.inReadOnlyTree;
		return fd;
	}

	openDirectory(path: Buffer): number {
		return this.#resolver.open(path, LIST);
	}

	workingDirectory(to: Buffer): number {
		return addon.getcwd(to, 0, to.length);
	}

	changeDirectory(path: Buffer): number {
		return withDescriptor(this.#resolver.open(path, ENTER), addon.fchdir);
	}

	hasNoLinks(path: Buffer): boolean {
		return this.#resolver.hasNoLinks(path);
	}

	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number {
		const step = path.subarray(0, length);
		if (this.isVisible(step))
			return withDescriptor(this.#resolver.openStep(step), (fd) => addon.fstat(fd, stat.words));
		if (!this.#trees.isAbove(fromBytes(step))) return -errno.EACCES;
		stat.words[StatWord.MODE] = FileType.DIRECTORY;
		return 0;
	}

	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number {
		const step = path.subarray(0, length);
		const fd = this.#resolver.openStep(step);
		return withDescriptor(fd, () => addon.readlinkAt(fd, ITSELF, 0, 0, to, 0, toLength));
	}

	isVisible(path: Buffer): boolean {
		return this.#trees.locate(fromBytes(path)) !== undefined;
	}

	shown(path: Buffer): Buffer {
		return path;
	}
}
