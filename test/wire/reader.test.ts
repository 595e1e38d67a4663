/* The reader takes fields in wire order and never reads outside its packet. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MalformedPacket } from "../../src/wire/malformed.ts";
import { PacketReader } from "../../src/wire/reader.ts";
import { bytes } from "../helpers/golden.ts";
import { uint32 } from "../helpers/packets.ts";
import { type Found, type GoldenRequest, goldenRequests, REQUEST_ID } from "./golden-requests.ts";

/** A reader of the packet, which is surrounded by bytes that must not be read. */
function readerOf(packet: Buffer, length = packet.length): PacketReader {
	const around = Buffer.alloc(16, 0xee);
	const reader = new PacketReader(Buffer.concat([around, packet, around]));
	reader.reset(16, 16 + length);
	return reader;
}

function readAll({ fields }: GoldenRequest, reader: PacketReader): readonly [number, number, ...Found[]] {
	return [reader.byte(), reader.requestId(), ...fields.map((field) => field(reader))];
}

function malformed(reason: string): (error: unknown) => boolean {
	return (error) => error instanceof MalformedPacket && error.reason === reason && error.stage === undefined;
}

describe("PacketReader", () => {
	for (const golden of goldenRequests) {
		const body = golden.packet.subarray(4);
		const type = body[0] ?? 0;

		it(`finds the fields of ${golden.name}`, () => {
			assert.deepEqual(readAll(golden, readerOf(body)), [type, REQUEST_ID, ...golden.found]);
		});

		it(`finds ${golden.name} too short at every length`, () => {
			const reader = readerOf(body);
			readAll(golden, reader);
			const used = body.length - reader.remaining;
			assert.ok(used > 5);
			for (let length = 0; length < used; length++) {
				const cut = readerOf(body, length);
				assert.throws(() => readAll(golden, cut), malformed("incomplete message"), `${length} bytes`);
			}
			readAll(golden, readerOf(body, used));
		});
	}

	it("takes the smallest and the largest uint32", () => {
		const reader = readerOf(bytes("00000000 7fffffff 80000000 ffffffff  numbers"));
		assert.deepEqual(
			[1, 2, 3, 4].map(() => reader.uint32()),
			[0, 0x7fffffff, 0x80000000, 0xffffffff],
		);
	});

	it("refuses a string longer than its packet, and one longer than any", () => {
		for (const length of [4, 0x7fffffc, 0x7fffffd, 0x80000000, 0xffffffff]) {
			const reader = readerOf(Buffer.concat([uint32(length), Buffer.alloc(3)]));
			const reason = length > 0x7fffffc ? "string is too large" : "incomplete message";
			assert.throws(() => reader.string(), malformed(reason), String(length));
		}
	});

	it("takes empty strings", () => {
		const reader = readerOf(bytes("00000000 00000000  two of them"));
		assert.deepEqual([reader.string().length, reader.path().length, reader.remaining], [0, 0, 0]);
	});

	it("returns a string as a view of the buffer", () => {
		const reader = readerOf(bytes("00000003 616263  string"));
		const field = reader.string();
		assert.equal(field.buffer, reader.bytes.buffer);
		assert.deepEqual([reader.stringStart, reader.stringLength], [20, 3]);
	});

	it("strips a NUL at the end of a path, and refuses one anywhere else", () => {
		const paths: readonly [block: string, found: string | undefined][] = [
			["00000004 61626300  at the end", "abc"],
			["00000001 00        alone", ""],
			["00000004 61006300  in the middle too", undefined],
			["00000003 006162    at the start", undefined],
			["00000002 0000      twice at the end", undefined],
			["00000003 616200    behind which comes a NUL that is no part of it", "ab"],
		];
		for (const [block, found] of paths) {
			const reader = readerOf(Buffer.concat([bytes(block), Buffer.alloc(2)]));
			if (found === undefined) assert.throws(() => reader.path(), malformed("invalid format"), block);
			else assert.equal(reader.path().toString("latin1"), found, block);
		}
	});

	it("accepts NULs in any string but a path", () => {
		assert.equal(readerOf(bytes("00000003 610062  string")).string().toString("latin1"), "a\0b");
	});

	it("takes a handle of four bytes as a number, and any other as invalid", () => {
		const handles: readonly [block: string, found: number][] = [
			["00000004 00000000             handle", 0],
			["00000004 7fffffff             handle", 0x7fffffff],
			["00000004 80000000             above every number that is given out", -0x80000000],
			["00000004 ffffffff             above every number that is given out", -1],
			["00000000                      of no bytes", -1],
			["00000003 000000               of three", -1],
			["00000005 0000000000           of five", -1],
			["00000008 00000000 00000001    of eight", -1],
		];
		for (const [block, found] of handles) {
			const reader = readerOf(bytes(block));
			assert.equal(reader.handle(), found, block);
			assert.equal(reader.remaining, 0);
		}
	});

	it("reads packet after packet", () => {
		const reader = new PacketReader(bytes("01 02 03 04 05 06  bytes"));
		reader.reset(1, 3);
		assert.deepEqual([reader.byte(), reader.byte(), reader.remaining], [2, 3, 0]);
		assert.throws(() => reader.byte(), malformed("incomplete message"));
		reader.reset(3, 4);
		assert.equal(reader.byte(), 4);
	});
});
