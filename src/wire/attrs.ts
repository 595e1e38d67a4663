/*
 * File attributes (draft-ietf-secsh-filexfer-02 §5). A client's attributes are a record
 * with a property for each group that is present. The server's are always the four
 * standard groups, as seven words in wire order.
 */
import { ATTR } from "./constants.ts";
import type { PacketReader } from "./reader.ts";
import { U64 } from "./u64.ts";

/** The attributes that a client sets. Times are in seconds. */
export interface Attrs {
	readonly size?: U64;
	readonly owner?: { readonly uid: number; readonly gid: number };
	readonly permissions?: number;
	readonly times?: { readonly atime: number; readonly mtime: number };
}

/** Called for each extended attribute, which is then dropped. */
export type ExtendedAttrHandler = (type: Buffer, dataLength: number) => void;

/** The flags of every ATTRS that a server sends. */
const ALL_STANDARD = ATTR.SIZE | ATTR.UIDGID | ATTR.PERMISSIONS | ATTR.ACMODTIME;

/** Bytes of a full set on the wire: flags, then size (high, low), uid, gid, permissions, atime, mtime. */
export const ATTRS_BYTES = 4 * 8;

/*
 * uint32 flags
 * uint64 size           ATTR.SIZE
 * uint32 uid, gid       ATTR.UIDGID
 * uint32 permissions    ATTR.PERMISSIONS
 * uint32 atime, mtime   ATTR.ACMODTIME
 * uint32 count, then count times string type, string data   ATTR.EXTENDED
 */
/** Reads the attributes of a request. Ignores flag bits that version 3 does not define. */
export function readAttrs(reader: PacketReader, onExtended?: ExtendedAttrHandler): Attrs {
	const flags = reader.uint32();
	const attrs: { -readonly [K in keyof Attrs]: Attrs[K] } = {};
	if ((flags & ATTR.SIZE) !== 0) attrs.size = new U64(reader.uint32(), reader.uint32());
	if ((flags & ATTR.UIDGID) !== 0) attrs.owner = { uid: reader.uint32(), gid: reader.uint32() };
	if ((flags & ATTR.PERMISSIONS) !== 0) attrs.permissions = reader.uint32();
	if ((flags & ATTR.ACMODTIME) !== 0) attrs.times = { atime: reader.uint32(), mtime: reader.uint32() };
	if ((flags & ATTR.EXTENDED) !== 0) readExtended(reader, onExtended);
	return attrs;
}

function readExtended(reader: PacketReader, onExtended: ExtendedAttrHandler | undefined): void {
	const count = reader.uint32();
	for (let i = 0; i < count; i++) {
		const type = reader.path();
		reader.skipString();
		onExtended?.(type, reader.stringLength);
	}
}

/** Writes a full set at `at` in `view`: seven words of `words`, from `from` on. */
export function writeAttrsAt(view: DataView, at: number, words: Uint32Array, from: number): void {
	/* Unrolled: most sessions are short, and V8 interprets loops at first. */
	view.setUint32(at, ALL_STANDARD);
	view.setUint32(at + 4, words[from] ?? 0);
	view.setUint32(at + 8, words[from + 1] ?? 0);
	view.setUint32(at + 12, words[from + 2] ?? 0);
	view.setUint32(at + 16, words[from + 3] ?? 0);
	view.setUint32(at + 20, words[from + 4] ?? 0);
	view.setUint32(at + 24, words[from + 5] ?? 0);
	view.setUint32(at + 28, words[from + 6] ?? 0);
}
