/*
 * Reads the fields of one packet in wire order (draft-ietf-secsh-filexfer-02 §3, §5).
 * Throws MalformedPacket for a field that would extend beyond the packet. Byte ranges
 * are views of the input buffer, valid until the packet has been served; to keep one
 * longer, copy it.
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
	/** The same bytes, without Buffer's own methods. */
	readonly #octets: Uint8Array;
	#position = 0;
	#end = 0;
	/** The start of the last string read, as an index into `bytes`. */
	stringStart = 0;
	/** Its length in bytes. */
	stringLength = 0;

	/** Reads packets that lie in `bytes`; the buffer stays the caller's. */
	constructor(bytes: Buffer) {
		this.bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.#octets = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Starts reading the packet from `start` up to, not including, `end`. */
	reset(start: number, end: number): void {
		this.#position = start;
		this.#end = end;
	}

	get remaining(): number {
		return this.#end - this.#position;
	}

	byte(): number {
		const at = this.#position;
		if (at >= this.#end) incomplete();
		this.#position = at + 1;
		return this.#view.getUint8(at);
	}

	uint32(): number {
		const at = this.#position;
		if (this.#end - at < 4) incomplete();
		this.#position = at + 4;
		return this.#view.getUint32(at);
	}

	uint64(to: U64): void {
		to.high = this.uint32();
		to.low = this.uint32();
	}

	/** The client's number for its request: draft §3. */
	requestId(): RequestId {
		return asRequestId(this.uint32());
	}

	/** Reads a string of any bytes into `stringStart` and `stringLength`, without creating an object. */
	skipString(): void {
		const length = this.uint32();
		if (length > MAX_STRING_BYTES) throw new MalformedPacket("string is too large");
		const start = this.#position;
		if (length > this.#end - start) incomplete();
		this.#position = start + length;
		this.stringStart = start;
		this.stringLength = length;
	}

	/**
	 * Reads a path or name like skipString. A NUL inside it is malformed; one at its end
	 * is removed (sshbuf_get_cstring).
	 */
	skipPath(): void {
		this.skipString();
		const start = this.stringStart;
		let last = this.#position - 1;
		if (last < start) return;
		if (this.#octets[last] === NUL) {
			this.stringLength--;
			last--;
		}
		this.#refuseNul(start, last);
	}

	/* A loop, since indexOf and its like leave compiled code: with lastIndexOf a STAT took 5 % more CPU. */
	#refuseNul(start: number, last: number): void {
		const octets = this.#octets;
		for (let i = start; i <= last; i++) if (octets[i] === NUL) throw new MalformedPacket("invalid format");
	}

	/** A string of any bytes. */
	string(): Buffer {
		this.skipString();
		return this.bytes.subarray(this.stringStart, this.stringStart + this.stringLength);
	}

	/** A path or name, as in skipPath. */
	path(): Buffer {
		this.skipPath();
		return this.bytes.subarray(this.stringStart, this.stringStart + this.stringLength);
	}

	/**
	 * A file or directory handle: its number, or -1 if it is not 4 bytes long and so can't
	 * be one of the server's handles (sftp-server.c handle_from_string).
	 */
	handle(): number {
		this.skipString();
		return this.stringLength === 4 ? this.#view.getInt32(this.stringStart) : -1;
	}
}

function incomplete(): never {
	throw new MalformedPacket("incomplete message");
}
