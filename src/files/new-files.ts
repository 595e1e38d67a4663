/*
 * How files, directories and symbolic links come to be: as the client asks, or with
 * a group and modes that the session forces. Results are >= 0 or -errno.
 *
 * What is forced is set on a descriptor of what was just created, which nobody but
 * its owner can use until then. For a moment a new directory or link has only its
 * name; if something else has that name by the time it is opened, nothing is changed
 * and the request fails. What was created before a failure stays, without rights for
 * others.
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

export interface NewFiles {
	/** Whether `open` forces anything: then it must be called for what open(2) creates, and for nothing else. */
	readonly forcesFiles: boolean;
	/**
	 * Creates a regular file: a descriptor.
	 *
	 * @param create open(2) with O_EXCL and that mode
	 * @param mode what the client gets if nothing is forced; the umask applies to it
	 */
	open(create: (mode: number) => number, mode: number): number;
	/** The umask applies to `mode`. */
	mkdir(target: Target, mode: number): number;
	symlink(text: Buffer, target: Target): number;
}

/** The system alone decides what new files are like. */
export const UNFORCED: NewFiles = {
	forcesFiles: false,
	open: (create, mode) => create(mode),
	mkdir: makeDirectory,
	symlink: makeLink,
};

export interface Forced {
	/** The user that the process acts as. */
	readonly uid: number;
	/** The group of all that is created; then the process's umask must be UMASK_OF_FORCED_GROUP. */
	readonly group?: { readonly gid: number; readonly umask: number } | undefined;
	/** Whether the modes of files, and of directories, are exact: neither umask nor default ACLs take from them. */
	readonly exactFiles: boolean;
	readonly exactDirectories: boolean;
}

/**
 * Takes every bit, so that what is created is nobody's until it has its group. Under
 * a default ACL the kernel ignores the umask: bits that are left are the ACL's word.
 */
export const UMASK_OF_FORCED_GROUP = 0o777;

const { O_DIRECTORY, O_RDONLY } = constants;
const OWNER_BITS = 0o700;
const PERMISSION_BITS = 0o777;
const SET_GID = 0o2000;
/** Marks a directory that is being made. mkdir(2) takes it, and no umask and no ACL takes it away. */
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
		/* Takes the set-id bits away, so it comes first. */
		const grouped = group === undefined ? 0 : this.#setGroup(fd, group.gid);
		return grouped < 0 ? grouped : addon.fchmod(fd, wanted);
	}

	#finishDirectory(fd: number, asked: number, mode: number): number {
		const { group, exactDirectories } = this.#forced;
		const { words } = this.#stat;
		const looked = addon.fstat(fd, words);
		if (looked < 0) return looked;
		if (!this.#isNewDirectory(fd, asked)) return -errno.EEXIST;
		/* A directory has the set-gid bit from the one that it is made in. */
		const inherited = this.#mode & SET_GID;
		const wanted = this.#modeOf(mode & (PERMISSION_BITS | STICKY), exactDirectories) | inherited;
		const grouped = group === undefined ? 0 : this.#setGroup(fd, group.gid);
		return grouped < 0 ? grouped : addon.chmodAt(fd, ITSELF, 0, 0, wanted, 1);
	}

	/** The mode of what #stat describes, which was created with all bits of `mode` and those of its owner. */
	#modeOf(mode: number, isExact: boolean): number {
		if (isExact) return mode;
		const hasDefaultAcl = (this.#mode & PERMISSION_BITS) !== 0;
		return hasDefaultAcl ? this.#mode & mode : mode & ~(this.#forced.group?.umask ?? 0);
	}

	/** Whether #stat can be that of the directory that was made with this mode: not that of another one of the user's. */
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

	/** Gives a descriptor's file, which #stat describes, the group. */
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

/** Calls with a descriptor, open for nothing, of what has just been made under a name. */
function onNew({ directory, path }: Target, flags: number, call: (fd: number) => number): number {
	/* A slash after the name would have a link followed. */
	let end = path.length;
	while (end > 0 && path[end - 1] === SLASH) end--;
	const fd = addon.openAt(directory, path, 0, end, O_PATH_NOFOLLOW | flags, 0);
	/* Somebody else has moved it, and may have put something else in its place. */
	if (fd === -errno.ENOENT || fd === -errno.ENOTDIR) return -errno.EEXIST;
	if (fd < 0) return fd;
	const result = call(fd);
	addon.close(fd);
	return result;
}

/** Whether a directory, open for nothing, can be read and has no entries. */
function isEmpty(directory: number): boolean {
	const fd = addon.openAt(directory, HERE, 0, HERE.length, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0) return false;
	const count = readDirectory(fd, fd, ITSELF, new Unread(), new DirectoryRecords());
	addon.close(fd);
	return count <= ENTRIES_OF_EMPTY;
}
