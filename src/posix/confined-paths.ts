/*
 * The calls that take a path, for a client that may see some trees and nothing
 * else. Each path is turned into a descriptor that lies in a tree
 * (confined-resolver.ts); what is done is done to that descriptor, or to a name
 * in it, and never to the path again. All that is outside is EACCES, whether it
 * exists or not, and so is every change in a read-only tree.
 */
import { constants } from "node:fs";
import { addon, registers } from "./addon.ts";
import { type ConfinedResolver, LOOK, LOOK_BEHIND, type NameInDirectory } from "./confined-resolver.ts";
import type { Trees } from "./confined-trees.ts";
import { errno } from "./errno.ts";
import { mayChange } from "./open-flags.ts";
import { O_PATH } from "./openat2.ts";
import type { PathCalls } from "./path-calls.ts";
import { FileType, StatWord } from "./stat.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
const EXCLUSIVE = O_CREAT | O_EXCL;
const SLASH = 0x2f;

const LIST = { flags: O_RDONLY | O_NONBLOCK | O_DIRECTORY, follow: true, change: false };
const ENTER = { flags: O_PATH | O_DIRECTORY, follow: true, change: false };
const CHANGE = { flags: O_PATH, follow: false, change: true };
const CHANGE_BEHIND = { ...CHANGE, follow: true };

export class ConfinedPaths implements PathCalls {
	readonly direct = false;
	readonly #trees: Trees;
	readonly #resolver: ConfinedResolver;
	/** Descriptors opened in read-only trees; one that was closed stays until its number is used again. */
	readonly #unchangeable = new Set<number>();

	constructor(trees: Trees, resolver: ConfinedResolver) {
		this.#trees = trees;
		this.#resolver = resolver;
	}

