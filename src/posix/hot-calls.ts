/*
 * The calls that a session makes for each request, as the addon's of the same
 * names have them, but through registers and areas of memory that the addon knows
 * (native/hot.c): to hand over arguments costs more than these calls themselves.
 * Arguments that do not fit in 32 bits, or are no integers, are not noticed; a range
 * that does not lie in its Buffer throws a RangeError.
 */
import { addon, HOT_REGISTERS, registerCalls, registers } from "./addon.ts";

const AREA_INPUT = 0;
const AREA_OUTPUT = 1;

/* The registers; native/hot.c has the same. */
const FD = HOT_REGISTERS;
const START = HOT_REGISTERS + 1;
const LENGTH = HOT_REGISTERS + 2;
const FLAGS = HOT_REGISTERS + 3;
const MODE = HOT_REGISTERS + 4;
const HIGH = HOT_REGISTERS + 5;
const LOW = HOT_REGISTERS + 6;
const RESULT = HOT_REGISTERS + 7;

/** The result of a `stat` of a path that holds a NUL: no errno. PATH_HAS_NUL in native/hot.c. */
export const PATH_HAS_NUL = -0x10000;

const signed = new Int32Array(registers.buffer);

/*
 * The areas' Buffers: the addon has only their addresses, so they are held here,
 * and their memory must not be given away (ArrayBuffer.prototype.transfer).
 */
let input: Buffer | undefined;
let output: Buffer | undefined;

function useInput(buffer: Buffer): void {
	addon.useArea(AREA_INPUT, buffer);
	input = buffer;
}

function useOutput(buffer: Buffer): void {
	addon.useArea(AREA_OUTPUT, buffer);
	output = buffer;
}

export const hot = {
	/** The Buffer is an area from then on: that of paths, too. */
	read(fd: number, to: Buffer, offset: number, length: number): number {
		if (to !== input) useInput(to);
		registers[FD] = fd;
		registers[START] = offset;
		registers[LENGTH] = length;
		registerCalls.read();
		return signed[RESULT] ?? 0;
	},

	write(fd: number, from: Buffer, offset: number, length: number): number {
		if (from !== output) useOutput(from);
		registers[FD] = fd;
		registers[START] = offset;
		registers[LENGTH] = length;
		registerCalls.write();
		return signed[RESULT] ?? 0;
	},

	/** To a socket; never waits. */
	send(fd: number, from: Buffer, offset: number, length: number): number {
		if (from !== output) useOutput(from);
		registers[FD] = fd;
		registers[START] = offset;
		registers[LENGTH] = length;
		registerCalls.send();
		return signed[RESULT] ?? 0;
	},

	pread(fd: number, to: Buffer, offset: number, length: number, high: number, low: number): number {
		if (to !== output) useOutput(to);
		registers[FD] = fd;
		registers[START] = offset;
		registers[LENGTH] = length;
		registers[HIGH] = high;
		registers[LOW] = low;
		registerCalls.pread();
		return signed[RESULT] ?? 0;
	},

	/** As the addon's, but a path that holds a NUL is PATH_HAS_NUL. */
	stat(path: Buffer, offset: number, length: number): number {
		if (path !== input) useInput(path);
		registers[START] = offset;
		registers[LENGTH] = length;
		registerCalls.stat();
		return signed[RESULT] ?? 0;
	},

	/** As `stat`. */
	lstat(path: Buffer, offset: number, length: number): number {
		if (path !== input) useInput(path);
		registers[START] = offset;
		registers[LENGTH] = length;
		registerCalls.lstat();
		return signed[RESULT] ?? 0;
	},

	/** A path that does not lie in the input goes the usual way. */
	openWithoutWaiting(path: Buffer, offset: number, length: number, flags: number, mode: number): number {
		if (path !== input) return addon.openWithoutWaiting(path, offset, length, flags, mode);
		registers[START] = offset;
		registers[LENGTH] = length;
		registers[FLAGS] = flags;
		registers[MODE] = mode;
		registerCalls.openWithoutWaiting();
		return signed[RESULT] ?? 0;
	},

	close(fd: number): number {
		registers[FD] = fd;
		registerCalls.close();
		return signed[RESULT] ?? 0;
	},
};
