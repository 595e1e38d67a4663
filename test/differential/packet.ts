/*
 * A request for the differential tester: a name, an ID, fields by kind, and
 * damage to its bytes. Encoded without src/, so that a mistake in the server's
 * own codec can't hide. Fields are in wire order (draft-ietf-secsh-filexfer-02,
 * OpenSSH PROTOCOL).
 */
import {
	OPENSSH_OPERATIONS,
	type OperationRow,
	type FieldKind as TableField,
} from "../helpers/operations.ts";
import { FXP } from "../helpers/packets.ts";

/** The groups of an ATTRS structure that are present; `bits` are further flag bits without a field. */
export interface Attrs {
	readonly size?: bigint;
	readonly owner?: readonly [number, number];
	readonly mode?: number;
	readonly times?: readonly [number, number];
	readonly extended?: readonly (readonly [Buffer, Buffer])[];
	readonly bits?: number;
}

/** File content of a WRITE: `length` bytes of a pattern, so that a script stays short. */
export interface Pattern {
	readonly length: number;
	readonly seed: number;
}

/** `bytes` is a string field; `tail` is bytes without a length, up to the packet's end. */
export type Value =
	| { readonly kind: "bytes"; readonly bytes: Buffer }
	| { readonly kind: "handle"; readonly bytes: Buffer }
	| { readonly kind: "u32"; readonly value: number }
	| { readonly kind: "u64"; readonly value: bigint }
	| { readonly kind: "data"; readonly data: Pattern }
	| { readonly kind: "attrs"; readonly attrs: Attrs }
	| { readonly kind: "tail"; readonly bytes: Buffer };

export type FieldKind = Value["kind"];

/** What happens to the encoded packet before it is sent. `cut` and `grow` keep the length field true. */
export type Damage =
	| { readonly how: "cut"; readonly count: number }
	| { readonly how: "grow"; readonly count: number }
	| { readonly how: "flip"; readonly at: number; readonly mask: number }
	| { readonly how: "length"; readonly value: number };

export interface Packet {
	readonly name: string;
	/** The request ID; INIT has none and ignores it. */
	readonly id: number;
	readonly values: readonly Value[];
	readonly damage: readonly Damage[];
}

interface Layout {
	readonly type: number;
	readonly extension?: string;
	readonly fields: readonly FieldKind[];
}

/** How this file encodes the fields of the shared table. */
const ENCODED: Readonly<Record<TableField, FieldKind>> = {
	path: "bytes",
	string: "bytes",
	handle: "handle",
	u32: "u32",
	u64: "u64",
	data: "data",
	attrs: "attrs",
	ids: "bytes",
};

function layoutOf({ what, fields }: OperationRow): Layout {
	const encoded = fields.map((field) => ENCODED[field]);
	return typeof what === "number"
		? { type: what, fields: encoded }
		: { type: FXP.EXTENDED, extension: what, fields: encoded };
}

/** Every request by the name that scripts use. `unknown` carries its type as its first field. */
export const layouts: Readonly<Record<string, Layout>> = {
	init: { type: FXP.INIT, fields: ["u32", "tail"] },
	...Object.fromEntries(OPENSSH_OPERATIONS.map((row) => [row.name, layoutOf(row)])),
	extended: { type: FXP.EXTENDED, fields: ["bytes", "tail"] },
	unknown: { type: 0, fields: ["u32", "tail"] },
};

/** Whether OpenSSH has a handler for the type of this packet, as it is sent. */
export function hasKnownType(wire: Buffer): boolean {
	const type = wire[4] ?? 0;
	return type === FXP.INIT || (type >= FXP.OPEN && type <= FXP.SYMLINK) || type === FXP.EXTENDED;
}

const u32 = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value >>> 0);
	return bytes;
};

const u64 = (value: bigint): Buffer => {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
	return bytes;
};

const text = (bytes: Buffer): Buffer => Buffer.concat([u32(bytes.length), bytes]);

function encodeAttrs(attrs: Attrs): Buffer {
	const parts: Buffer[] = [];
	let flags = attrs.bits ?? 0;
	if (attrs.size !== undefined) {
		flags |= 0x1;
		parts.push(u64(attrs.size));
	}
	if (attrs.owner !== undefined) {
		flags |= 0x2;
		parts.push(...attrs.owner.map(u32));
	}
	if (attrs.mode !== undefined) {
		flags |= 0x4;
		parts.push(u32(attrs.mode));
	}
	if (attrs.times !== undefined) {
		flags |= 0x8;
		parts.push(...attrs.times.map(u32));
	}
	if (attrs.extended !== undefined) {
		flags |= 0x80000000;
		parts.push(u32(attrs.extended.length), ...attrs.extended.flat().map(text));
	}
	return Buffer.concat([u32(flags), ...parts]);
}

/** The bytes of a pattern. */
export function patternBytes({ length, seed }: Pattern): Buffer {
	const bytes = Buffer.allocUnsafe(length);
	for (let i = 0; i < length; i++) {
		bytes[i] = (i * 7 + Math.floor(i / 253) * 31 + seed) & 0xff;
	}
	return bytes;
}

function encodeValue(value: Value): Buffer {
	switch (value.kind) {
		case "bytes":
		case "handle":
			return text(value.bytes);
		case "u32":
			return u32(value.value);
		case "u64":
			return u64(value.value);
		case "data":
			return text(patternBytes(value.data));
		case "attrs":
			return encodeAttrs(value.attrs);
		case "tail":
			return value.bytes;
	}
}

function withLength(body: Buffer): Buffer {
	return Buffer.concat([u32(body.length), body]);
}

function applyDamage(wire: Buffer, damage: Damage): Buffer {
	switch (damage.how) {
		case "cut":
			return withLength(wire.subarray(4, Math.max(4, wire.length - damage.count)));
		case "grow":
			return withLength(Buffer.concat([wire.subarray(4), patternBytes({ length: damage.count, seed: 9 })]));
		case "flip": {
			const flipped = Buffer.from(wire);
			const at = 4 + (damage.at % Math.max(1, wire.length - 4));
			flipped[at] = (flipped[at] ?? 0) ^ damage.mask;
			return flipped;
		}
		case "length":
			/* After a reduced length, OpenSSH would read fields in the bytes that follow: differences.ts. */
			return Buffer.concat([u32(damage.value), wire.subarray(4, 4 + damage.value)]);
	}
}

/** The packet as it is sent: length, type, ID, fields, with its damage applied. */
export function encodePacket(packet: Packet): Buffer {
	const layout = layouts[packet.name];
	if (layout === undefined) {
		throw new Error(`no request is called ${packet.name}`);
	}
	const [first, ...rest] = packet.values;
	const typed = packet.name === "unknown" && first?.kind === "u32";
	const head: Buffer[] = [Buffer.of(typed ? first.value & 0xff : layout.type)];
	if (packet.name !== "init") {
		head.push(u32(packet.id));
	}
	if (layout.extension !== undefined) {
		head.push(text(Buffer.from(layout.extension)));
	}
	const fields = (typed ? rest : packet.values).map(encodeValue);
	return packet.damage.reduce<Buffer>(applyDamage, withLength(Buffer.concat([...head, ...fields])));
}
