/*
 * The addon's types: one function per system or library call, nothing else. A path or
 * byte range is passed as (Buffer, offset, length), a file as a directory's descriptor
 * and a path from there (an empty path: the descriptor's own file), a 64-bit number as
 * (high word, low word). A result >= 0 is the call's own; a negative one is -errno.
 * Results of more than one number go into an array that the caller passes and owns.
 * Invalid arguments throw a TypeError or RangeError; that is always a bug in the server.
 */
import type { ByteString } from "./byte-string.ts";

/** One entry of the user database. */
export interface Passwd {
	readonly name: ByteString;
	readonly dir: ByteString;
	readonly uid: number;
	readonly gid: number;
}

/** `follow`: whether a symbolic link at the end of the path is followed. */
type Follow = 0 | 1;

type OpenAt = (
	dir: number,
	path: Buffer,
	offset: number,
	length: number,
	flags: number,
	mode: number,
) => number;

type OnTwoFiles = (
	fromDir: number,
	from: Buffer,
	fromOffset: number,
	fromLength: number,
	toDir: number,
	to: Buffer,
	toOffset: number,
	toLength: number,
) => number;

export interface Addon {
	/** Shares memory with the addon; see fast-calls.ts and signals.ts. */
	pin(slot: number, array: Uint8Array | Uint32Array): void;

	nanosleep(microseconds: number): number;
	poll(inFd: number, inEvents: number, outFd: number, outEvents: number, timeoutMs: number): number;
	read(fd: number, to: Buffer, offset: number, length: number): number;
	write(fd: number, from: Buffer, offset: number, length: number): number;
	pread(fd: number, to: Buffer, offset: number, length: number, high: number, low: number): number;
	pwrite(fd: number, from: Buffer, offset: number, length: number, high: number, low: number): number;
	lseek(fd: number, high: number, low: number): number;
	ftruncate(fd: number, sizeHigh: number, sizeLow: number): number;
	fsync(fd: number): number;
	close(fd: number): number;
	descriptorType(fd: number): number;
	setNonBlocking(fd: number, on: 0 | 1): number;
	setPipeSize(fd: number, bytes: number): number;
	pipeSize(fd: number): number;
	bytesReadable(fd: number): number;
	bytesUnread(fd: number): number;
	isLocalSocket(fd: number): number;
	/** `ends` gets the descriptors to read and to write, both non-blocking. */
	pipe(ends: Uint32Array): number;
	spliceFromFile(fd: number, high: number, low: number, pipeFd: number, length: number): number;
	splicePipe(fromPipe: number, to: number, length: number): number;
	copyFileRange(
		from: number,
		fromHigh: number,
		fromLow: number,
		to: number,
		toHigh: number,
		toLow: number,
		length: number,
	): number;

	openAt: OpenAt;
	openWithoutWaitingAt: OpenAt;
	openat2(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		flags: number,
		mode: number,
		resolve: number,
	): number;
	/** `words` gets STAT_WORDS of stat.ts, here and in fstat. */
	statAt(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		follow: Follow,
		words: Uint32Array,
	): number;
	fstat(fd: number, words: Uint32Array): number;
	/** `words` gets IDENTITY_WORDS of identity.ts. Does not follow a link. */
	identityAt(dir: number, path: Buffer, offset: number, length: number, words: Uint32Array): number;
	/** Puts the file handle into the range of `to` and returns its length. Does not follow a link. */
	handleAt(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	truncateAt(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		sizeHigh: number,
		sizeLow: number,
	): number;
	chmodAt(dir: number, path: Buffer, offset: number, length: number, mode: number, follow: Follow): number;
	fchmod(fd: number, mode: number): number;
	utimesAt(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		atime: number,
		mtime: number,
		follow: Follow,
	): number;
	futimes(fd: number, atime: number, mtime: number): number;
	chownAt(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		uid: number,
		gid: number,
		follow: Follow,
	): number;
	fchown(fd: number, uid: number, gid: number): number;
	mkdirAt(dir: number, path: Buffer, offset: number, length: number, mode: number): number;
	unlinkAt(dir: number, path: Buffer, offset: number, length: number, isDirectory: 0 | 1): number;
	linkAt: OnTwoFiles;
	renameAt: OnTwoFiles;
	/** As linkAt, but follows `from` if it is a link, also one in /proc. */
	linkFollowingAt: OnTwoFiles;
	/** As renameAt, but -EEXIST if the new name exists, and -EINVAL if the file system does not support that. */
	renameToFreeAt: OnTwoFiles;
	symlinkAt(
		text: Buffer,
		textOffset: number,
		textLength: number,
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
	): number;
	readlinkAt(
		dir: number,
		path: Buffer,
		offset: number,
		length: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	getcwd(to: Buffer, offset: number, length: number): number;
	chdir(path: Buffer, offset: number, length: number): number;
	fchdir(dir: number): number;
	/** `words` gets eleven 64-bit fields in the order of struct statvfs, high words first; also in fstatvfs. */
	statvfsAt(dir: number, path: Buffer, offset: number, length: number, words: Uint32Array): number;
	fstatvfs(fd: number, words: Uint32Array): number;
	/** The type of the file system, a number of linux/magic.h. */
	fileSystemType(fd: number): number;

	readDirectory(
		fd: number,
		place: number,
		path: Buffer,
		offset: number,
		length: number,
		block: Buffer,
		out: Buffer,
		count: number,
	): number;

	runBatch(rows: Buffer, count: number, input: Buffer, data: Buffer): number;
	stopwatchStart(): number;
	stopwatchWaited(calls: number): number;

	getpwuid(uid: number): Passwd | null;
	getpwnam(name: Buffer, offset: number, length: number): Passwd | null;
	getgrgid(gid: number): ByteString | null;
	/** The group's id. */
	getgrnam(name: Buffer, offset: number, length: number): number | null;
	time(): number;
	/** `fields` gets year, month (0 to 11), day, hour, minute and second. */
	localTime(secondsHigh: number, secondsLow: number, fields: Uint32Array): number;
	holdUserDatabase(): number;

	landlockAbi(): number;
	landlockCreate(files: number, network: number, scopes: number): number;
	landlockAllow(set: number, directory: number, rights: number): number;
	landlockRestrict(set: number): number;
	setNoNewPrivileges(): number;
	filterSystemCalls(): number;

	setUndumpable(): number;
	/** `words` gets the soft and the hard limit, high words first. */
	nofileLimit(words: Uint32Array): number;
	endLaunch(): number;
	isListening(): number;
	strerror(errno: number): string;
	catchSignals(): number;
	exit(status: number): never;
	exitBySignal(signal: number): never;
	syslogSend(message: Buffer, offset: number, length: number): number;
}

/** Calls that take their arguments from pinned words; fast-calls.ts wraps them. */
export interface PinnedCalls {
	read(): void;
	write(): void;
	send(): void;
	pread(): void;
	stat(): void;
	statBeneath(): void;
	statLocated(): void;
	lstatIn(): void;
	openBeneath(): void;
	openWithoutWaiting(): void;
	close(): void;
}

/* Defined by the bundler. */
declare const POSIX_ADDON: string;

/** For paths that start in the working directory (fcntl.h). */
export const AT_FDCWD = -100;

const native: Addon & { readonly fast: PinnedCalls } = require(POSIX_ADDON);
const { fast, ...functions } = native;

/*
 * Copied, since V8 accesses the properties of an object literal faster than those of an
 * object to which they were added one by one.
 */
export const addon: Addon = functions;

/** What fast-calls.ts calls. */
export const pinnedCalls: PinnedCalls = { ...fast };