	open(bytes: Buffer, start: number, length: number, flags: number, mode: number): number {
		const path = bytes.subarray(start, start + length);
		const follow = (flags & EXCLUSIVE) !== EXCLUSIVE;
		const wanted = { flags, mode, follow, change: mayChange(flags) };
		let fd = this.#resolver.open(path, { ...wanted, flags: flags | O_NONBLOCK | O_NOCTTY });
		/* As in direct-paths.ts: a lease is waited for, and regular files are not left non-blocking. */
		if (fd === -errno.EAGAIN) fd = this.#resolver.open(path, wanted);
		if (fd < 0) return fd;
		if (this.#resolver.inReadOnlyTree) this.#unchangeable.add(fd);
		else this.#unchangeable.delete(fd);
		if (addon.descriptorType(fd) === FileType.REGULAR) addon.setNonBlocking(fd, 0);
		return fd;
	}

	openDirectory(path: Buffer): number {
		return this.#resolver.open(path, LIST);
	}

	stat(bytes: Buffer, start: number, length: number): number {
		return this.#on(bytes.subarray(start, start + length), LOOK_BEHIND, addon.fstat);
	}

	lstat(bytes: Buffer, start: number, length: number): number {
		return this.#on(bytes.subarray(start, start + length), LOOK, addon.fstat);
	}

	lstatOnTheWay(path: Buffer, length: number): number {
		const step = path.subarray(0, length);
		if (this.mayBeTold(step)) return using(this.#resolver.openStep(step), addon.fstat);
		if (!this.#trees.isAbove(step.toString("latin1"))) return -errno.EACCES;
		registers[StatWord.MODE] = FileType.DIRECTORY;
		return 0;
	}

	readlinkOnTheWay(path: Buffer, length: number, to: Buffer, toLength: number): number {
		const step = path.subarray(0, length);
		return using(this.#resolver.openStep(step), (fd) => addon.readlinkOf(fd, to, 0, toLength));
	}

	mayBeTold(path: Buffer): boolean {
		return this.#trees.place(path.toString("latin1")) !== undefined;
	}

	truncate(path: Buffer, sizeHigh: number, sizeLow: number): number {
		return this.#on(path, CHANGE_BEHIND, (fd) => addon.truncateOf(fd, sizeHigh, sizeLow));
	}

	chmod(path: Buffer, mode: number): number {
		return this.#on(path, CHANGE_BEHIND, (fd) => addon.chmodOf(fd, mode));
	}

	lchmod(path: Buffer, mode: number): number {
		return this.#on(path, CHANGE, (fd) =>
			addon.descriptorType(fd) === FileType.SYMLINK ? -errno.EOPNOTSUPP : addon.chmodOf(fd, mode),
		);
	}

	utimes(path: Buffer, atime: number, mtime: number): number {
		return this.#on(path, CHANGE_BEHIND, (fd) => addon.utimesOf(fd, atime, mtime));
	}

	lutimes(path: Buffer, atime: number, mtime: number): number {
		return this.#on(path, CHANGE, (fd) => addon.utimesOf(fd, atime, mtime));
	}

	chown(path: Buffer, uid: number, gid: number): number {
		return this.#on(path, CHANGE_BEHIND, (fd) => addon.chownOf(fd, uid, gid));
	}

	lchown(path: Buffer, uid: number, gid: number): number {
		return this.#on(path, CHANGE, (fd) => addon.chownOf(fd, uid, gid));
	}

	fchmod(fd: number, mode: number): number {
		return this.#unchangeable.has(fd) ? -errno.EACCES : addon.fchmod(fd, mode);
	}

	futimes(fd: number, atime: number, mtime: number): number {
		return this.#unchangeable.has(fd) ? -errno.EACCES : addon.futimes(fd, atime, mtime);
	}

	fchown(fd: number, uid: number, gid: number): number {
		return this.#unchangeable.has(fd) ? -errno.EACCES : addon.fchown(fd, uid, gid);
	}

	mkdir(path: Buffer, mode: number): number {
		return this.#in(path, ({ fd, name }) => addon.mkdirAt(fd, name, 0, name.length, mode));
	}

	rmdir(path: Buffer): number {
		return this.#in(path, ({ fd, name, isTree }) =>
			isTree ? -errno.EBUSY : addon.unlinkAt(fd, name, 0, name.length, 1),
		);
	}

	unlink(path: Buffer): number {
		return this.#in(path, ({ fd, name }) => addon.unlinkAt(fd, name, 0, name.length, 0));
	}

	link(from: Buffer, to: Buffer): number {
		/* A slash behind the name is all that makes linkat(2) follow a link, to what must be a directory. */
		if (from.at(-1) === SLASH) return this.#on(from, ENTER, () => -errno.EPERM);
		return this.#in(from, (old) =>
			this.#in(to, ({ fd, name }) =>
				addon.linkAt(old.fd, old.name, 0, old.name.length, fd, name, 0, name.length),
			),
		);
	}

	rename(from: Buffer, to: Buffer): number {
		return this.#in(from, (old) =>
			this.#in(to, ({ fd, name }) =>
				addon.renameAt(old.fd, old.name, 0, old.name.length, fd, name, 0, name.length),
			),
		);
	}

	symlink(target: Buffer, linkPath: Buffer): number {
		return this.#in(linkPath, ({ fd, name }) =>
			addon.symlinkAt(target, 0, target.length, fd, name, 0, name.length),
		);
	}

	readlink(path: Buffer, to: Buffer): number {
		return this.#on(path, LOOK, (fd) => addon.readlinkOf(fd, to, 0, to.length));
	}

	statvfs(path: Buffer): number {
		return this.#on(path, LOOK_BEHIND, addon.fstatvfs);
	}

	chdir(path: Buffer): number {
		return this.#on(path, ENTER, addon.fchdir);
	}

	/** Does something to what the path names. */
	#on(path: Buffer, wanted: Parameters<ConfinedResolver["open"]>[1], call: (fd: number) => number): number {
		return using(this.#resolver.open(path, wanted), call);
	}

	/** Does something to the name that the path ends in. */
	#in(path: Buffer, call: (where: NameInDirectory) => number): number {
		const where = this.#resolver.parent(path);
		return typeof where === "number" ? where : using(where.fd, () => call(where));
	}
}

/** Calls with a descriptor, which may also be -errno, and closes it. */
function using(fd: number, call: (fd: number) => number): number {
	if (fd < 0) return fd;
	const result = call(fd);
	addon.close(fd);
	return result;
}
