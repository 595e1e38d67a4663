/*
 * A client's packets, built field by field from literal numbers. Shares no code
 * with src/, so that a mistake in the server's own codec can't hide.
 */

/** Packet types (draft-ietf-secsh-filexfer-02 §3). */
export const FXP = {
	INIT: 1,
	VERSION: 2,
	OPEN: 3,
	CLOSE: 4,
	READ: 5,
	WRITE: 6,
	LSTAT: 7,
	FSTAT: 8,
	SETSTAT: 9,
	FSETSTAT: 10,
	OPENDIR: 11,
	READDIR: 12,
	REMOVE: 13,
	MKDIR: 14,
	RMDIR: 15,
	REALPATH: 16,
	STAT: 17,
	RENAME: 18,
	READLINK: 19,
	SYMLINK: 20,
	STATUS: 101,
	HANDLE: 102,
	DATA: 103,
	NAME: 104,
	ATTRS: 105,
	EXTENDED: 200,
	EXTENDED_REPLY: 201,
} as const;

/** Kinds of replies, decoded by server-replies.ts. */
export type ReplyKind = "version" | "status" | "handle" | "data" | "names" | "attrs" | "extended";

/** Flags of OPEN (draft §6.3). */
export const FXF = { READ: 1, WRITE: 2, APPEND: 4, CREAT: 8, TRUNC: 16, EXCL: 32 } as const;

/** Bytes that go into a packet unchanged, without a length before them. */
export interface Raw {
	readonly raw: Buffer;
}

/** A number is a uint32, a bigint a uint64; bytes and text (one character per byte) are strings. */
export type Field = number | bigint | string | Buffer | Raw;

/** The groups of attributes that are present, in wire order; `flags` are further bits with no field. */
export interface AttrGroups {
	readonly size?: bigint;
	readonly owner?: readonly [uid: number, gid: number];
	readonly mode?: number;
	readonly times?: readonly [atime: number, mtime: number];
	readonly extended?: readonly (readonly [type: string | Buffer, data: string])[];
	readonly flags?: number;
}

/** One packet: length, type, fields. */
export function packet(type: number, ...fields: readonly Field[]): Buffer {
	const body = Buffer.concat([Buffer.of(type), ...fields.map(encodeField)]);
	return Buffer.concat([uint32(body.length), body]);
}

/** INIT, with the version that every current client sends. */
export const INIT = packet(FXP.INIT, 3);

/** A handle on the wire. */
export function handle(number: number): Buffer {
	return uint32(number);
}

/** An ATTRS field. */
export function attrs({ size, owner, mode, times, extended, flags = 0 }: AttrGroups = {}): Raw {
	const groups: [flag: number, fields: readonly Field[] | undefined][] = [
		[0x1, size === undefined ? undefined : [size]],
		[0x2, owner],
		[0x4, mode === undefined ? undefined : [mode]],
		[0x8, times],
		[0x80000000, extended === undefined ? undefined : [extended.length, ...extended.flat()]],
	];
	const present = groups.filter(([, fields]) => fields !== undefined);
	const word = present.reduce((sum, [flag]) => sum + flag, flags);
	return {
		raw: Buffer.concat([uint32(word), ...present.flatMap(([, fields = []]) => fields.map(encodeField))]),
	};
}

/** Four bytes, big-endian. */
export function uint32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

function encodeField(field: Field): Buffer {
	if (typeof field === "number") return uint32(field);
	if (typeof field === "bigint") {
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64BE(field);
		return bytes;
	}
	if (typeof field === "object" && "raw" in field) return field.raw;
	const bytes = typeof field === "string" ? Buffer.from(field, "latin1") : field;
	return Buffer.concat([uint32(bytes.length), bytes]);
}
