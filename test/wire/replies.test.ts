/* Every kind of reply as bytes on the wire. */
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
		{ kind: "names", count: 0, write: () => {} },
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
			/* With a full writer, which must grow, and with an empty one. */
			for (const before of [0, 3]) {
				const writer = new PacketWriter(before === 0 ? 4096 : before);
				writer.position = before;
				writeReply(writer, ID, reply, version);
				assert.deepEqual(writer.bytes.subarray(before, writer.position), packet);
			}
		});
	}

	it("writes the count of names that are already written", () => {
		const write = (writer: PacketWriter): void => {
			writer.reserve(9);
			writer.string(Buffer.from("ab"));
			writer.byte(9);
		};
		const writer = new PacketWriter(1);
		writeReply(writer, ID, { kind: "names", count: 2, write }, 3);
		assert.deepEqual(
			writer.bytes.subarray(0, writer.position),
			bytes(`
				00000010       length
				68             type
				f1020304       id
				00000002       count
				00000002 6162  a string
				09             a byte
			`),
		);
	});

	it("puts the header before data that are already in place", () => {
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
	it("is OpenSSH's for every code", () => {
		const codes: StatusCode[] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
		assert.deepEqual(codes.map(statusText), [
			...["Success", "End of file", "No such file", "Permission denied", "Failure", "Bad message"],
			...["No connection", "Connection lost", "Operation unsupported"],
		]);
	});
});
