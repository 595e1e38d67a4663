/*
 * Creates files, directories and symbolic links, as the client asks or with a group and
 * modes that the session forces. Results are >= 0 or -errno.
 *
 * Group and mode are set on a descriptor of the new file, which only its owner can use
 * until then. A directory or link is created first and then opened by its name; if the
 * name refers to something else by then, nothing is changed and the request fails. After
 * a failure the new file remains, without permissions for others.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { DirectoryRecords, readDirectory, Unread } from "../posix/directory.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_NOFOLLOW } from "../posix/openat2.ts";
import { HERE, ITSELF, SLASH } from "../posix/path.ts";
import { FileType, MODE_BITS, STICKY, StatBuffer, StatWord } from "../posix/stat.ts";
import type { Target } from "./namespace.ts";
import { withDescriptor } from "./with-descriptor.ts";

export interface NewFiles {
	/** Whether `open` forces anything. If so, it must create every new file, and do nothing else. */
	readonly forcesFiles: boolean;
	/**
	 * Creates a regular file and returns its descriptor.
	 *
	 * @param create calls open(2) with O_EXCL and the given mode
	 * @param mode used unless a mode is forced; the umask applies to it
	 */
	open(create: (mode: number) => number, mode: number): number;
	/** The umask applies to `mode`. */
	mkdir(target: Target, mode: number): number;
	symlink(text: Buffer, target: Target): number;
}

/** Forces nothing. */
export const UNFORCED: NewFiles = {
	forcesFiles: false,
	open: (create, mode) => create(mode),
	mkdir: makeDirectory,
	symlink: makeLink,
};

export interface Forced {
	/** The user that the process acts as. */
	readonly uid: number;
	/** The group of new files, and the umask to apply. The process's own umask must be UMASK_OF_FORCED_GROUP. */
	readonly group?: { readonly gid: number; readonly umask: number } | undefined;
	/** Whether modes are exact: neither the umask nor default ACLs apply to them. */
	readonly exactFiles: boolean;
	readonly exactDirectories: boolean;
}

/**
 * Clears every bit, so nobody can use a new file until its group is set. The kernel
 * ignores the umask under a default ACL, so permission bits in a new file's mode mean
 * that there is one.
 */
export const UMASK_OF_FORCED_GROUP = 0o777;

const { O_DIRECTORY, O_RDONLY } = constants;
const OWNER_BITS = 0o700;
const PERMISSION_BITS = 0o777;
const SET_GID = 0o2000;
/** Marks a directory that is being created: mkdir(2) sets this bit whatever the umask and ACLs are. */
const BEING_MADE = STICKY;
const KEEP_OWNER = 0xffff_ffff;
/** Entries of an empty directory: `.` and `..`. */
const ENTRIES_OF_EMPTY = 2;

export class ForcedNewFiles implements NewFiles {
	readonly forcesFiles: boolean;
	readonly #forced: Forced;
	readonly #stat = new StatBuffer();
	readonly #text = Buffer.allocUnsafeSlow(PATH_MAX);

	constructor(forced: Forced) {
		this.#forced = forced;
		this.forcesFiles = forced.group !== undefined || forced.exactFiles;
	}

	open(create: (mode: number) => number, mode: number): number {
		const { group, exactFiles } = this.#forced;
		if (group === undefined && !exactFiles) return create(mode);
		const fd = create(exactFiles ? OWNER_BITS : mode | OWNER_BITS);
		if (fd < 0) return fd;
		const result = this.#finishFile(fd, mode);
		if (result >= 0) return fd;
		addon.close(fd);
		return result;
	}

