/*
 * A pipe of the server's own between files and standard output. Splicing moves a file's
 * pages into it without copying. Their length is known before they move on, so a reply
 * never announces more bytes than follow. Small pieces of other replies are written into
 * the pipe, too, which keeps the order. Both ends are non-blocking.
 */
import type { OpenFile } from "../files/open-file.ts";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { pendingSignal } from "../posix/signals.ts";
import { U64 } from "../wire/u64.ts";
import type { PacketWriter } from "../wire/writer.ts";
import type { Host } from "./host.ts";

const PAGE_BYTES = 4096;
/** The largest pipe of an unprivileged user (fs.pipe-max-size). */
const PIPE_BYTES = 1024 * 1024;
/** The longest reply that is written into the pipe; longer ones are sent separately. */
const SMALL_BYTES = PAGE_BYTES;

export class SplicePipe {
	readonly #readEnd: number;
	readonly #writeEnd: number;
	/** The number of pieces, each at most a page, that the pipe can hold. */
	readonly #capacityPages: number;
	/** An upper bound on the number of pieces in the pipe. */
	#pages = 0;
	#bytes = 0;
	/** Scratch space of `fill`. */
	readonly #position = new U64();

	private constructor(readEnd: number, writeEnd: number, capacityPages: number) {
		this.#readEnd = readEnd;
		this.#writeEnd = writeEnd;
		this.#capacityPages = capacityPages;
	}

	/** Returns undefined if no pipe for `largestBytes` can be created. */
	static create(largestBytes: number): SplicePipe | undefined {
		const ends = new Uint32Array(2);
		if (addon.pipe(ends) < 0) return undefined;
		const [readEnd = -1, writeEnd = -1] = ends;
		/* Refused to a user with many pipes; the size is then unchanged. */
		addon.setPipeSize(writeEnd, PIPE_BYTES);
		const pages = Math.floor(addon.pipeSize(writeEnd) / PAGE_BYTES);
		if (pages >= pagesFor(largestBytes) + 1) return new SplicePipe(readEnd, writeEnd, pages);
		addon.close(readEnd);
		addon.close(writeEnd);
		return undefined;
	}

	get bytes(): number {
		return this.#bytes;
	}

	/** Whether a reply's header and `length` bytes of a file fit in addition to its contents. */
	hasRoomFor(length: number): boolean {
		return this.#pages + 1 + pagesFor(length) <= this.#capacityPages;
	}

	/**
	 * Moves up to `length` bytes of a file into the pipe, as many as read(2) would return.
	 * Returns their number, or -errno if there are none.
	 */
	fill(file: OpenFile, offset: U64, length: number): number {
		const at = this.#position;
		at.set(offset);
		let done = 0;
		while (done < length) {
			const result = addon.spliceFromFile(file.fd, at.high, at.low, this.#writeEnd, length - done);
			if (result === -errno.EINTR && pendingSignal() === 0) continue;
			if (result < 0 && done === 0) return result;
			if (result <= 0) break;
			done += result;
			at.add(result);
			this.#pages += pagesFor(result);
		}
		this.#bytes += done;
		return done;
	}

	/** Writes a small range of bytes into the pipe. Returns false if it does not fit. */
	append(from: Buffer, start: number, length: number): boolean {
		if (length > SMALL_BYTES || this.#pages + 2 > this.#capacityPages) return false;
		let result: number;
		do result = addon.write(this.#writeEnd, from, start, length);
		while (result === -errno.EINTR);
		if (result !== length) throw new Error(`a pipe with room did not take a small write: ${result}`);
		this.#pages += 2;
		this.#bytes += length;
		return true;
	}

	/** Empties the pipe by copying its content to the writer's end. */
	drainInto(writer: PacketWriter): void {
		writer.reserve(this.#bytes);
		while (this.#bytes > 0) {
			const result = addon.read(this.#readEnd, writer.bytes, writer.position, this.#bytes);
			if (result === -errno.EINTR) continue;
			if (result <= 0) throw new Error(`our own pipe can't be read: ${result}`);
			writer.position += result;
			this.#bytes -= result;
		}
		this.#pages = 0;
	}

	/** Moves what it can to `fd` without blocking. Returns 0, or the -errno that stopped it. */
	flushTo(fd: number, host: Host): number {
		while (this.#bytes > 0) {
			const result = host.splice(this.#readEnd, fd, this.#bytes);
			if (result === -errno.EINTR && pendingSignal() === 0) continue;
			if (result < 0) return result;
			this.#bytes -= result;
		}
		this.#pages = 0;
		return 0;
	}
}

/** The most pages that a range of that length can touch. */
function pagesFor(length: number): number {
	return Math.ceil(length / PAGE_BYTES) + 1;
}
