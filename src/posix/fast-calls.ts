/*
 * The calls that a session makes for each request. They do the same as the addon's calls
 * of the same names, but take their arguments from pinned words and their bytes from
 * pinned Buffers (native/fast.c), since passing arguments costs more than such a call
 * itself. Measured when they were introduced: a STAT takes 0.3 us less, a READ of 32 KiB
 * 0.4 us less.
 *
 * Arguments must be integers of 32 bits; this is not checked. A range outside its
 * Buffer throws a RangeError.
 */
import { addon, pinnedCalls } from "./addon.ts";
import { STAT_WORDS } from "./stat.ts";

/* Slots of pinned memory, as in native/fast.c. */
const PIN_ARGUMENTS = 0;
const PIN_INPUT = 1;
const PIN_OUTPUT = 2;
const PIN_STAT = 3;
const PIN_LOCATION = 5;

/* Argument words, as in native/fast.c. */
const FD = 0;
const START = 1;
const LENGTH = 2;
const FLAGS = 3;
const MODE = 4;
const HIGH = 5;
const LOW = 6;
const RESOLVE = 7;
const LINKS = 8;
const RESULT = 9;
const ARGUMENT_WORDS = 10;

/** The result of a stat or open of a path that contains a NUL, not an errno. PATH_HAS_NUL in native/fast.c. */
export const PATH_HAS_NUL = -0x10000;

const argument = new Uint32Array(ARGUMENT_WORDS);
const signed = new Int32Array(argument.buffer);
addon.pin(PIN_ARGUMENTS, argument);

/** Pinned arrays; the addon holds a reference to each. */
let input: Buffer | undefined;
let output: Buffer | undefined;
let stat: Uint32Array | undefined;
let location: Buffer | undefined;

function pinInput(buffer: Buffer): void {
	addon.pin(PIN_INPUT, buffer);
	input = buffer;
}

function pinOutput(buffer: Buffer): void {
	addon.pin(PIN_OUTPUT, buffer);
	output = buffer;
}

function pinStat(words: Uint32Array): void {
	if (words.length < STAT_WORDS) throw new RangeError("no room for a stat");
	addon.pin(PIN_STAT, words);
	stat = words;
}

function pinLocation(buffer: Buffer): void {
	addon.pin(PIN_LOCATION, buffer);
	location = buffer;
}

export const fast = {
	read(fd: number, to: Buffer, offset: number, length: number): number {
		if (to !== input) pinInput(to);
		argument[FD] = fd;
		argument[START] = offset;
		argument[LENGTH] = length;
		pinnedCalls.read();
		return signed[RESULT] ?? 0;
	},

	write(fd: number, from: Buffer, offset: number, length: number): number {
		if (from !== output) pinOutput(from);
		argument[FD] = fd;
		argument[START] = offset;
		argument[LENGTH] = length;
		pinnedCalls.write();
		return signed[RESULT] ?? 0;
	},

	/** send(2) to a socket; never waits. */
	send(fd: number, from: Buffer, offset: number, length: number): number {
		if (from !== output) pinOutput(from);
		argument[FD] = fd;
		argument[START] = offset;
		argument[LENGTH] = length;
		pinnedCalls.send();
		return signed[RESULT] ?? 0;
	},

	pread(fd: number, to: Buffer, offset: number, length: number, high: number, low: number): number {
		if (to !== output) pinOutput(to);
		argument[FD] = fd;
		argument[START] = offset;
		argument[LENGTH] = length;
		argument[HIGH] = high;
		argument[LOW] = low;
		pinnedCalls.pread();
		return signed[RESULT] ?? 0;
	},

	/** stat(2), or lstat(2) unless `follow`, into `words`; PATH_HAS_NUL for a path with a NUL. */
	stat(path: Buffer, offset: number, length: number, follow: boolean, words: Uint32Array): number {
		if (path !== input) pinInput(path);
		if (words !== stat) pinStat(words);
		argument[START] = offset;
		argument[LENGTH] = length;
		argument[FLAGS] = follow ? 1 : 0;
		pinnedCalls.stat();
		return signed[RESULT] ?? 0;
	},

	/**
	 * Like `stat`, but resolves the path from a directory by openat2(2) with `resolve`
	 * flags. An empty path is the directory itself.
	 */
	statBeneath(
		directory: number,
		path: Buffer,
		offset: number,
		length: number,
		follow: boolean,
		resolve: number,
		words: Uint32Array,
	): number {
		if (path !== input) pinInput(path);
		if (words !== stat) pinStat(words);
		argument[FD] = directory;
		argument[START] = offset;
		argument[LENGTH] = length;
		argument[FLAGS] = follow ? 1 : 0;
		argument[RESOLVE] = resolve;
		pinnedCalls.statBeneath();
		return signed[RESULT] ?? 0;
	},

	/**
	 * Like `statBeneath`, and also puts the file's location at the start of `to`, from its
	 * link in the directory `links`, /proc/self/fd. Returns the location's length. An empty
	 * path is not found.
	 */
	statLocated(
		directory: number,
		path: Buffer,
		offset: number,
		length: number,
		follow: boolean,
		resolve: number,
		words: Uint32Array,
		links: number,
		to: Buffer,
	): number {
		if (path !== input) pinInput(path);
		if (words !== stat) pinStat(words);
		if (to !== location) pinLocation(to);
		argument[FD] = directory;
		argument[START] = offset;
		argument[LENGTH] = length;
		argument[FLAGS] = follow ? 1 : 0;
		argument[RESOLVE] = resolve;
		argument[LINKS] = links;
		pinnedCalls.statLocated();
		return signed[RESULT] ?? 0;
	},

	/** The addon's openWithoutWaitingAt, from the working directory; PATH_HAS_NUL for a path with a NUL. */
	openWithoutWaiting(path: Buffer, offset: number, length: number, flags: number, mode: number): number {
		if (path !== input) pinInput(path);
		argument[START] = offset;
		argument[LENGTH] = length;
		argument[FLAGS] = flags;
		argument[MODE] = mode;
		pinnedCalls.openWithoutWaiting();
		return signed[RESULT] ?? 0;
	},

	/** lstat(2) of a path from a directory, into `words`. */
	lstatIn(directory: number, path: Buffer, offset: number, length: number, words: Uint32Array): number {
		if (path !== input) pinInput(path);
		if (words !== stat) pinStat(words);
		argument[FD] = directory;
		argument[START] = offset;
		argument[LENGTH] = length;
		pinnedCalls.lstatIn();
		return signed[RESULT] ?? 0;
	},

	/**
	 * Like `openWithoutWaiting`, but resolves the path from a directory by openat2(2) with
	 * `resolve` flags; `words` gets the stat of the opened file. `mode` must be 0 without
	 * O_CREAT.
	 */
	openBeneath(
		directory: number,
		path: Buffer,
		offset: number,
		length: number,
		flags: number,
		mode: number,
		resolve: number,
		words: Uint32Array,
	): number {
		if (path !== input) pinInput(path);
		if (words !== stat) pinStat(words);
		argument[FD] = directory;
		argument[START] = offset;
		argument[LENGTH] = length;
		argument[FLAGS] = flags;
		argument[MODE] = mode;
		argument[RESOLVE] = resolve;
		pinnedCalls.openBeneath();
		return signed[RESULT] ?? 0;
	},

	close(fd: number): number {
		argument[FD] = fd;
		pinnedCalls.close();
		return signed[RESULT] ?? 0;
	},
};
