/*
 * Buffers replies and writes many at a time to standard output. The data of a READ is
 * copied once from the file or, if the output is a pipe or a local socket, not at all
 * (splice-pipe.ts). Waits for the reader only in `settle` and `drain`.
 *
 * Order of the bytes: those in the writer, then those in the splice pipe.
 */
import type { DataPort } from "../files/data-port.ts";
import type { OpenFile } from "../files/open-file.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { pendingSignal } from "../posix/signals.ts";
import { MAX_PACKET_BYTES, MAX_READ_BYTES } from "../wire/constants.ts";
import { DATA_HEADER_BYTES, type Reply, writeDataHeader, writeReply, writeVersion } from "../wire/replies.ts";
import type { RequestId } from "../wire/request-id.ts";
import type { U64 } from "../wire/u64.ts";
import { PacketWriter } from "../wire/writer.ts";
import type { OfferedExtension } from "./init.ts";
import type { OutputDescriptor } from "./output-descriptor.ts";
import { SplicePipe } from "./splice-pipe.ts";

/** No request is served while more bytes than this wait for the reader. */
const HIGH_WATER_BYTES = 512 * 1024;
/** Room for the largest reply of any operation except users-groups-by-id, for which the buffer grows. */
const CAPACITY_BYTES = HIGH_WATER_BYTES + MAX_PACKET_BYTES + DATA_HEADER_BYTES;
/** From this length on, moving pages is cheaper than copying bytes. */
const SPLICE_MIN_BYTES = 16 * 1024;

export class Output implements DataPort {
	readonly #descriptor: OutputDescriptor;
	readonly #writer = new PacketWriter(CAPACITY_BYTES);
	/** Bytes at the writer's start that have been written out. */
	#sent = 0;
	/** Created for the first READ that uses it; undefined before that, or if it can't be created. */
	#splice: SplicePipe | undefined;
	/** Whether pages of files can be moved to this output. */
	#takesPages: boolean;
	/** Whether pages of files may be on their way to the reader. */
	#shared = false;
	#requestId: RequestId | undefined;
	/** Whether the next DATA reply is in the splice pipe already, with its header. */
	#spliced = false;

	constructor(descriptor: OutputDescriptor) {
		this.#descriptor = descriptor;
		this.#takesPages = descriptor.takesPages;
	}

	/** The number of bytes not written yet. */
	get pending(): number {
		return this.#writer.position - this.#sent + (this.#splice?.bytes ?? 0);
	}

	/** Whether there is room for a reply of any size, so that a request may be served. */
	get hasRoom(): boolean {
		const splice = this.#splice;
		const bytes = this.#writer.position - this.#sent;
		if (splice === undefined || splice.bytes === 0) return bytes <= HIGH_WATER_BYTES;
		return bytes + splice.bytes <= HIGH_WATER_BYTES && splice.hasRoomFor(MAX_READ_BYTES);
	}

	/** Announces the request whose reply comes next: a READ's bytes may precede it. */
	begin(id: RequestId): void {
		this.#requestId = id;
	}

	read(file: OpenFile, offset: U64, length: number, share: boolean): number {
		const large = length >= SPLICE_MIN_BYTES && file.readInFull;
		const splice = share && large && file.spliceable ? this.#splicePipe() : undefined;
		if (splice !== undefined) {
			const result = this.#readSpliced(splice, file, offset, length);
			if (result !== -errno.EINVAL) return result;
			/* The file system can't, as with /proc; or the offset is bad, which the copy reports. */
			file.spliceable = false;
		}
		this.#unsplice();
		const writer = this.#writer;
		this.#makeRoom(DATA_HEADER_BYTES + length);
		for (;;) {
			const at = writer.position + DATA_HEADER_BYTES;
			const result = fast.pread(file.fd, writer.bytes, at, length, offset.high, offset.low);
			if (result !== -errno.EINTR || pendingSignal() !== 0) return result;
		}
	}

	/** Copies bytes that were already read to their place in the next DATA reply. */
	copy(from: Buffer, start: number, length: number): void {
		this.#unsplice();
		this.#makeRoom(DATA_HEADER_BYTES + length);
		const { bytes, position } = this.#writer;
		from.copy(bytes, position + DATA_HEADER_BYTES, start, start + length);
	}

	#splicePipe(): SplicePipe | undefined {
		if (this.#splice === undefined && this.#takesPages) {
			this.#splice = SplicePipe.create(MAX_READ_BYTES);
			if (this.#splice === undefined) this.#takesPages = false;
			else this.#descriptor.prepareForPages();
		}
		return this.#splice;
	}

