/*
 * What a session needs from its process: two streams, waiting, and exiting. Normally
 * these are the process's own; the fuzzer and tests supply others.
 */
import { addon } from "../posix/addon.ts";
import { fast } from "../posix/fast-calls.ts";

export interface Host {
	/** Descriptors of the client's requests and of the replies; the host owns them. */
	readonly input: number;
	readonly output: number;
	read(fd: number, to: Buffer, offset: number, length: number): number;
	write(fd: number, from: Buffer, offset: number, length: number): number;
	/** write to a socket, never waiting. */
	send(fd: number, from: Buffer, offset: number, length: number): number;
	/** Moves pages from a pipe, never waiting. */
	splice(fromPipe: number, to: number, length: number): number;
	/** poll(2) on two descriptors, -1 for none; the input's events, and the output's from OUTPUT_SHIFT on. */
	poll(inFd: number, inEvents: number, outFd: number, outEvents: number, timeoutMs: number): number;
	sleep(microseconds: number): number;
	nowMicroseconds(): number;
	/** Starts to measure whether calls wait for storage. */
	stopwatchStart(): void;
	/** Whether the `calls` made since the start, or since this was last called, were slow because they waited. */
	stopwatchWaited(calls: number): boolean;
	exit(status: number): never;
	exitBySignal(signal: number): never;
}

export const processHost: Host = {
	input: 0,
	output: 1,
	read: fast.read,
	write: fast.write,
	send: fast.send,
	splice: addon.splicePipe,
	poll: addon.poll,
	sleep: addon.nanosleep,
	nowMicroseconds() {
		const [seconds, nanoseconds] = process.hrtime();
		return seconds * 1e6 + nanoseconds / 1e3;
	},
	stopwatchStart: addon.stopwatchStart,
	stopwatchWaited: (calls) => addon.stopwatchWaited(calls) === 1,
	exit: addon.exit,
	exitBySignal: addon.exitBySignal,
};
