/*
 * File attributes (draft-ietf-secsh-filexfer-02 §5). A client's are a record
 * with a property for each group that is present; a server's are always the
 * four standard groups, as seven words in wire order.
 */
import { ATTR } from "./constants.ts";
import type { PacketReader } from "./reader.ts";
import type { PacketWriter } from "./writer.ts";

/** What a client wants set. Times are seconds; sizes two words, since they may exceed 2^53. */
export interface Attrs {
	readonly size?: { readonly high: number; readonly low: number };
	readonly owner?: { readonly uid: number; readonly gid: number };
	readonly permissions?: number;
	readonly times?: { readonly atime: number; readonly mtime: number };
}

/** Called for each extended attribute, which is then dropped. */
export type ExtendedAttrSeen = (type: Buffer, dataLength: number) => void;

/** The flags of every ATTRS that a server sends. */
const ALL_STANDARD = ATTR.SIZE | ATTR.UIDGID | ATTR.PERMISSIONS | ATTR.ACMODTIME;

/** Words of a full set: size (high, low), uid, gid, permissions, atime, mtime. */
export const ATTRS_WORDS = 7;

/** Bytes of a full set on the wire, flags included. */
export const ATTRS_BYTES = 4 * (1 + ATTRS_WORDS);

/*
 * uint32 flags
 * uint64 size           ATTR.SIZE
 * uint32 uid, gid       ATTR.UIDGID
 * uint32 permissions    ATTR.PERMISSIONS
 * uint32 atime, mtime   ATTR.ACMODTIME
 * uint32 count, then count times string type, string data   ATTR.EXTENDED
 */
/** Takes the attributes of a request; bits that version 3 does not name are passed over. */
export function readAttrs(reader: PacketReader, onExtended?: ExtendedAttrSeen): Attrs {
	const flags = reader.uint32();
	const attrs: { -readonly [K in keyof Attrs]: Attrs[K] } = {};
	if ((flags & ATTR.SIZE) !== 0) attrs.size = { high: reader.uint32(), low: reader.uint32() };
	if ((flags & ATTR.UIDGID) !== 0) attrs.owner = { uid: reader.uint32(), gid: reader.uint32() };
	if ((flags & ATTR.PERMISSIONS) !== 0) attrs.permissions = reader.uint32();
	if ((flags & ATTR.ACMODTIME) !== 0) attrs.times = { atime: reader.uint32(), mtime: reader.uint32() };
	if ((flags & ATTR.EXTENDED) !== 0) readExtended(reader, onExtended);
	return attrs;
}

function readExtended(reader: PacketReader, onExtended: ExtendedAttrSeen | undefined): void {
	const count = reader.uint32();
	for (let i = 0; i < count; i++) {
		const type = reader.path();
		reader.skipString();
		onExtended?.(type, reader.stringLength);
	}
}

/** Writes a full set: seven words of `words` from `at` on. */
export function writeAttrs(writer: PacketWriter, words: Uint32Array, at: number): void {
	writer.uint32(ALL_STANDARD);
	writer.words(words, at, ATTRS_WORDS);
}
