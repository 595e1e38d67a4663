/*
 * The descriptor of standard output, of any kind: writes without blocking, waits, and
 * observes the reader. A pipe or socket is non-blocking during the session.
 */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { OUTPUT_SHIFT, POLLERR, POLLHUP, POLLOUT } from "../posix/poll.ts";
import { FileType } from "../posix/stat.ts";
import type { Host } from "./host.ts";
import { ReaderPace } from "./reader-pace.ts";
import type { SplicePipe } from "./splice-pipe.ts";

/** The largest pipe of an unprivileged user (fs.pipe-max-size). */
const PIPE_BYTES = 1024 * 1024;
/** The interval at which `waitForReader` returns: no event says that a reader is done. */
const READER_POLL_MS = 1;

export class OutputDescriptor {
	readonly fd: number;
	readonly #host: Host;
	readonly #isPipe: boolean;
	readonly #isSocket: boolean;
	/** Whether it was set to non-blocking, and must be reset at the end. */
	#wasBlocking = false;
	#prepared = false;
	/** Defined for a pipe that was prepared for large transfers. */
	#pace: ReaderPace | undefined;
	/** The errno that ended writing: EPIPE when the reader has gone away; otherwise 0. */
	failed = 0;

	constructor(host: Host) {
		const fd = host.output;
		this.fd = fd;
		this.#host = host;
		const type = addon.descriptorType(fd);
		this.#isPipe = type === FileType.FIFO;
		this.#isSocket = type === FileType.SOCKET;
		if (this.#isPipe) this.#wasBlocking = addon.setNonBlocking(fd, 1) === 1;
	}

	/**
	 * Whether pages of files can be moved to it and it shows when they have been read. A
	 * network connection only shows when they have arrived, which on the same machine is
	 * before they are read.
	 */
	get takesPages(): boolean {
		return this.#isPipe || (this.#isSocket && addon.isLocalSocket(this.fd) === 1);
	}

	/**
	 * Call this before the first large transfer. All processes of a user share the memory
	 * for larger pipes, so sessions that move little do without. Splicing to a socket
	 * blocks unless the socket itself is non-blocking. The socket may also be standard
	 * input, where each read then needs a poll first, so that is postponed too.
	 */
	prepareForPages(): void {
		if (this.#prepared) return;
		this.#prepared = true;
		if (this.#isPipe) {
			addon.setPipeSize(this.fd, PIPE_BYTES);
			this.#pace = new ReaderPace(addon.pipeSize(this.fd));
		} else if (addon.setNonBlocking(this.fd, 1) === 1) this.#wasBlocking = true;
	}

	/** Writes some of the bytes without blocking. Returns their number, or 0 if there is no room or writing has failed (`failed`). */
	write(from: Buffer, start: number, length: number): number {
		const result = this.#isSocket
			? this.#host.send(this.fd, from, start, length)
			: this.#host.write(this.fd, from, start, length);
		if (result > 0) {
			this.#pace?.moved(result);
			return result;
		}
		/* A write that returns 0 means that the reader has gone away (sftp-server.c). */
		this.#stopped(result === 0 ? -errno.EPIPE : result);
		return 0;
	}

	/** Moves the pipe's content without blocking. */
	splice(from: SplicePipe): void {
		const { bytes } = from;
		const result = from.flushTo(this.fd, this.#host);
		this.#pace?.moved(bytes - from.bytes);
		if (result < 0) this.#stopped(result);
	}

	#stopped(result: number): void {
		if (result !== -errno.EAGAIN && result !== -errno.EINTR) this.failed = -result;
	}

	/** Bytes that were written but not yet read. */
	unread(): number {
		return this.#isSocket ? addon.bytesUnread(this.fd) : addon.bytesReadable(this.fd);
	}

	/**
	 * Call this when a write found no room, before polling: sleeps while the reader still
	 * has enough to read. Returns false if a signal ended the sleep.
	 */
	backOff(): boolean {
		if (this.#pace === undefined) return true;
		const pause = this.#pace.pauseWhenFull(this.#host.nowMicroseconds());
		return pause === 0 || this.#host.sleep(pause) === 0;
	}

	/** Whether the reader of a pipe or socket has closed its end. */
	readerHasGone(): boolean {
		if (this.failed !== 0) return true;
		const events = this.#host.poll(-1, 0, this.fd, 0, 0);
		return events > 0 && ((events >> OUTPUT_SHIFT) & (POLLERR | POLLHUP)) !== 0;
	}

	/** Waits until something can be written, or a signal comes. */
	waitForRoom(): void {
		if (this.backOff()) this.#noteEvents(this.#host.poll(-1, 0, this.fd, POLLOUT, -1));
	}

	/** Waits a moment for the reader. */
	waitForReader(): void {
		this.#noteEvents(this.#host.poll(-1, 0, this.fd, 0, READER_POLL_MS));
	}

	/* A failed wait would fail again, and a drain at the end would never finish. */
	#noteEvents(events: number): void {
		if (events < 0) this.#stopped(events);
		else if (((events >> OUTPUT_SHIFT) & POLLERR) !== 0) this.failed = errno.EPIPE;
	}

	/** Restores the descriptor's original state. */
	restore(): void {
		if (this.#wasBlocking) addon.setNonBlocking(this.fd, 0);
	}
}
