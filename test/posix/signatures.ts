/*
 * What each function of the addon takes, and what it returns for a right call
 * that can't succeed or does no harm. The descriptor is -1 and paths are
 * missing.
 */
import { constants } from "node:os";
import type { Addon } from "../../src/posix/addon.ts";
import {
	buffer,
	detached,
	fd,
	integer,
	misaligned,
	type Parameter,
	path,
	range,
	uint32,
	uint64,
} from "./arguments.ts";

export interface Signature {
	readonly parameters: readonly Parameter[];
	/** Whether that is the result of the right call; undefined where the call would not return. */
	readonly isAnswer: ((answer: unknown) => boolean) | undefined;
}

const mode = uint32(0o600);
const owner = [uint32(), uint32()];
const times = [uint32(), uint32()];
const missing = path("/missing/file");
const name = path("name");

const is =
	(...answers: readonly unknown[]) =>
	(answer: unknown): boolean =>
		answers.includes(answer);
const fails = (...names: readonly (keyof typeof constants.errno)[]) =>
	is(...names.map((errno) => -constants.errno[errno]));
const isNumber = (answer: unknown): boolean => Number.isInteger(answer);

function takes(parameters: readonly Parameter[], isAnswer?: Signature["isAnswer"]): Signature {
	return { parameters, isAnswer };
}

const ofDescriptor = (...others: readonly Parameter[]): Signature => takes([fd, ...others], fails("EBADF"));

/** A directory, which may be AT_FDCWD, and a path relative to it. */
const AT_FDCWD = -100;
const directory = integer(AT_FDCWD, 2 ** 31 - 1, AT_FDCWD, [-1, 2 ** 31 - 1]);
const follow = integer(0, 1, 1);
const flags = integer(0, 2 ** 31 - 1, 0, [0]);
const atMissing: readonly Parameter[] = [directory, path("missing/file")];
const ofTarget = (...others: readonly Parameter[]): Signature =>
	takes([...atMissing, ...others], fails("ENOENT"));

/** A Uint32Array of at least that many words, which the addon writes. */
function words(count: number): Parameter {
	const none: readonly unknown[] = [undefined, null, "text", 5, {}, [1, 2, 3], Buffer.alloc(4 * count)];
	const shared = new Uint32Array(count);
	structuredClone(shared.buffer, { transfer: [shared.buffer] });
	return {
		right: [new Uint32Array(count)],
		edges: [[new Uint32Array(count + 1)]],
		wrong: [
			...[...none, new Int32Array(count), new Float64Array(count)].map(
				(value) => ["TypeError", value] as const,
			),
			...[new Uint32Array(count - 1), new Uint32Array(0), shared].map(
				(value) => ["RangeError", value] as const,
			),
		],
	};
}

const STAT = words(13);
const STATVFS = words(22);
const IDENTITY = words(8);

const files = {
	openAt: ofTarget(flags, mode),
	openWithoutWaitingAt: ofTarget(flags, mode),
	openat2: ofTarget(flags, uint32(), uint32()),
	statAt: ofTarget(follow, STAT),
	fstat: ofDescriptor(STAT),
	identityAt: ofTarget(IDENTITY),
	handleAt: ofTarget(range()),
	truncateAt: ofTarget(...uint64),
	chmodAt: ofTarget(mode, follow),
	fchmod: ofDescriptor(mode),
	utimesAt: ofTarget(...times, follow),
	futimes: ofDescriptor(...times),
	chownAt: ofTarget(...owner, follow),
	fchown: ofDescriptor(...owner),
	mkdirAt: ofTarget(mode),
	unlinkAt: ofTarget(integer(0, 1, 0)),
	linkAt: ofTarget(...atMissing),
	linkFollowingAt: ofTarget(...atMissing),
	renameAt: ofTarget(...atMissing),
	renameToFreeAt: ofTarget(...atMissing),
	symlinkAt: takes([name, ...atMissing], fails("ENOENT")),
	readlinkAt: ofTarget(range()),
	getcwd: takes([range([Buffer.alloc(16), 15, 1])], fails("ERANGE")),
	chdir: takes([missing], fails("ENOENT")),
	fchdir: ofDescriptor(),
	statvfsAt: ofTarget(STATVFS),
	fstatvfs: ofDescriptor(STATVFS),
	fileSystemType: ofDescriptor(),
};

/** A number of records or rows; the Buffers of the right call have room for `max`. */
function countOf(max: number): Parameter {
	const { right, edges, wrong } = integer(0, 2 ** 32 - 1, max, [0]);
	return { right, edges, wrong: [...wrong, ["RangeError", max + 1], ["RangeError", 2 ** 32 - 1]] };
}

