/*
 * The loop of a session: read what there is, serve every whole packet, write
 * all replies. Waits in read(2) while there is nothing to write, else in
 * poll(2) for both ends. Reads only while the input has room, serves only while
 * the output has, so neither buffer grows with what a client does.
 */
import {
	badMessage,
	inputFailed,
	outputFailed,
	pollFailed,
	readEof,
	writeEof,
} from "../log/events/session.ts";
import { addon, registers, SIGNAL_REGISTER } from "../posix/addon.ts";
import { errno, strerror } from "../posix/errno.ts";
import { hot } from "../posix/hot-calls.ts";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from "../posix/poll.ts";
import { FileType } from "../posix/stat.ts";
import type { Session } from "../session/session.ts";
import { FXP } from "../wire/constants.ts";
import { Frame, type PacketFramer } from "../wire/framer.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { GatheredWrites } from "./gathered-writes.ts";
import type { Lookahead } from "./lookahead.ts";
import type { Output } from "./output.ts";
import type { OutputDescriptor } from "./output-descriptor.ts";
import { ExitStatus, SessionEnd, SessionSignal } from "./session-end.ts";
import { StatRun } from "./stat-run.ts";

/** Of 64 KiB to 1 MiB the size with which uploads cost least: what is read is still in the processor's cache when it is written. */
const PIPE_BYTES = 256 * 1024;
/** Half of what a pipe holds that nobody made larger. */
const MUCH_BYTES = 32 * 1024;

/** So many replies are written before the next request is served: a reader that has some can ask for more meanwhile. */
const REPLIES_AT_ONCE = 32;

/** What the loop drives. */
export interface LoopParts {
	readonly framer: PacketFramer;
	readonly output: Output;
	readonly descriptor: OutputDescriptor;
	readonly dispatcher: Dispatcher;
	readonly lookahead: Lookahead;
	readonly gathered: GatheredWrites;
}

export class Loop {
	readonly #session: Session;
	readonly #input: number;
	readonly #framer: PacketFramer;
	readonly #output: Output;
	readonly #descriptor: OutputDescriptor;
	readonly #dispatcher: Dispatcher;
	readonly #lookahead: Lookahead;
	readonly #gathered: GatheredWrites;
	readonly #statRun: StatRun;
	#ended = false;
	#enlarged = false;
	/** Requests since replies were last written. */
	#served = 0;

	/** @param input the descriptor to read; it stays the caller's */
	constructor(session: Session, input: number, parts: LoopParts) {
		this.#session = session;
		this.#input = input;
		this.#framer = parts.framer;
		this.#output = parts.output;
		this.#descriptor = parts.descriptor;
		this.#dispatcher = parts.dispatcher;
		this.#lookahead = parts.lookahead;
		this.#gathered = parts.gathered;
		this.#statRun = new StatRun(session, parts.framer, parts.output, parts.dispatcher);
	}

	/** Runs until the session ends, which it tells by throwing SessionEnd or SessionSignal. */
	run(): never {
		for (;;) {
			const drained = this.#serveBuffered();
			this.#flush();
			if (this.#output.pending > 0) this.#wait();
			else if (drained) this.#read();
		}
	}

	/** Serves whole packets until there is none, or no room for a reply. True in the first case. */
	#serveBuffered(): boolean {
		const framer = this.#framer;
		const lookahead = this.#lookahead;
		const { handles, policy } = this.#session;
		lookahead.begin();
		while (this.#output.hasRoom) {
			if (registers[SIGNAL_REGISTER] !== 0) this.#signalled();
			const type = framer.nextType;
			if ((type === FXP.STAT || type === FXP.LSTAT) && this.#serveStats()) continue;
			lookahead.prepare(framer, handles, policy);
			this.#gathered.prepare(framer, this.#session);
			const frame = framer.next();
			if (frame === Frame.PACKET) {
				this.#dispatcher.serve(framer.start, framer.end, framer.filled);
				lookahead.served(1, framer.buffered > 0);
				if (++this.#served === REPLIES_AT_ONCE) this.#flushSome();
			} else if (frame === Frame.INCOMPLETE) return true;
			else this.#tooLong();
		}
		return false;
	}

	/** Serves STATs and LSTATs the short way; false where the next can't be served so. */
	#serveStats(): boolean {
		const lookahead = this.#lookahead;
		const most = Math.min(REPLIES_AT_ONCE - this.#served, lookahead.untilNextLook);
		const served = this.#statRun.serve(most);
		if (served === 0) return false;
		lookahead.served(served, this.#framer.buffered > 0);
		this.#served += served;
		if (this.#served === REPLIES_AT_ONCE) this.#flushSome();
		return true;
	}

	/** Called with nothing to write; so this may wait. */
	#read(): void {
		if (this.#ended) this.#end();
		this.#readSome();
	}

	#readSome(): void {
		const framer = this.#framer;
		const room = framer.makeRoom();
		let result = hot.read(this.#input, framer.bytes, framer.filled, room);
		/* A terminal hung up during the read: an error this once, from now on the end. */
		if (result === -errno.EIO) result = hot.read(this.#input, framer.bytes, framer.filled, room);
		if (result > 0) this.#add(result);
		else if (result === 0) this.#ended = true;
		else if (result === -errno.EAGAIN) this.#poll(POLLIN, 0);
		else if (result !== -errno.EINTR) {
			this.#session.log.log(inputFailed, strerror(-result));
			throw new SessionEnd(ExitStatus.IO_FAILED);
		}
		if (registers[SIGNAL_REGISTER] !== 0) this.#signalled();
	}

	/** A pipe that had much in it is made larger: who sends so much sends more. */
	#add(count: number): void {
		this.#framer.add(count);
		if (this.#enlarged || count < MUCH_BYTES) return;
		this.#enlarged = true;
		if (addon.descriptorType(this.#input) === FileType.FIFO) addon.setPipeSize(this.#input, PIPE_BYTES);
	}

	/** Waits until the output takes more, reading meanwhile while the input has room. */
	#wait(): void {
		if (!this.#descriptor.letReaderWork() && registers[SIGNAL_REGISTER] !== 0) this.#signalled();
		const reading = !this.#ended && this.#framer.makeRoom() > 0;
		const events = this.#poll(reading ? POLLIN : 0, POLLOUT);
		if ((events & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) !== 0 && reading) this.#readSome();
	}

	/** poll(2) on both ends, or one where the other's events are 0. */
	#poll(inputEvents: number, outputEvents: number): number {
		const input = inputEvents === 0 ? -1 : this.#input;
		const output = outputEvents === 0 ? -1 : this.#descriptor.fd;
		const events = addon.poll(input, inputEvents, output, outputEvents, -1);
		if (registers[SIGNAL_REGISTER] !== 0) this.#signalled();
		if (events >= 0) return events;
		if (events === -errno.EINTR) return 0;
		this.#session.log.log(pollFailed, strerror(-events));
		throw new SessionEnd(ExitStatus.POLL_FAILED);
	}

	/** Writes what the reader takes. Where that fails, what was received is served all the same, and then the session ends. */
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
		throw new SessionSignal(registers[SIGNAL_REGISTER] ?? 0);
	}
}
