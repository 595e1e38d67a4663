/*
 * Requests as bytes on the wire, and the fields that a reader finds in them.
 * Digits differ from field to field, so that swapped fields show.
 */
import { type Attrs, readAttrs } from "../../src/wire/attrs.ts";
import type { PacketReader } from "../../src/wire/reader.ts";
import { bytes } from "../helpers/golden.ts";

/** What a reader finds: numbers, strings as text (one character per byte), attributes. */
export type Found = number | string | Attrs;

export interface GoldenRequest {
	readonly name: string;
	/** Length field included. */
	readonly packet: Buffer;
	/** Takes the fields after type and ID, in wire order. */
	readonly fields: readonly ((reader: PacketReader) => Found)[];
	readonly found: readonly Found[];
}

const path = (reader: PacketReader): string => reader.path().toString("latin1");
const string = (reader: PacketReader): string => reader.string().toString("latin1");
const uint32 = (reader: PacketReader): number => reader.uint32();
const handle = (reader: PacketReader): number => reader.handle();
const attrs = (reader: PacketReader): Attrs => readAttrs(reader);

export const REQUEST_ID = 0x01020304;

export const goldenRequests: readonly GoldenRequest[] = [
	{
		name: "OPEN",
		packet: bytes(`
			0000001c         length
			03               type
			01020304         id
			00000003 612f62  path
			0000003f         pflags
			00000004         attribute flags
			000081a4         permissions
			00000000         no field: passed over
		`),
		fields: [path, uint32, attrs],
		found: ["a/b", 0x3f, { permissions: 0o100644 }],
	},
	{
		name: "READ",
		packet: bytes(`
			00000019           length
			05                 type
			01020304           id
			00000004 10111213  handle
			20212223 24252627  offset
			30313233           data length
		`),
		fields: [handle, uint32, uint32, uint32],
		found: [0x10111213, 0x20212223, 0x24252627, 0x30313233],
	},
	{
		name: "WRITE",
		packet: bytes(`
			0000001e             length
			06                   type
			01020304             id
			00000004 10111213    handle
			20212223 24252627    offset
			00000005 6400ff7400  data
		`),
		fields: [handle, uint32, uint32, string],
		found: [0x10111213, 0x20212223, 0x24252627, "d\0\xfft\0"],
	},
	{
		name: "SETSTAT",
		packet: bytes(`
			00000018         length
			09               type
			01020304         id
			00000003 612f62  path
			00000002         attribute flags
			40414243         uid
			50515253         gid
		`),
		fields: [path, attrs],
		found: ["a/b", { owner: { uid: 0x40414243, gid: 0x50515253 } }],
	},
	{
		name: "FSETSTAT",
		packet: bytes(`
			00000019           length
			0a                 type
			01020304           id
			00000004 10111213  handle
			00000008           attribute flags
			60616263           atime
			70717273           mtime
		`),
		fields: [handle, attrs],
		found: [0x10111213, { times: { atime: 0x60616263, mtime: 0x70717273 } }],
	},
	{
		name: "STAT",
		packet: bytes(`
			0000000d           length
			11                 type
			01020304           id
			00000004 ff0a2261  path
		`),
		fields: [path],
		found: ['\xff\n"a'],
	},
	{
		name: "RENAME",
		packet: bytes(`
			00000014           length
			12                 type
			01020304           id
			00000003 612f62    old path
			00000004 63ff2064  new path
		`),
		fields: [path, path],
		found: ["a/b", "c\xff d"],
	},
	{
		name: "EXTENDED copy-data",
		packet: bytes(`
			0000003a                     length
			c8                           type
			01020304                     id
			00000009 636f70792d64617461  extension
			00000004 10111213            handle to read from
			20212223 24252627            its offset
			30313233 34353637            data length
			00000004 40414243            handle to write to
			50515253 54555657            its offset
		`),
		fields: [path, handle, uint32, uint32, uint32, uint32, handle, uint32, uint32],
		found: [
			...["copy-data", 0x10111213, 0x20212223, 0x24252627, 0x30313233, 0x34353637],
			...[0x40414243, 0x50515253, 0x54555657],
		],
	},
	{
		name: "EXTENDED with two strings",
		packet: bytes(`
			0000001d                     length
			c8                           type
			01020304                     id
			00000003 612d62              extension
			00000008 a0a1a2a3 b0b1b2b3   uids
			00000000                     gids
			aa                           passed over
		`),
		fields: [path, string, string],
		found: ["a-b", "\xa0\xa1\xa2\xa3\xb0\xb1\xb2\xb3", ""],
	},
];
