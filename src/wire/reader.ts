/*
 * Takes the fields of one packet in wire order (draft-ietf-secsh-filexfer-02 §3,
 * §5). Never reads outside the packet: a field that would is a MalformedPacket.
 * Byte ranges are views of the input buffer, valid until the packet has been
 * served; what lives longer is copied by whoever keeps it.
 */
import { MalformedPacket } from "./malformed.ts";
import { asRequestId, type RequestId } from "./request-id.ts";

/** OpenSSH's largest string (sshbuf.h SSHBUF_SIZE_MAX less its length field). */
const MAX_STRING_BYTES = 0x8000000 - 4;
const NUL = 0;

export class PacketReader {
	readonly bytes: Buffer;
	readonly #view: DataView;
	#position = 0;
	#end = 0;
	/** Where the string that was passed last starts, as an index into `bytes`. */
	stringStart = 0;
	/** Its length in bytes. */
	stringLength = 0;

	/** Reads packets that lie in `bytes`; the buffer stays the caller's. */
	constructor(bytes: Buffer) {
		this.bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Turns to the bytes from `start` up to, not including, `end`. */
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

	/** The client's number for its request: draft §3. */
	requestId(): RequestId {
		return asRequestId(this.uint32());
	}

	/**
	 * Passes a string of any bytes: it lies at `stringStart`, `stringLength` bytes
	 * long. The way to a string's bytes without making an object.
	 */
	skipString(): void {
		const length = this.uint32();
		if (length > MAX_STRING_BYTES) throw new MalformedPacket("string is too large");
		this.stringStart = this.#take(length);
		this.stringLength = length;
	}

	/**
	 * Passes a path or name, as skipString does a string: it holds no NUL, except
	 * one at its end, which is cut off (sshbuf_get_cstring).
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