	/** The header is written before the data with a guessed count, so that both reach the reader at once. */
	#readSpliced(splice: SplicePipe, file: OpenFile, offset: U64, length: number): number {
		const writer = this.#writer;
		if (this.#requestId === undefined) throw new Error("data without a request");
		this.#makeRoom(DATA_HEADER_BYTES);
		const start = writer.position;
		writeDataHeader(writer, this.#requestId, length);
		writer.position = start;
		if (!splice.append(writer.bytes, start, DATA_HEADER_BYTES)) throw new Error("no room for a header");
		const result = splice.fill(file, offset, length);
		if (result === length) {
			this.#spliced = true;
			return result;
		}
		/* A wrong guess, at the end of a file: everything goes to the writer instead, as if copied. */
		this.#unsplice();
		/* Must happen now, because bytes beyond the writer's position are not moved. */
		this.#makeRoom(0);
		writer.position -= DATA_HEADER_BYTES + Math.max(result, 0);
		return result;
	}

	/** Adds the reply to the request that `begin` announced. */
	reply(id: RequestId, reply: Reply, version: number): void {
		const splice = this.#splice;
		const writer = this.#writer;
		if (this.#spliced) {
			this.#spliced = false;
			return;
		}
		if (this.#sent > 0) this.#makeRoom(0);
		const start = writer.position;
		writeReply(writer, id, reply, version);
		if (splice === undefined || splice.bytes === 0) return;
		/* The content of the splice pipe comes first. */
		const length = writer.position - start;
		writer.position = start;
		if (splice.append(writer.bytes, start, length)) return;
		this.#unsplice();
		writeReply(writer, id, reply, version);
	}

	/** The writer, for replies written directly; undefined while pages of files must go out first. */
	get plainWriter(): PacketWriter | undefined {
		if (this.#splice !== undefined && this.#splice.bytes > 0) return undefined;
		this.#makeRoom(0);
		return this.#writer;
	}

	/** Adds the answer to INIT. */
	version(version: number, extensions: readonly OfferedExtension[]): void {
		this.#unsplice();
		this.#makeRoom(0);
		writeVersion(this.#writer, version, extensions);
	}

	/** Writes what the reader accepts without blocking; the descriptor's `failed` is set if writing has failed. */
	flush(): void {
		const writer = this.#writer;
		while (this.#sent < writer.position) {
			const written = this.#descriptor.write(writer.bytes, this.#sent, writer.position - this.#sent);
			if (written === 0) return;
			this.#sent += written;
		}
		this.#sent = 0;
		writer.position = 0;
		if (writer.capacity > CAPACITY_BYTES) writer.shrink(CAPACITY_BYTES);
		if (this.#splice === undefined || this.#splice.bytes === 0) return;
		this.#shared = true;
		this.#descriptor.splice(this.#splice);
	}

	/** Writes everything, waiting for the reader; gives up when it goes away or a signal arrives. */
	drain(): void {
		while (this.pending > 0 && this.#mayWait()) {
			this.flush();
			if (this.pending > 0 && this.#mayWait()) this.#descriptor.waitForRoom();
		}
	}

	settle(): void {
		this.#unsplice();
		while (this.#shared && this.#mayWait()) {
			this.flush();
			if (this.pending > 0) this.#descriptor.waitForRoom();
			else if (this.#descriptor.unread() > 0) this.#descriptor.waitForReader();
			else this.#shared = false;
		}
	}

	readerHasGone(): boolean {
		return this.#descriptor.readerHasGone();
	}

	/** Whether there is still a reader to wait for and no signal has ended the session. */
	#mayWait(): boolean {
		return this.#descriptor.failed === 0 && pendingSignal() === 0;
	}

	/** Moves the splice pipe's contents to the end of the writer. */
	#unsplice(): void {
		const splice = this.#splice;
		if (splice === undefined || splice.bytes === 0) return;
		this.#makeRoom(splice.bytes);
		splice.drainInto(this.#writer);
	}

	/** Makes room for `count` bytes at the writer's end: drops bytes written out, or gets more memory. */
	#makeRoom(count: number): void {
		const writer = this.#writer;
		if (this.#sent > 0 && writer.position + Math.max(count, MAX_PACKET_BYTES) > writer.capacity) {
			writer.drop(this.#sent);
			this.#sent = 0;
		}
		writer.reserve(count);
	}
}
