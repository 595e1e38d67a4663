// Every kind of reply as bytes on the wire.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FX, type StatusCode, statusText } from "../../src/wire/constants.ts";
import {
	END_OF_FILE,
	OK,
	oneName,
	type Reply,
	status,
	writeDataHeader,
	writeReply,
	writeVersion,
} from "../../src/wire/replies.ts";
import { asRequestId } from "../../src/wire/request-id.ts";
import { PacketWriter } from "../../src/wire/writer.ts";
import { bytes } from "../helpers/golden.ts";

const ID = asRequestId(0xf1020304);

const golden: readonly [name: string, reply: Reply, packet: Buffer, version?: number][] = [
	[
		"a status with its own text",
		status(FX.NO_SUCH_FILE),
		bytes(`
			0000001d                               length
			65                                     type
			f1020304                               id
			00000002                               code
			0000000c 4e6f20737563682066696c65      text
			00000000                               language
		`),
	],
	[
		"a status with a text",
		{ kind: "status", code: FX.FAILURE, text: "why" },
		bytes(`
			00000014         length
			65               type
			f1020304         id
			00000004         code
			00000003 776879  text
			00000000         language
		`),
	],
	[
		"a status for a client of version 2, which knows no texts",
		{ kind: "status", code: FX.FAILURE, text: "why" },
		bytes(`
			00000009  length
			65        type
			f1020304  id
			00000004  code
		`),
		2,
	],
	[
		"a status for a client of version 0xffffffff",
		OK,
		bytes(`
			00000018                 length
			65                       type
			f1020304                 id
			00000000                 code
			00000007 53756363657373  text
			00000000                 language
		`),
		0xffffffff,
	],
	[
		"the end of a file",
		END_OF_FILE,
		bytes(`
			0000001c                         length
			65                               type
			f1020304                         id
			00000001                         code
			0000000b 456e64206f662066696c65  text
			00000000                         language
		`),
	],
	[
		"a handle",
		{ kind: "handle", handle: 0x01ab0203 },
		bytes(`
			0000000d           length
			66                 type
			f1020304           id
			00000004 01ab0203  handle
		`),
	],
	[
		"one name",
		oneName(Buffer.from("/\xff", "latin1")),
		bytes(`
			00000019       length
			68             type
			f1020304       id
			00000001       count
			00000002 2fff  name
			00000002 2fff  long name
			00000000       attribute flags
		`),
	],
	[
		"no name",
		{ kind: "names", count: 0, entry: () => assert.fail("asked for a name") },
		bytes(`
			00000009  length
			68        type
			f1020304  id
			00000000  count
		`),
	],
	[
		"attributes",
		{ kind: "attrs", words: Uint32Array.of(0x1011, 0x1213, 0x2021, 0x3031, 0x4041, 0x5051, 0x6061, 0xee) },
		bytes(`
			00000025           length
			69                 type
			f1020304           id
			0000000f           attribute flags
			00001011 00001213  size
			00002021           uid
			00003031           gid
			00004041           permissions
			00005051           atime
			00006061           mtime
		`),
	],
	[
		"an extended reply",
		{ kind: "extended", payload: Buffer.from("01fe0203", "hex") },
		bytes(`
			00000009  length
			c9        type
			f1020304  id
			01fe0203  payload
		`),
	],
];

describe("writeReply", () => {
	for (const [name, reply, packet, version = 3] of golden) {
		it(`writes ${name}`, () => {
			/* From a full writer that has to grow, and from an empty one. */
			for (const before of [0, 3]) {
				const writer = new PacketWriter(before === 0 ? 4096 : before);
				writer.position = before;
				writeReply(writer, ID, reply, version);
				assert.deepEqual(writer.bytes.subarray(before, writer.position), packet);
			}
		});
	}

	/** The text among other bytes. */
	const range = (text: string) => ({
		bytes: Buffer.from(`<${text}>`, "latin1"),
		start: 1,
		length: text.length,
	});

	it("writes two names, each with its own long name and attributes", () => {
		const words = Uint32Array.of(0xee, 1, 2, 3, 4, 5, 6, 7, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17);
		/* The line ends with the name, which is to be found where it is said to be. */
		const listed = (before: string, length: number, at: number) => ({
			words,
			at,
			writeLine(writer: PacketWriter, nameAt: number): void {
				writer.raw(Buffer.from(before), 0, before.length);
				writer.again(nameAt, length);
			},
		});
		const entries = [
			{ name: range("ab"), listed: listed("l", 2, 1) },
			{ name: range("c\xffe"), listed: listed("", 3, 8) },
		];
		const writer = new PacketWriter(1);
		const entry = (index: number) => entries[index] ?? assert.fail("a third name");
		writeReply(writer, ID, { kind: "names", count: 2, entry }, 3);
		assert.deepEqual(
			writer.bytes.subarray(0, writer.position),
			bytes(`
				00000064           length
				68                 type
				f1020304           id
				00000002           count
				00000002 6162      name
				00000003 6c6162    long name
				0000000f           attribute flags
				00000001 00000002  size
				00000003           uid
				00000004           gid
				00000005           permissions
				00000006           atime
				00000007           mtime
				00000003 63ff65    name
				00000003 63ff65    long name
				0000000f           attribute flags
				00000011 00000012  size
				00000013           uid
				00000014           gid
				00000015           permissions
				00000016           atime
				00000017           mtime
			`),
		);
	});

	it("puts the header before data that are in their place", () => {
		const writer = new PacketWriter(64);
		writer.bytes.write("data", 13);
		writeReply(writer, ID, { kind: "data", length: 4 }, 3);
		const expected = bytes(`
			0000000d           length
			67                 type
			f1020304           id
			00000004 64617461  data
		`);
		assert.deepEqual(writer.bytes.subarray(0, writer.position), expected);
		const header = new PacketWriter(64);
		writeDataHeader(header, ID, 4);
		assert.deepEqual(header.bytes.subarray(0, header.position), expected.subarray(0, 13));
	});
});

describe("writeVersion", () => {
	it("writes version and extensions", () => {
		const writer = new PacketWriter(1);
		writeVersion(writer, 0x01020304, [
			{ name: "a@b", data: "1" },
			{ name: "copy", data: "" },
		]);
		assert.deepEqual(
			writer.bytes.subarray(0, writer.position),
			bytes(`
				0000001d           length
				02                 type
				01020304           version
				00000003 614062    name
				00000001 31        data
				00000004 636f7079  name
				00000000           data
			`),
		);
	});
});

describe("statusText", () => {
	it("has OpenSSH's words for every code", () => {
		const codes: StatusCode[] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
		assert.deepEqual(codes.map(statusText), [
			...["Success", "End of file", "No such file", "Permission denied", "Failure", "Bad message"],
			...["No connection", "Connection lost", "Operation unsupported"],
		]);
	});
});
