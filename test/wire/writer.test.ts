/* The writer writes fields in wire order and grows without losing any. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PacketWriter } from "../../src/wire/writer.ts";
import { bytes } from "../helpers/golden.ts";

const written = (writer: PacketWriter): Buffer => Buffer.from(writer.bytes.subarray(0, writer.position));

describe("PacketWriter", () => {
	it("writes every kind of field", () => {
		const writer = new PacketWriter(64);
		writer.byte(0xf1);
		writer.uint32(0x01020304);
		writer.uint32(0xffffffff);
		writer.string(Buffer.from("a\0\xff", "latin1"));
		writer.text("caf\xe9");
		writer.whole(Buffer.from("0123456789").subarray(3, 7));
		assert.deepEqual(
			written(writer),
			bytes(`
				f1                 byte
				01020304           uint32
				ffffffff           uint32
				00000003 6100ff    string
				00000004 636166e9  text
				33343536           bytes as they are
			`),
		);
	});

	it("writes ranges of any length", () => {
		const from = Buffer.from(Array.from({ length: 5000 }, (_, i) => i & 0xff));
		for (const length of [0, 1, 63, 64, 65, 4096]) {
			const writer = new PacketWriter(4100);
			writer.byte(1);
			writer.whole(from.subarray(7, 7 + length));
			assert.deepEqual(written(writer), Buffer.concat([Buffer.of(1), from.subarray(7, 7 + length)]));
		}
	});

	it("writes the start of a packet", () => {
		const writer = new PacketWriter(16);
		writer.byte(7);
		writer.header(0x01020304, 0xf1, 0xfffefdfc);
		writer.byte(8);
		assert.deepEqual(written(writer), bytes("07 01020304 f1 fffefdfc 08  byte, length, type, id, byte"));
	});

	it("sets a word that was skipped", () => {
		const writer = new PacketWriter(16);
		writer.uint32(0);
		writer.byte(9);
		writer.setUint32(0, 0x80000001);
		assert.deepEqual(written(writer), bytes("80000001 09  word, byte"));
	});

	it("grows when it must and keeps its contents", () => {
		const writer = new PacketWriter(8);
		const before = writer.bytes;
		writer.uint32(0x01020304);
		writer.reserve(4);
		assert.equal(writer.bytes, before);
		writer.reserve(5);
		assert.notEqual(writer.bytes, before);
		assert.equal(writer.capacity, 16);
		writer.uint32(0x05060708);
		writer.byte(9);
		assert.deepEqual(written(writer), bytes("01020304 05060708 09  in the new memory"));
	});

	it("grows to the requested size when doubling is not enough", () => {
		const writer = new PacketWriter(8);
		writer.uint32(1);
		writer.reserve(1_000_000);
		assert.equal(writer.capacity, 1_000_004);
		writer.whole(Buffer.alloc(1_000_000, 7));
		assert.equal(written(writer).readUInt32BE(), 1);
	});

	it("shrinks to the requested size, but not below what is in use", () => {
		const writer = new PacketWriter(8);
		writer.uint32(0x01020304);
		writer.reserve(1000);
		writer.shrink(2000);
		assert.equal(writer.capacity, 1004);
		writer.shrink(100);
		assert.equal(writer.capacity, 100);
		writer.position = 50;
		writer.shrink(20);
		assert.equal(writer.capacity, 50);
		assert.equal(writer.bytes.readUInt32BE(), 0x01020304);
		writer.reserve(10);
		writer.uint32(0x11223344);
		assert.equal(writer.bytes.readUInt32BE(50), 0x11223344);
	});

	it("drops bytes at the start", () => {
		const writer = new PacketWriter(8);
		writer.uint32(0x01020304);
		writer.uint32(0x05060708);
		writer.drop(3);
		writer.byte(9);
		assert.deepEqual(written(writer), bytes("04 05060708 09  what is left, and more"));
	});
});
