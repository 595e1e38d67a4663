/*
 * The loop of a session: reads available input, serves every whole packet, and writes
 * all replies. With nothing to write it waits in read(2), otherwise in poll(2) for both
 * ends. It reads only while the input has room and serves only while the output has
 * room, so a client can't make either buffer grow.
 */
import {
	badMessage,
	inputFailed,
	outputFailed,
	pollFailed,
	readEof,
	writeEof,
} from "../log/events/session.ts";
import { errno, strerror } from "../posix/errno.ts";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from "../posix/poll.ts";
import { pendingSignal } from "../posix/signals.ts";
import type { Session } from "../session/session.ts";
import { Frame, type PacketFramer } from "../wire/framer.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Host } from "./host.ts";
import type { InputDescriptor } from "./input-descriptor.ts";
import type { Output } from "./output.ts";
import type { OutputDescriptor } from "./output-descriptor.ts";
import type { Prefetch } from "./prefetch.ts";
import { ExitStatus, SessionEnd, SessionSignal } from "./session-end.ts";
import { StatRun } from "./stat-run.ts";

/** Replies per write: the client can send its next requests while the others are served. */
const REPLIES_AT_ONCE = 32;
const NO_TIMEOUT = -1;

/** What the loop drives. */
export interface LoopParts {
	readonly framer: PacketFramer;
	readonly input: InputDescriptor;
	readonly output: Output;
	readonly descriptor: OutputDescriptor;
	readonly dispatcher: Dispatcher;
	readonly prefetch: Prefetch;
}

export class Loop {
	readonly #session: Session;
	readonly #host: Host;
	readonly #framer: PacketFramer;
	readonly #input: InputDescriptor;
	readonly #output: Output;
	readonly #descriptor: OutputDescriptor;
	readonly #dispatcher: Dispatcher;
	readonly #prefetch: Prefetch;
	readonly #statRun: StatRun;
	#ended = false;
	/** Requests served since replies were last written. */
	#served = 0;

	constructor(session: Session, host: Host, parts: LoopParts) {
		this.#session = session;
		this.#host = host;
		this.#framer = parts.framer;
		this.#input = parts.input;
		this.#output = parts.output;
		this.#descriptor = parts.descriptor;
		this.#dispatcher = parts.dispatcher;
		this.#prefetch = parts.prefetch;
		this.#statRun = new StatRun(session, parts.framer, parts.output, parts.dispatcher);
	}

	/** Runs until the session ends, by SessionEnd or SessionSignal. */
	run(): never {
		for (;;) {
			const drained = this.#serveBuffered();
			this.#flush();
			if (this.#output.pending > 0) this.#wait();
			else if (drained) this.#read();
		}
	}

	/** Serves whole packets until there is none (returns true) or no room for a reply (returns false). */
	#serveBuffered(): boolean {
		const framer = this.#framer;
		const prefetch = this.#prefetch;
		/* Requests of this round, and the number after which storage is checked. */
		let served = 0;
		let look = 1;
		while (this.#output.hasRoom) {
			if (pendingSignal() !== 0) this.#signalled();
			let count = 0;
			if (prefetch.slow) prefetch.prepare(framer, this.#session);
			else count = this.#statRun.serve(Math.min(REPLIES_AT_ONCE - this.#served, look - served));
			if (count === 0) {
				this.#session.files.endStats();
				const frame = framer.next();
				if (frame === Frame.INCOMPLETE) return true;
				if (frame === Frame.TOO_LONG) this.#tooLong();
				this.#dispatcher.serve(framer.start, framer.end, framer.filled);
				count = 1;
			}
			served += count;
			if (served === look) look = prefetch.served(served, framer.buffered > 0);
			this.#served += count;
			if (this.#served === REPLIES_AT_ONCE) this.#flushSome();
		}
		this.#session.files.endStats();
		return false;
	}

	/** Called when there is nothing to write, so this may wait. */
	#read(): void {
		if (this.#ended) this.#end();
		this.#readSome();
	}

	#readSome(): void {
		const framer = this.#framer;
		const room = framer.makeRoom();
		const result = this.#input.read(framer.bytes, framer.filled, room);
		if (result > 0) framer.add(result);
		else if (result === 0) this.#ended = true;
		else if (result === -errno.EAGAIN) this.#poll(POLLIN, 0, NO_TIMEOUT);
		else if (result !== -errno.EINTR) {
			this.#session.log.log(inputFailed, strerror(-result));
			throw new SessionEnd(ExitStatus.IO_FAILED);
		}
		if (pendingSignal() !== 0) this.#signalled();
	}

	/** Waits until the output accepts more, and reads while the input has room. */
	#wait(): void {
		if (!this.#descriptor.backOff() && pendingSignal() !== 0) this.#signalled();
		const reading = !this.#ended && this.#framer.makeRoom() > 0;
		const events = this.#poll(reading ? POLLIN : 0, POLLOUT, NO_TIMEOUT);
		if ((events & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) !== 0 && reading) this.#readSome();
	}

	/** poll(2) on both ends, or on one if the other's events are 0; a negative timeout waits forever. */
	#poll(inputEvents: number, outputEvents: number, timeoutMs: number): number {
		const input = inputEvents === 0 ? -1 : this.#input.fd;
		const output = outputEvents === 0 ? -1 : this.#descriptor.fd;
		const events = this.#host.poll(input, inputEvents, output, outputEvents, timeoutMs);
		if (pendingSignal() !== 0) this.#signalled();
		if (events >= 0) return events;
		if (events === -errno.EINTR) return 0;
		this.#session.log.log(pollFailed, strerror(-events));
		throw new SessionEnd(ExitStatus.POLL_FAILED);
	}

	/** Writes what the reader accepts. If that fails, requests already received are still served before the session ends. */
	#flushSome(): void {
		this.#served = 0;
		if (this.#descriptor.failed === 0) this.#output.flush();
	}

	#flush(): void {
		this.#served = 0;
		if (this.#output.pending > 0) this.#output.flush();
		const { failed } = this.#descriptor;
		if (failed === 0) return;
		if (failed === errno.EPIPE) {
			this.#session.log.log(writeEof);
			throw new SessionEnd(ExitStatus.OK);
		}
		this.#session.log.log(outputFailed, strerror(failed));
		throw new SessionEnd(ExitStatus.IO_FAILED);
	}

	#end(): never {
		this.#session.log.log(readEof);
		throw new SessionEnd(ExitStatus.OK);
	}

	#tooLong(): never {
		const { log, clientAddress, user } = this.#session;
		log.log(badMessage, clientAddress, user.name);
		throw new SessionEnd(ExitStatus.BAD_MESSAGE);
	}

	#signalled(): never {
		throw new SessionSignal(pendingSignal());
	}
}
