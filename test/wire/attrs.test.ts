/*
 * Attributes: a client's in every combination of groups, and a server's, which
 * always have all four.
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ATTRS_BYTES, type Attrs, readAttrs, writeAttrsAt } from "../../src/wire/attrs.ts";
import { MalformedPacket } from "../../src/wire/malformed.ts";
import { PacketReader } from "../../src/wire/reader.ts";
import { U64 } from "../../src/wire/u64.ts";
import { bytes } from "../helpers/golden.ts";

interface Group {
	readonly flag: number;
	readonly fields: Buffer;
	readonly attrs: Attrs;
}

const groups: readonly Group[] = [
	{
		flag: 0x1,
		fields: bytes(`
			10111213  size, high word
			14151617  size, low word
		`),
		attrs: { size: new U64(0x10111213, 0x14151617) },
	},
	{
		flag: 0x2,
		fields: bytes(`
			20212223  uid
			30313233  gid
		`),
		attrs: { owner: { uid: 0x20212223, gid: 0x30313233 } },
	},
	{ flag: 0x4, fields: bytes("40414243  permissions"), attrs: { permissions: 0x40414243 } },
	{
		flag: 0x8,
		fields: bytes(`
			50515253  atime
			f0616263  mtime
		`),
		attrs: { times: { atime: 0x50515253, mtime: 0xf0616263 } },
	},
	{
		flag: 0x80000000,
		fields: bytes(`
			00000002           count
			00000003 614062    type
			00000004 00ff6100  data
			00000000           type
			00000000           data
		`),
		attrs: {},
	},
];

/** An attribute block with the groups whose bits are set in `chosen`. */
function structure(chosen: number, moreFlags = 0): { readonly block: Buffer; readonly attrs: Attrs } {
	const present = groups.filter((_, i) => (chosen & (1 << i)) !== 0);
	const flags = Buffer.alloc(4);
	flags.writeUInt32BE(present.reduce((sum, { flag }) => sum + flag, moreFlags));
	const attrs = Object.assign({}, ...present.map((group) => group.attrs));
	return { block: Buffer.concat([flags, ...present.map(({ fields }) => fields)]), attrs };
}

function readerOf(block: Buffer, length = block.length): PacketReader {
	const reader = new PacketReader(Buffer.concat([block, Buffer.alloc(16, 0xee)]));
	reader.reset(0, length);
	return reader;
}

describe("readAttrs", () => {
	for (let chosen = 0; chosen < 32; chosen++) {
		const { block, attrs } = structure(chosen);
		it(`reads flags 0x${block.toString("hex", 0, 4)}`, () => {
			const reader = readerOf(block);
			assert.deepEqual(readAttrs(reader), attrs);
			assert.equal(reader.remaining, 0);
		});
		it(`finds flags 0x${block.toString("hex", 0, 4)} too short at every length`, () => {
			for (let length = 0; length < block.length; length++)
				assert.throws(() => readAttrs(readerOf(block, length)), MalformedPacket, `${length} bytes`);
		});
	}

	it("ignores flags that version 3 does not define", () => {
		const { block, attrs } = structure(0b11111, 0x7ffffff0);
		assert.deepEqual(readAttrs(readerOf(block)), attrs);
	});

	it("reports each extended attribute that it drops", () => {
		const seen: [string, number][] = [];
		readAttrs(readerOf(structure(0b10000).block), (type, length) =>
			seen.push([type.toString("latin1"), length]),
		);
		assert.deepEqual(seen, [
			["a@b", 4],
			["", 0],
		]);
	});

	it("refuses more extended attributes than the packet contains", () => {
		for (const block of [
			"80000000 00000001  one",
			"80000000 00100001  many",
			"80000000 ffffffff  the most",
		]) {
			const reader = readerOf(bytes(block));
			assert.throws(
				() => readAttrs(reader),
				{ name: "MalformedPacket", reason: "incomplete message" },
				block,
			);
		}
	});

	it("refuses a NUL in an extended attribute's type, but not in its data", () => {
		const inType = bytes("80000000 00000001 00000003 610062 00000000  type");
		assert.throws(() => readAttrs(readerOf(inType)), { reason: "invalid format" });
		const inData = bytes("80000000 00000001 00000001 61 00000003 610062  data");
		assert.deepEqual(readAttrs(readerOf(inData)), {});
	});
});

describe("writeAttrsAt", () => {
	it("writes all four groups in wire order", () => {
		const words = Uint32Array.of(0xee, 0x1011, 0x12131415, 0x2021, 0x3031, 0x4041, 0xf0515253, 0x6061, 0xee);
		const written = Buffer.alloc(ATTRS_BYTES + 2, 0xdd);
		writeAttrsAt(new DataView(written.buffer, written.byteOffset, written.length), 1, words, 1);
		const expected = bytes(`
			0000000f           flags
			00001011 12131415  size
			00002021           uid
			00003031           gid
			00004041           permissions
			f0515253           atime
			00006061           mtime
		`);
		assert.deepEqual(written, Buffer.concat([Buffer.of(0xdd), expected, Buffer.of(0xdd)]));
	});
});
