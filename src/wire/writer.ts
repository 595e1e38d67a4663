/*
 * Appends fields in wire order to a buffer of its own, which grows if a packet does not
 * fit. It knows only the header of packets; replies.ts has their layouts.
 */

export class PacketWriter {
	/** The memory; replaced when `reserve` grows it. */
	bytes: Buffer;
	/** The same memory, for fields in wire order that are written in place. */
	view: DataView;
	/** The offset of the next field; set it back to remove fields. */
	position = 0;

	constructor(capacityBytes: number) {
		this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
		this.view = new DataView(this.bytes.buffer);
	}

	get capacity(): number {
		return this.bytes.length;
	}

	/** Makes room for `count` more bytes; the buffer's contents stay in place. */
	reserve(count: number): void {
		const needed = this.position + count;
		if (needed > this.bytes.length) this.#replace(Math.max(needed, 2 * this.bytes.length));
	}

	/** Gives back memory that a `reserve` took, keeping at least what is in use. */
	shrink(capacityBytes: number): void {
		if (this.bytes.length > capacityBytes) this.#replace(Math.max(capacityBytes, this.position));
	}

	/** Drops the first `count` bytes and moves the others to the start. */
	drop(count: number): void {
		this.bytes.copyWithin(0, count, this.position);
		this.position -= count;
	}

	byte(value: number): void {
		this.view.setUint8(this.position, value);
		this.position += 1;
	}

	uint32(value: number): void {
		this.view.setUint32(this.position, value);
		this.position += 4;
	}

	/** The header of every packet except VERSION: its length, its type, the request's id. */
	header(length: number, type: number, id: number): void {
		const { position } = this;
		const view = this.view;
		view.setUint32(position, length);
		view.setUint8(position + 4, type);
		view.setUint32(position + 5, id);
		this.position = position + 9;
	}

	/** Sets four bytes that were skipped earlier, such as a packet's length. */
	setUint32(at: number, value: number): void {
		this.view.setUint32(at, value);
	}

	/** Appends all of `from`, unchanged. */
	whole(from: Buffer): void {
		/* A built-in function: loops are slow until they are compiled, and sessions are short. */
		this.bytes.set(from, this.position);
		this.position += from.length;
	}

	/** A string field: length, then the bytes. */
	string(from: Buffer): void {
		this.uint32(from.length);
		this.whole(from);
	}

	/** A string field from text with one character per byte. */
	text(text: string): void {
		this.uint32(text.length);
		this.position += this.bytes.write(text, this.position, "latin1");
	}

	#replace(capacityBytes: number): void {
		const bytes = Buffer.allocUnsafeSlow(capacityBytes);
		this.bytes.copy(bytes, 0, 0, this.position);
		this.bytes = bytes;
		this.view = new DataView(bytes.buffer);
	}
}