const descriptors = {
	nanosleep: takes([integer(0, 999_999, 1, [0])], is(0)),
	poll: takes(
		[fd, integer(0, 2 ** 15 - 1, 0), fd, integer(0, 2 ** 15 - 1, 0), integer(-1, 2 ** 31 - 1, 0, [])],
		is(0),
	),
	read: ofDescriptor(range()),
	write: ofDescriptor(range()),
	pread: ofDescriptor(range(), ...uint64),
	pwrite: ofDescriptor(range(), ...uint64),
	lseek: ofDescriptor(...uint64),
	ftruncate: takes([fd, ...uint64], fails("EBADF")),
	fsync: ofDescriptor(),
	close: ofDescriptor(),
	descriptorType: ofDescriptor(),
	setNonBlocking: ofDescriptor(integer(0, 1, 1)),
	setPipeSize: ofDescriptor(integer(1, 2 ** 30, 4096)),
	pipeSize: ofDescriptor(),
	bytesReadable: ofDescriptor(),
	bytesUnread: ofDescriptor(),
	isLocalSocket: ofDescriptor(),
	pipe: takes([words(2)], is(0)),
	spliceFromFile: ofDescriptor(...uint64, fd, uint32(1)),
	splicePipe: ofDescriptor(fd, uint32(1)),
	copyFileRange: ofDescriptor(...uint64, fd, ...uint64, uint32(1)),
};

const BLOCK_BYTES = 8 + 1024;
const RECORD_BYTES = 4 * 14 + 256;
const ROW_BYTES = 4 * 21;
const input = Buffer.from("/missing/file");

/** A row of runBatch: an lstat of the input. */
function row(): Buffer {
	const words = Uint32Array.of(2, 0, 0, input.length, ...new Array(17).fill(0));
	return Buffer.from(words.buffer);
}

/** Buffers that are too short, misaligned, or missing. */
const unfit = (bytes: number): readonly Buffer[] => [
	...[Buffer.alloc(bytes - 1), misaligned(bytes), Buffer.alloc(0)],
	detached(),
];

const many = {
	readDirectory: takes(
		[
			...[fd, fd, name],
			buffer(Buffer.alloc(BLOCK_BYTES), ...unfit(BLOCK_BYTES)),
			buffer(Buffer.alloc(RECORD_BYTES), ...unfit(RECORD_BYTES)),
			countOf(1),
		],
		is(0),
	),
	runBatch: takes(
		[buffer(row(), ...unfit(ROW_BYTES)), countOf(1), buffer(input), buffer(Buffer.alloc(16))],
		is(1),
	),
	stopwatchStart: takes([], is(0)),
	stopwatchWaited: takes([uint32(1)], is(0, 1)),
};

const NOBODY = 4_000_000_000;

const users = {
	getpwuid: takes([uint32(NOBODY)], is(null)),
	getpwnam: takes([path("no-such-user")], is(null)),
	getgrgid: takes([uint32(NOBODY)], is(null)),
	getgrnam: takes([path("no-such-group")], is(null)),
	time: takes([], isNumber),
	localTime: takes([uint32(2 ** 31 - 1), uint32(2 ** 32 - 1), words(6)], is(-1)),
	holdUserDatabase: takes([], is(0)),
};

const confinement = {
	landlockAbi: takes([], isNumber),
	landlockCreate: takes([uint32(), uint32(), uint32()], fails("ENOMSG", "ENOSYS", "EOPNOTSUPP")),
	landlockAllow: takes([fd, fd, uint32()], fails("EBADF", "ENOSYS", "EOPNOTSUPP")),
	landlockRestrict: takes([fd], fails("EBADF", "ENOSYS", "EOPNOTSUPP")),
	setNoNewPrivileges: takes([], is(0)),
	filterSystemCalls: takes([], is(0)),
};

const processes = {
	setUndumpable: takes([], is(0)),
	nofileLimit: takes([words(4)], is(0)),
	endLaunch: takes([], is(0)),
	isListening: takes([], is(0)),
	strerror: takes([integer(0, 2 ** 31 - 1, constants.errno.ENOENT)], is("No such file or directory")),
	catchSignals: takes([], is(0)),
	exit: takes([integer(0, 255, 0)]),
	/* The C library decides how many signals precede the first real-time signal. */
	exitBySignal: takes([integer(1, 64, constants.signals.SIGKILL)]),
	/* Without syslog there is no socket to send to. */
	syslogSend: takes([range()], isNumber),
};

const pinned: Parameter = {
	right: [Buffer.alloc(16)],
	edges: [[Buffer.alloc(0)]],
	wrong: [undefined, null, {}, "text", new ArrayBuffer(16), new Uint32Array(16)].map(
		(value) => ["TypeError", value] as const,
	),
};

export const signatures: Readonly<Record<keyof Addon, Signature>> = {
	/* The slot of the input; each other slot takes its own kind of array. */
	pin: takes([integer(0, 5, 1, [1]), pinned], is(undefined)),
	...files,
	...descriptors,
	...many,
	...users,
	...confinement,
	...processes,
};
