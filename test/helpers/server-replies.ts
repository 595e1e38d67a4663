/*
 * Decodes a server's packets into values that tests compare. It is strict: a missing or
 * extra byte, or a flag that no server sends, throws, so that packets that decode
 * to equal values are equal. Shares no code with src/.
 */
import { FXP } from "./packets.ts";

/** A full set of attributes, or undefined for none at all. */
export interface ReplyAttrs {
	readonly size: bigint;
	readonly uid: number;
	readonly gid: number;
	readonly mode: number;
	readonly atime: number;
	readonly mtime: number;
}

/** Names have one character per byte. */
export interface ReplyName {
	readonly name: string;
	readonly longname: string;
	readonly attrs: ReplyAttrs | undefined;
}

export type ServerReply =
	| {
			readonly kind: "version";
			readonly version: number;
			readonly extensions: readonly (readonly string[])[];
	  }
	/** Text and language tag are undefined when the packet ends before them. */
	| {
			readonly kind: "status";
			readonly code: number;
			readonly text: string | undefined;
			readonly language: string | undefined;
	  }
	| { readonly kind: "handle"; readonly handle: Buffer }
	| { readonly kind: "data"; readonly data: Buffer }
	| { readonly kind: "names"; readonly names: readonly ReplyName[] }
	| { readonly kind: "attrs"; readonly attrs: ReplyAttrs | undefined }
	| { readonly kind: "extended"; readonly payload: Buffer };

/** The texts of the status codes, by code. */
const STATUS_TEXTS = [
	...["Success", "End of file", "No such file", "Permission denied", "Failure", "Bad message"],
	...["No connection", "Connection lost", "Operation unsupported"],
];

/** A STATUS of that code with an empty language tag, and with its usual text unless another is given. */
export function status(code: number, text = STATUS_TEXTS[code]): ServerReply {
	return { kind: "status", code, text, language: "" };
}

/** A NAME of one name, which is also its long name. */
export function oneName(name: string): ServerReply {
	return { kind: "names", names: [{ name, longname: name, attrs: undefined }] };
}

/** The reply in a complete packet, and the request it answers (undefined for VERSION). */
export function decodeReply(packet: Buffer): {
	readonly id: number | undefined;
	readonly reply: ServerReply;
} {
	const fields = new Fields(packet);
	if (fields.uint32() !== packet.length - 4) throw new Error("length and packet differ");
	const type = fields.byte();
	const id = type === FXP.VERSION ? undefined : fields.uint32();
	const reply = decodeBody(type, fields);
	if (fields.left > 0) throw new Error(`${fields.left} bytes after a reply of type ${type}`);
	return { id, reply };
}

function decodeBody(type: number, fields: Fields): ServerReply {
	switch (type) {
		case FXP.VERSION:
			return { kind: "version", version: fields.uint32(), extensions: extensions(fields) };
		case FXP.STATUS:
			return {
				kind: "status",
				code: fields.uint32(),
				text: fields.left === 0 ? undefined : fields.text(),
				language: fields.left === 0 ? undefined : fields.text(),
			};
		case FXP.HANDLE:
			return { kind: "handle", handle: fields.string() };
		case FXP.DATA:
			return { kind: "data", data: fields.string() };
		case FXP.NAME:
			return { kind: "names", names: names(fields) };
		case FXP.ATTRS:
			return { kind: "attrs", attrs: attributes(fields) };
		case FXP.EXTENDED_REPLY:
			return { kind: "extended", payload: fields.rest() };
		default:
			throw new Error(`no reply has the type ${type}`);
	}
}

function extensions(fields: Fields): string[][] {
	const pairs: string[][] = [];
	while (fields.left > 0) pairs.push([fields.text(), fields.text()]);
	return pairs;
}

function names(fields: Fields): ReplyName[] {
	const count = fields.uint32();
	return Array.from({ length: count }, () => ({
		name: fields.text(),
		longname: fields.text(),
		attrs: attributes(fields),
	}));
}

function attributes(fields: Fields): ReplyAttrs | undefined {
	const flags = fields.uint32();
	if (flags === 0) return undefined;
	if (flags !== 0xf) throw new Error(`attribute flags 0x${flags.toString(16)}`);
	return {
		size: fields.uint64(),
		uid: fields.uint32(),
		gid: fields.uint32(),
		mode: fields.uint32(),
		atime: fields.uint32(),
		mtime: fields.uint32(),
	};
}

class Fields {
	readonly #bytes: Buffer;
	#at = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	get left(): number {
		return this.#bytes.length - this.#at;
	}

	byte(): number {
		return this.#bytes.readUInt8(this.#pass(1));
	}

	uint32(): number {
		return this.#bytes.readUInt32BE(this.#pass(4));
	}

	uint64(): bigint {
		return this.#bytes.readBigUInt64BE(this.#pass(8));
	}

	string(): Buffer {
		const length = this.uint32();
		const start = this.#pass(length);
		return this.#bytes.subarray(start, start + length);
	}

	text(): string {
		return this.string().toString("latin1");
	}

	rest(): Buffer {
		return this.#bytes.subarray(this.#pass(this.left));
	}

	#pass(count: number): number {
		if (count > this.left) throw new Error("a reply's field is cut short");
		this.#at += count;
		return this.#at - count;
	}
}
