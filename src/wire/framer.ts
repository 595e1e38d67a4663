/*
 * Splits the input into packets (draft-ietf-secsh-filexfer-02 §3: uint32 length,
 * then that many bytes). Owns the input buffer: bytes are added at its end and taken
 * packet by packet. Reads no descriptor and parses only lengths.
 */
import { LENGTH_BYTES, MAX_PACKET_BYTES } from "./constants.ts";

/** What `next` found. */
export const Frame = {
	/** A whole packet, at `start` to `end`. */
	PACKET: 0,
	/** More bytes are needed. */
	INCOMPLETE: 1,
	/** A length above the limit. */
	TOO_LONG: 2,
} as const;

export type Frame = (typeof Frame)[keyof typeof Frame];

export class PacketFramer {
	readonly bytes: Buffer;
	readonly #view: DataView;
	#consumed = 0;
	#filled = 0;
	/** The packet that `next` found, without its length field. */
	start = 0;
	end = 0;

	/** @param capacityBytes at least a largest packet with its length field. */
	constructor(capacityBytes: number) {
		if (capacityBytes < LENGTH_BYTES + MAX_PACKET_BYTES) throw new RangeError("no room for a packet");
		this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
		this.#view = new DataView(this.bytes.buffer);
	}

	/** Bytes that are in the buffer and have not been taken. */
	get buffered(): number {
		return this.#filled - this.#consumed;
	}

	/** The end of the input in the buffer. */
	get filled(): number {
		return this.#filled;
	}

	/**
	 * Makes room at the end of the buffer, from `filled` on. Ranges from `next` become
	 * invalid. Returns the number of free bytes: 0 only if the buffer is full of packets
	 * that were not taken.
	 */
	makeRoom(): number {
		if (this.#consumed === this.#filled) {
			this.#consumed = this.#filled = 0;
		} else if (this.#consumed > 0 && this.bytes.length - this.#filled < this.#missing()) {
			this.bytes.copyWithin(0, this.#consumed, this.#filled);
			this.#filled -= this.#consumed;
			this.#consumed = 0;
		}
		return this.bytes.length - this.#filled;
	}

	/** Adds `count` bytes, which the caller has put at `filled`. */
	add(count: number): void {
		this.#filled += count;
	}

	/**
	 * Takes the next packet. Like OpenSSH, checks a length only once the byte after it has
	 * arrived.
	 */
	next(): Frame {
		if (this.buffered < LENGTH_BYTES + 1) return Frame.INCOMPLETE;
		const length = this.#view.getUint32(this.#consumed);
		if (length > MAX_PACKET_BYTES) return Frame.TOO_LONG;
		const start = this.#consumed + LENGTH_BYTES;
		if (length > this.#filled - start) return Frame.INCOMPLETE;
		this.start = start;
		this.end = start + length;
		this.#consumed = this.end;
		return Frame.PACKET;
	}

	/** The type of the packet at the front, complete or not; -1 if it has not arrived yet. */
	get nextType(): number {
		return this.buffered > LENGTH_BYTES ? this.#view.getUint8(this.#consumed + LENGTH_BYTES) : -1;
	}

	/** The offset after the last packet taken, for `goBack`. */
	get consumed(): number {
		return this.#consumed;
	}

	/** Puts back the packets taken since `consumed` had this value. */
	goBack(consumed: number): void {
		this.#consumed = consumed;
	}

	/** The number of bytes missing from the packet at the front, or from its length field. */
	#missing(): number {
		if (this.buffered < LENGTH_BYTES) return LENGTH_BYTES + 1;
		const length = this.#view.getUint32(this.#consumed);
		return LENGTH_BYTES + Math.max(1, Math.min(length, MAX_PACKET_BYTES)) - this.buffered;
	}
}
