/*
 * WRITEs that wait in the input one behind the other, and go on where the one
 * before ended, as those of an upload do, are written by one pwritev(2): larger
 * pieces cost a file system less. Each is answered in its turn, as if it had been
 * written alone: one that the system took in part, or not at all, is written by
 * its own operation, which so meets the error itself.
 */
import { writeOperation } from "../ops/write.ts";
import { addon, SPANS_MAX } from "../posix/addon.ts";
import type { FileHandle } from "../session/handles.ts";
import type { Session, WritesAhead } from "../session/session.ts";
import { FXP } from "../wire/constants.ts";
import { Frame, type PacketFramer } from "../wire/framer.ts";
import { MalformedPacket } from "../wire/malformed.ts";
import { PacketReader } from "../wire/reader.ts";

const TWO_32 = 0x1_0000_0000;
const SPAN_WORDS = 2;
/** Fewer are written the usual way. */
const RUN_MIN = 2;

export class GatheredWrites implements WritesAhead {
	readonly #bytes = Buffer.alloc(4 * SPAN_WORDS * SPANS_MAX);
	/** Where the data of each WRITE start in the input, and their length. */
	readonly #spans = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, SPAN_WORDS * SPANS_MAX);
	#count = 0;
	/** The next WRITE to be answered, and how many bytes of it and those behind it are written. */
	#next = 0;
	#written = 0;
	/** Made for the first WRITE, then kept. */
	#run: Run | undefined;

	/** Before a request is served: writes it, and the WRITEs behind it that belong to it. */
	prepare(framer: PacketFramer, session: Session): void {
		if (this.#next < this.#count || framer.nextType !== FXP.WRITE) return;
		this.#count = this.#next = this.#written = 0;
		if (session.clientVersion === undefined || !session.policy.wouldPermit(writeOperation)) return;
		const start = framer.consumed;
		this.#run ??= new Run(framer, session);
		const run = this.#run;
		run.begin();
		while (this.#count < SPANS_MAX && run.next()) {
			this.#spans[SPAN_WORDS * this.#count] = run.start;
			this.#spans[SPAN_WORDS * this.#count + 1] = run.length;
			this.#count++;
		}
		framer.goBack(start);
		if (this.#count < RUN_MIN || run.file === undefined) this.#count = 0;
		else this.#write(run.file, framer.bytes, run.offsetHigh, run.offsetLow);
	}

	takeWritten(start: number): number {
		if (this.#next === this.#count) return 0;
		const at = SPAN_WORDS * this.#next++;
		/* The input has been moved: what is not known to be written is written. */
		if (this.#spans[at] !== start) this.#written = 0;
		const written = Math.min(this.#written, this.#spans[at + 1] ?? 0);
		this.#written -= written;
		return written;
	}

	#write(file: FileHandle, input: Buffer, offsetHigh: number, offsetLow: number): void {
		const result = addon.pwritev(file.fd, input, this.#bytes, this.#count, offsetHigh, offsetLow);
		this.#written = Math.max(result, 0);
	}
}

/** The WRITEs at the front of the input that belong together. */
class Run {
	readonly #framer: PacketFramer;
	readonly #session: Session;
	readonly #reader: PacketReader;
	/** The file, and the first WRITE's offset in it; undefined before the first. */
	file: FileHandle | undefined;
	offsetHigh = 0;
	offsetLow = 0;
	/** Where the next must be written, as a distance from offsetHigh * 2^32. */
	#end = 0;
	/** The last one's data, as a range of the input. */
	start = 0;
	length = 0;

	constructor(framer: PacketFramer, session: Session) {
		this.#framer = framer;
		this.#session = session;
		this.#reader = new PacketReader(framer.bytes);
	}

	/** Starts anew, at the request that is now at the front. */
	begin(): void {
		this.file = undefined;
	}

	/** Goes on to the next request; false when it does not belong to those before it. */
	next(): boolean {
		if (this.#framer.nextType !== FXP.WRITE || this.#framer.next() !== Frame.PACKET) return false;
		this.#reader.reset(this.#framer.start, this.#framer.end);
		try {
			return this.#take();
		} catch (error) {
			/* It will be noticed again, and answered, when its turn comes. */
			if (error instanceof MalformedPacket) return false;
			throw error;
		}
	}

	/* byte type, uint32 id, string handle, uint64 offset, string data */
	#take(): boolean {
		const reader = this.#reader;
		reader.byte();
		reader.requestId();
		const file = this.#session.handles.file(reader.handle());
		const high = reader.uint32();
		const low = reader.uint32();
		reader.skipString();
		if (file === undefined || file.appends || reader.stringLength === 0) return false;
		if (this.file === undefined) {
			this.file = file;
			this.offsetHigh = high;
			this.offsetLow = this.#end = low;
		}
		const follows = (high - this.offsetHigh) * TWO_32 + low === this.#end;
		if (file !== this.file || !follows) return false;
		this.#end += reader.stringLength;
		this.start = reader.stringStart;
		this.length = reader.stringLength;
		return true;
	}
}
