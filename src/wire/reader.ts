/*
 * Reads the fields of one packet in wire order (draft-ietf-secsh-filexfer-02 §3,
 * §5). Never reads outside the packet: a field that would is a MalformedPacket.
 * Byte ranges are views of the input buffer, valid until the packet has been
 * served; whoever keeps one longer copies it.
 */
import { MalformedPacket } from "./malformed.ts";
import { asRequestId, type RequestId } from "./request-id.ts";
import type { U64 } from "./u64.ts";

/** OpenSSH's largest string (sshbuf.h SSHBUF_SIZE_MAX less its length field). */
const MAX_STRING_BYTES = 0x8000000 - 4;
const NUL = 0;

export class PacketReader {
	readonly bytes: Buffer;
	readonly #view: DataView;
	#position = 0;
	#end = 0;
	/** Where the last string read starts, as an index into `bytes`. */
	stringStart = 0;
	/** Its length in bytes. */
	stringLength = 0;

	/** Reads packets that lie in `bytes`; the buffer stays the caller's. */
	constructor(bytes: Buffer) {
		this.bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Starts on the packet from `start` up to, not including, `end`. */
	reset(start: number, end: number): void {
		this.#position = start;
		this.#end = end;
	}

	get remaining(): number {
		return this.#end - this.#position;
	}

	byte(): number {
		return this.#view.getUint8(this.#take(1));
	}

	uint32(): number {
		return this.#view.getUint32(this.#take(4));
	}

	uint64(to: U64): void {
		to.high = this.uint32();
		to.low = this.uint32();
	}

	/** The client's number for its request: draft §3. */
	requestId(): RequestId {
		return asRequestId(this.uint32());
	}

	/** Reads a string of any bytes into `stringStart` and `stringLength`, without making an object. */
	skipString(): void {
		const length = this.uint32();
		if (length > MAX_STRING_BYTES) throw new MalformedPacket("string is too large");
		this.stringStart = this.#take(length);
		this.stringLength = length;
	}

	/**
	 * Reads a path or name as skipString reads a string. A NUL inside it is malformed,
	 * one at its end is cut off (sshbuf_get_cstring).
	 */
	skipPath(): void {
		this.skipString();
		const last = this.#position - 1;
		for (let i = this.stringStart; i <= last; i++) {
			if (this.bytes[i] !== NUL) continue;
			if (i < last) throw new MalformedPacket("invalid format");
			this.stringLength--;
		}
	}

	/** A string of any bytes. */
	string(): Buffer {
		this.skipString();
		return this.bytes.subarray(this.stringStart, this.stringStart + this.stringLength);
	}

	/** A path or name, as skipPath has it. */
	path(): Buffer {
		this.skipPath();
		return this.bytes.subarray(this.stringStart, this.stringStart + this.stringLength);
	}

	/**
	 * A file or directory handle: its number, or -1 when it is not 4 bytes long
	 * and so can be no handle of ours (sftp-server.c handle_from_string).
	 */
	handle(): number {
		this.skipString();
		return this.stringLength === 4 ? this.#view.getInt32(this.stringStart) : -1;
	}

	#take(count: number): number {
		const start = this.#position;
		if (count > this.#end - start) throw new MalformedPacket("incomplete message");
		this.#position = start + count;
		return start;
	}
}
