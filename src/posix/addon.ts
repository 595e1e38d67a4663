/*
 * The addon's typed face: one function per system or library call, nothing
 * else. A path or byte range is passed as (Buffer, offset, length), a 64-bit
 * number as (high word, low word). A result >= 0 is the call's own; a negative
 * one is -errno. What does not fit in one number is left in `registers` until
 * the next call. Wrong arguments throw a TypeError or RangeError: that is a bug
 * here, never a client's doing.
 */

/** One entry of the user database; strings have one character a byte. */
export interface Passwd {
	readonly name: string;
	readonly dir: string;
	readonly uid: number;
	readonly gid: number;
}

export interface Addon {
	useRegisters(registers: Uint32Array): void;
	/** Names the memory in which ranges of the calls of hot-calls.ts lie; it stays the caller's. */
	useArea(area: number, buffer: Buffer): void;

	nanosleep(microseconds: number): number;
	poll(inFd: number, inEvents: number, outFd: number, outEvents: number, timeoutMs: number): number;
	read(fd: number, to: Buffer, offset: number, length: number): number;
	write(fd: number, from: Buffer, offset: number, length: number): number;
	pread(fd: number, to: Buffer, offset: number, length: number, high: number, low: number): number;
	pwrite(fd: number, from: Buffer, offset: number, length: number, high: number, low: number): number;
	/** `spans` holds `count` pairs of words: where in `from` a piece starts, and its length. */
	pwritev(fd: number, from: Buffer, spans: Buffer, count: number, high: number, low: number): number;
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
	pipe(): number;
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

	open(path: Buffer, offset: number, length: number, flags: number, mode: number): number;
	openWithoutWaiting(path: Buffer, offset: number, length: number, flags: number, mode: number): number;
	stat(path: Buffer, offset: number, length: number): number;
	lstat(path: Buffer, offset: number, length: number): number;
	fstat(fd: number): number;
	truncate(path: Buffer, offset: number, length: number, sizeHigh: number, sizeLow: number): number;
	chmod(path: Buffer, offset: number, length: number, mode: number): number;
	lchmod(path: Buffer, offset: number, length: number, mode: number): number;
	fchmod(fd: number, mode: number): number;
	utimes(path: Buffer, offset: number, length: number, atime: number, mtime: number): number;
	lutimes(path: Buffer, offset: number, length: number, atime: number, mtime: number): number;
	futimes(fd: number, atime: number, mtime: number): number;
	chown(path: Buffer, offset: number, length: number, uid: number, gid: number): number;
	lchown(path: Buffer, offset: number, length: number, uid: number, gid: number): number;
	fchown(fd: number, uid: number, gid: number): number;
	mkdir(path: Buffer, offset: number, length: number, mode: number): number;
	rmdir(path: Buffer, offset: number, length: number): number;
	unlink(path: Buffer, offset: number, length: number): number;
	chdir(path: Buffer, offset: number, length: number): number;
	link(
		from: Buffer,
		fromOffset: number,
		fromLength: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	rename(
		from: Buffer,
		fromOffset: number,
		fromLength: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	symlink(
		target: Buffer,
		targetOffset: number,
		targetLength: number,
		link: Buffer,
		linkOffset: number,
		linkLength: number,
	): number;
	readlink(
		path: Buffer,
		offset: number,
		length: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	getcwd(to: Buffer, offset: number, length: number): number;
	statvfs(path: Buffer, offset: number, length: number): number;
	fstatvfs(fd: number): number;

	openBeneath(
		directory: number,
		path: Buffer,
		offset: number,
		length: number,
		flags: number,
		mode: number,
		resolve: number,
	): number;
	readlinkOf(fd: number, to: Buffer, offset: number, length: number): number;
	truncateOf(fd: number, sizeHigh: number, sizeLow: number): number;
	chmodOf(fd: number, mode: number): number;
	utimesOf(fd: number, atime: number, mtime: number): number;
	chownOf(fd: number, uid: number, gid: number): number;
	mkdirAt(directory: number, name: Buffer, offset: number, length: number, mode: number): number;
	unlinkAt(directory: number, name: Buffer, offset: number, length: number, isDirectory: 0 | 1): number;
	linkAt(
		fromDirectory: number,
		from: Buffer,
		fromOffset: number,
		fromLength: number,
		toDirectory: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	renameAt(
		fromDirectory: number,
		from: Buffer,
		fromOffset: number,
		fromLength: number,
		toDirectory: number,
		to: Buffer,
		toOffset: number,
		toLength: number,
	): number;
	symlinkAt(
		target: Buffer,
		targetOffset: number,
		targetLength: number,
		directory: number,
		name: Buffer,
		nameOffset: number,
		nameLength: number,
	): number;
	fchdir(directory: number): number;

	readDirectory(
		fd: number,
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
	getgrgid(gid: number): string | null;
	time(): number;
	localTime(secondsHigh: number, secondsLow: number): number;
	holdUserDatabase(): number;

	landlockAbi(): number;
	landlockCreate(rights: number): number;
	landlockAllow(set: number, directory: number, rights: number): number;
	landlockRestrict(set: number): number;
	setNoNewPrivileges(): number;
	filterSystemCalls(): number;

	setUndumpable(): number;
	nofileLimit(): number;
	strerror(errno: number): string;
	catchSignals(): number;
	exit(status: number): never;
	exitBySignal(signal: number): never;
	syslogSend(message: Buffer, offset: number, length: number): number;
}

/** Calls that find their arguments in registers, and leave their result there: hot-calls.ts has their faces. */
export interface RegisterCalls {
	read(): void;
	write(): void;
	send(): void;
	pread(): void;
	stat(): void;
	lstat(): void;
	openWithoutWaiting(): void;
	close(): void;
}

/* The bundler puts the addon's path here. */
declare const POSIX_ADDON: string;

/** The number of words in `registers`; REGISTERS in native/addon.h. */
const REGISTER_COUNT = 64;

/** Most pieces of one pwritev; SPANS_MAX in native/io.c. */
export const SPANS_MAX = 64;

/** Where the signal handler leaves the number of the last signal; 0 while there is none. */
export const SIGNAL_REGISTER = REGISTER_COUNT - 1;

/** The first of the six words of a local time; TIME_REGISTERS in native/addon.h. */
export const TIME_REGISTERS = 56;

/** The first of the eight words of hot-calls.ts; HOT_REGISTERS in native/addon.h. */
export const HOT_REGISTERS = 40;

/** Results of more than one number; overwritten by the next call that has some, but not by localTime. */
export const registers = new Uint32Array(REGISTER_COUNT);

const native: Addon & { readonly hot: RegisterCalls } = require(POSIX_ADDON);
native.useRegisters(registers);
const { hot, ...functions } = native;

/*
 * Copies, both of them: V8 finds the functions of an object that was made at once
 * where they always are, and has to look up those of one that was filled one by one.
 */
export const addon: Addon = functions;

/** What hot-calls.ts calls. */
export const registerCalls: RegisterCalls = { ...hot };