	mkdir(target: Target, mode: number): number {
		const { group, exactDirectories } = this.#forced;
		if (group === undefined && !exactDirectories) return makeDirectory(target, mode);
		const asked = BEING_MADE | OWNER_BITS | (exactDirectories ? 0 : mode & PERMISSION_BITS);
		const made = makeDirectory(target, asked);
		return made < 0 ? made : onNew(target, O_DIRECTORY, (fd) => this.#finishDirectory(fd, asked, mode));
	}

	symlink(text: Buffer, target: Target): number {
		const made = makeLink(text, target);
		const gid = this.#forced.group?.gid;
		if (made < 0 || gid === undefined) return made;
		return onNew(target, 0, (fd) => {
			const looked = addon.fstat(fd, this.#stat.words);
			if (looked < 0) return looked;
			return this.#isNewLink(fd, text) ? this.#setGroup(fd, gid) : -errno.EEXIST;
		});
	}

	#finishFile(fd: number, mode: number): number {
		const { group, exactFiles } = this.#forced;
		const looked = addon.fstat(fd, this.#stat.words);
		if (looked < 0) return looked;
		const wanted = this.#modeOf(mode & MODE_BITS, exactFiles);
		/* chown clears the set-id bits, so it comes first. */
		const grouped = group === undefined ? 0 : this.#setGroup(fd, group.gid);
		return grouped < 0 ? grouped : addon.fchmod(fd, wanted);
	}

	#finishDirectory(fd: number, asked: number, mode: number): number {
		const { group, exactDirectories } = this.#forced;
		const { words } = this.#stat;
		const looked = addon.fstat(fd, words);
		if (looked < 0) return looked;
		if (!this.#isNewDirectory(fd, asked)) return -errno.EEXIST;
		/* Inherited from the parent directory. */
		const inherited = this.#mode & SET_GID;
		const wanted = this.#modeOf(mode & (PERMISSION_BITS | STICKY), exactDirectories) | inherited;
		const grouped = group === undefined ? 0 : this.#setGroup(fd, group.gid);
		return grouped < 0 ? grouped : addon.chmodAt(fd, ITSELF, 0, 0, wanted, 1);
	}

	/** The mode for the new file in #stat, which was created with the bits of `mode` and its owner's. */
	#modeOf(mode: number, isExact: boolean): number {
		if (isExact) return mode;
		const hasDefaultAcl = (this.#mode & PERMISSION_BITS) !== 0;
		return hasDefaultAcl ? this.#mode & mode : mode & ~(this.#forced.group?.umask ?? 0);
	}

	/** Whether #stat can be that of the new directory, created with mode `asked`, and not of another of the user's. */
	#isNewDirectory(fd: number, asked: number): boolean {
		const permissions = this.#mode & PERMISSION_BITS;
		return (
			this.#stat.uid === this.#forced.uid &&
			(this.#mode & STICKY) !== 0 &&
			(permissions & ~asked) === 0 &&
			(permissions === 0 || isEmpty(fd))
		);
	}

	#isNewLink(fd: number, text: Buffer): boolean {
		if (this.#stat.type !== FileType.SYMLINK || this.#stat.uid !== this.#forced.uid) return false;
		if (this.#stat.words[StatWord.NLINK] !== 1) return false;
		const length = addon.readlinkAt(fd, ITSELF, 0, 0, this.#text, 0, this.#text.length);
		return length === text.length && this.#text.compare(text, 0, length, 0, length) === 0;
	}

	/** Sets the group of a descriptor's file, whose stat is in #stat. */
	#setGroup(fd: number, gid: number): number {
		if (this.#stat.words[StatWord.GID] === gid) return 0;
		return addon.chownAt(fd, ITSELF, 0, 0, KEEP_OWNER, gid, 0);
	}

	get #mode(): number {
		return (this.#stat.words[StatWord.MODE] ?? 0) & MODE_BITS;
	}
}

function makeDirectory({ directory, path }: Target, mode: number): number {
	return addon.mkdirAt(directory, path, 0, path.length, mode);
}

function makeLink(text: Buffer, { directory, path }: Target): number {
	return addon.symlinkAt(text, 0, text.length, directory, path, 0, path.length);
}

/** Calls `call` with an O_PATH descriptor of what was just created at the target. */
function onNew({ directory, path }: Target, flags: number, call: (fd: number) => number): number {
	/* A trailing slash would make openat follow a link. */
	let end = path.length;
	while (end > 0 && path[end - 1] === SLASH) end--;
	const fd = addon.openAt(directory, path, 0, end, O_PATH_NOFOLLOW | flags, 0);
	/* Another process has moved it, and may have put something else in its place. */
	if (fd === -errno.ENOENT || fd === -errno.ENOTDIR) return -errno.EEXIST;
	return withDescriptor(fd, call);
}

/** Whether the directory of an O_PATH descriptor can be read and is empty. */
function isEmpty(directory: number): boolean {
	const fd = addon.openAt(directory, HERE, 0, HERE.length, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0) return false;
	const count = readDirectory(fd, fd, ITSELF, new Unread(), new DirectoryRecords());
	addon.close(fd);
	return count <= ENTRIES_OF_EMPTY;
}
