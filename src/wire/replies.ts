/*
 * The replies of a server (draft-ietf-secsh-filexfer-02 §7) and their layouts.
 * An operation returns its reply; the request ID is added when it is written.
 */
import { ATTRS_BYTES, writeAttrsAt } from "./attrs.ts";
import { FX, FXP, LENGTH_BYTES, STATUS_TEXTS, type StatusCode, statusText } from "./constants.ts";
import type { RequestId } from "./request-id.ts";
import type { PacketWriter } from "./writer.ts";

export type Reply =
	/** `text` replaces the code's own text. */
	| { readonly kind: "status"; readonly code: StatusCode; readonly text?: string }
	| { readonly kind: "handle"; readonly handle: number }
	/** The bytes are already in their place in the output. */
	| { readonly kind: "data"; readonly length: number }
	/** `write` writes the names, `count` of them, at the writer's position; it may be called more than once. */
	| { readonly kind: "names"; readonly count: number; write(writer: PacketWriter): void }
	/** A full set of attributes at the start of `words`. */
	| { readonly kind: "attrs"; readonly words: Uint32Array }
	| { readonly kind: "extended"; readonly payload: Buffer };

/** Bytes before the data of a DATA reply: length, type, id, data length. */
export const DATA_HEADER_BYTES = LENGTH_BYTES + 1 + 4 + 4;

const HEADER_BYTES = LENGTH_BYTES + 1 + 4;

/** Bytes of an ATTRS with a full set. */
const ATTRS_REPLY_BYTES = HEADER_BYTES + ATTRS_BYTES;

/** A NAME of one name, which is its own long name, without attributes (REALPATH, READLINK). */
export function oneName(name: Buffer): Reply {
	return {
		kind: "names",
		count: 1,
		write(writer) {
			writer.reserve(2 * (LENGTH_BYTES + name.length) + 4);
			writer.string(name);
			writer.string(name);
			writer.uint32(0);
		},
	};
}

/** The reply to a READ whose bytes are in place. */
export function data(length: number): Reply {
	return { kind: "data", length };
}

/** A status with the code's own text. */
export function status(code: StatusCode): Reply {
	return PLAIN_STATUSES[code] ?? { kind: "status", code };
}

/* One object per code, since STAT of a missing file is among the most frequent requests. */
const PLAIN_STATUSES: readonly Reply[] = Object.values(FX).map((code) => ({ kind: "status", code }));

export const OK = status(FX.OK);
export const END_OF_FILE = status(FX.EOF);

/**
 * Writes a whole packet at the writer's position, growing the buffer if necessary. The
 * bytes of a DATA must already be in place, after the room for its header.
 * Before version 3 a status has no texts (sftp-server.c send_status_errmsg).
 */
export function writeReply(writer: PacketWriter, id: RequestId, reply: Reply, version: number): void {
	const start = writer.position;
	switch (reply.kind) {
		case "status":
			writeStatus(writer, id, reply, version);
			break;
		case "handle":
			begin(writer, FXP.HANDLE, id, 8);
			writer.uint32(4);
			writer.uint32(reply.handle >>> 0);
			break;
		case "data":
			writeDataHeader(writer, id, reply.length);
			writer.position += reply.length;
			return;
		case "names":
			begin(writer, FXP.NAME, id, 4);
			writer.uint32(reply.count);
			reply.write(writer);
			break;
		case "attrs":
			writeAttrsReply(writer, id, reply.words);
			return;
		case "extended":
			begin(writer, FXP.EXTENDED_REPLY, id, reply.payload.length);
			writer.whole(reply.payload);
			break;
		default:
			unreachable(reply);
	}
	writer.setUint32(start, writer.position - start - LENGTH_BYTES);
}

/*
 * uint32 length, byte FXP.ATTRS, uint32 id
 * attributes
 */
/** Writes an ATTRS with a full set, the first words of `words`. */
export function writeAttrsReply(writer: PacketWriter, id: RequestId, words: Uint32Array): void {
	writer.reserve(ATTRS_REPLY_BYTES);
	writer.header(ATTRS_REPLY_BYTES - LENGTH_BYTES, FXP.ATTRS, id);
	writeAttrsAt(writer.view, writer.position, words, 0);
	writer.position += ATTRS_BYTES;
}

/*
 * uint32 length, byte FXP.DATA, uint32 id
 * string data      its length only
 */
/** Writes the header of a READ's data; the bytes themselves may come from elsewhere. */
export function writeDataHeader(writer: PacketWriter, id: RequestId, length: number): void {
	writer.reserve(DATA_HEADER_BYTES + length);
	writer.uint32(DATA_HEADER_BYTES - LENGTH_BYTES + length);
	writer.byte(FXP.DATA);
	writer.uint32(id);
	writer.uint32(length);
}

/*
 * uint32 length   filled in at the end
 * byte   type
 * uint32 id
 */
function begin(writer: PacketWriter, type: number, id: RequestId, bodyBytes: number): void {
	writer.reserve(HEADER_BYTES + bodyBytes);
	writer.header(0, type, id);
}

/*
 * uint32 code
 * string text       from version 3 on
 * string language   empty, as OpenSSH has it
 */
function writeStatus(
	writer: PacketWriter,
	id: RequestId,
	{ code, text }: Extract<Reply, { kind: "status" }>,
	version: number,
): void {
	const tail = text === undefined ? (PLAIN_TAILS[code] ?? tailOf(statusText(code))) : tailOf(text);
	begin(writer, FXP.STATUS, id, 4 + tail.length);
	writer.uint32(code);
	if (version >= 3) writer.whole(tail);
}

/** What follows the code if the reply has no other text. */
const PLAIN_TAILS: readonly Buffer[] = STATUS_TEXTS.map(tailOf);

/** A status text of one character per byte, and the empty language. */
function tailOf(text: string): Buffer {
	const tail = Buffer.alloc(4 + text.length + 4);
	tail.writeUInt32BE(text.length);
	tail.write(text, 4, "latin1");
	return tail;
}

/*
 * uint32 length, byte FXP.VERSION, uint32 version
 * then for each extension: string name, string data
 */
/** Writes the answer to INIT: the version and the extensions offered. */
export function writeVersion(
	writer: PacketWriter,
	version: number,
	extensions: readonly { readonly name: string; readonly data: string }[],
): void {
	const start = writer.position;
	writer.reserve(LENGTH_BYTES + 1 + 4);
	writer.uint32(0);
	writer.byte(FXP.VERSION);
	writer.uint32(version);
	for (const { name, data } of extensions) {
		writer.reserve(8 + name.length + data.length);
		writer.text(name);
		writer.text(data);
	}
	writer.setUint32(start, writer.position - start - LENGTH_BYTES);
}

function unreachable(reply: never): never {
	throw new TypeError(`no such reply: ${JSON.stringify(reply)}`);
}
