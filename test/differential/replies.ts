/*
 * Reads a server's stdout: splits it into packets, masks what depends on the
 * moment, and describes packets in words. Bytes that can't be parsed are
 * compared as bytes.
 */
import { TREE_BYTES } from "../helpers/agent.ts";
import { FXP } from "../helpers/packets.ts";

/** Whole seconds, both ends included, in which a run took place. */
export interface Moment {
	readonly from: number;
	readonly to: number;
}

export interface Status {
	readonly id: number;
	readonly code: number;
	/** Undefined when the client's version has no message in its STATUS. */
	readonly message: string | undefined;
}

const STATVFS_BYTES = 1 + 4 + 11 * 8;
/** bfree, bavail, ffree, favail: fields 3, 4, 6, 7 of a statvfs reply. */
const FREE_FIELDS = [3, 4, 6, 7];
const FSID_FIELD = 8;

/** The packets of a stream, without their length fields; an incomplete packet comes last. */
export function splitReplies(stream: Buffer): Buffer[] {
	const replies: Buffer[] = [];
	let at = 0;
	while (at + 4 <= stream.length) {
		const end = at + 4 + stream.readUInt32BE(at);
		if (end > stream.length) {
			break;
		}
		replies.push(stream.subarray(at + 4, end));
		at = end;
	}
	return at < stream.length ? [...replies, stream.subarray(at)] : replies;
}

/** Masks the times of an ATTRS structure that are "now"; returns the offset after it. */
function maskAttrs(bytes: Buffer, start: number, moment: Moment): number {
	const flags = bytes.readUInt32BE(start);
	let at = start + 4;
	if (flags & 0x1) at += 8;
	if (flags & 0x2) at += 8;
	if (flags & 0x4) at += 4;
	if (flags & 0x8) {
		for (const offset of [at, at + 4]) {
			const seconds = bytes.readUInt32BE(offset);
			if (seconds >= moment.from && seconds <= moment.to) {
				bytes.fill(0xee, offset, offset + 4);
			}
		}
		at += 8;
	}
	return at;
}

function maskNames(bytes: Buffer, moment: Moment): void {
	let at = 9;
	for (let left = bytes.readUInt32BE(5); left > 0; left--) {
		at += 4 + bytes.readUInt32BE(at);
		at += 4 + bytes.readUInt32BE(at);
		at = maskAttrs(bytes, at, moment);
	}
}

function maskStatvfs(bytes: Buffer): void {
	const field = (index: number): number => 5 + 8 * index;
	for (const index of FREE_FIELDS) {
		bytes.fill(0xee, field(index), field(index) + 8);
	}
	/* The world's own file systems are recognized by their size; each server has its own, so their fsid differs. */
	if (bytes.readBigUInt64BE(field(1)) * bytes.readBigUInt64BE(field(2)) === BigInt(TREE_BYTES)) {
		bytes.fill(0xee, field(FSID_FIELD), field(FSID_FIELD) + 8);
	}
}

/** A copy of the reply with times that are "now", free blocks and the tree's fsid masked. */
export function maskReply(reply: Buffer, moment: Moment): Buffer {
	const bytes = Buffer.from(reply);
	try {
		if (bytes[0] === FXP.ATTRS) maskAttrs(bytes, 5, moment);
		else if (bytes[0] === FXP.NAME) maskNames(bytes, moment);
		else if (bytes[0] === FXP.EXTENDED_REPLY && bytes.length === STATVFS_BYTES) maskStatvfs(bytes);
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
	}
	return bytes;
}

/** The reply as a STATUS, or undefined if it is another. */
export function readStatus(reply: Buffer): Status | undefined {
	if (reply[0] !== FXP.STATUS || reply.length < 9) {
		return undefined;
	}
	const [id, code] = [reply.readUInt32BE(1), reply.readUInt32BE(5)];
	if (reply.length === 9) {
		return { id, code, message: undefined };
	}
	const length = reply.length >= 13 ? reply.readUInt32BE(9) : Number.NaN;
	/* Only the empty language tag follows the message. */
	return reply.length === 13 + length + 4 && reply.readUInt32BE(13 + length) === 0
		? { id, code, message: reply.toString("latin1", 13, 13 + length) }
		: undefined;
}

/** The handle in a HANDLE reply, or undefined. */
export function readHandle(reply: Buffer): number | undefined {
	return reply[0] === FXP.HANDLE && reply.length === 13 ? reply.readUInt32BE(9) : undefined;
}

const TYPES: ReadonlyMap<number, string> = new Map(Object.entries(FXP).map(([name, type]) => [type, name]));
const SHOWN_BYTES = 400;

/** The reply's type and, for a STATUS, its code. */
export function replyName(reply: Buffer): string {
	const status = readStatus(reply);
	return status === undefined ? (TYPES.get(reply[0] ?? 0) ?? "bytes") : `STATUS ${status.code}`;
}

/** The reply in words. */
export function describeReply(reply: Buffer | undefined): string {
	if (reply === undefined) {
		return "nothing";
	}
	const status = readStatus(reply);
	const name = TYPES.get(reply[0] ?? 0) ?? "bytes";
	if (status !== undefined) {
		return `STATUS id=${status.id} code=${status.code} ${JSON.stringify(status.message)}`;
	}
	const printable = reply
		.subarray(0, SHOWN_BYTES)
		.toString("latin1")
		.replace(/[^ -~]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
	return `${name} (${reply.length} bytes) ${printable}`;
}
