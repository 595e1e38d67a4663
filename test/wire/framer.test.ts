/* The framer finds the packets of a stream however the stream is divided. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Frame, PacketFramer } from "../../src/wire/framer.ts";
import { bytes } from "../helpers/golden.ts";
import { uint32 } from "../helpers/packets.ts";
import { goldenRequests } from "./golden-requests.ts";

const MAX_PACKET = 262_144;
const CAPACITY = MAX_PACKET + 4;

/** Puts the bytes in as room allows, and takes every complete packet. */
function feed(framer: PacketFramer, piece: Buffer): Buffer[] {
	const packets: Buffer[] = [];
	for (let at = 0; at < piece.length; ) {
		const room = framer.makeRoom();
		assert.ok(room > 0, "room for more");
		const count = Math.min(room, piece.length - at);
		piece.copy(framer.bytes, framer.filled, at, at + count);
		framer.add(count);
		at += count;
		while (framer.next() === Frame.PACKET)
			packets.push(Buffer.from(framer.bytes.subarray(framer.start, framer.end)));
	}
	return packets;
}

const bodyOf = (packet: Buffer): Buffer => packet.subarray(4);
const stream = Buffer.concat(goldenRequests.map(({ packet }) => packet));
const bodies = goldenRequests.map(({ packet }) => bodyOf(packet));

describe("PacketFramer", () => {
	it("takes packets that arrive together", () => {
		assert.deepEqual(feed(new PacketFramer(CAPACITY), stream), bodies);
	});

	for (const { name, packet } of goldenRequests) {
		it(`takes ${name} cut at every offset`, () => {
			for (let cut = 0; cut <= packet.length; cut++) {
				const framer = new PacketFramer(CAPACITY);
				const first = feed(framer, packet.subarray(0, cut));
				assert.equal(first.length, cut === packet.length ? 1 : 0);
				assert.deepEqual([...first, ...feed(framer, packet.subarray(cut))], [bodyOf(packet)]);
				assert.equal(framer.buffered, 0);
			}
		});
	}

	it("takes packets that arrive a byte at a time", () => {
		const framer = new PacketFramer(CAPACITY);
		const packets = Array.from(stream, (byte) => feed(framer, Buffer.of(byte))).flat();
		assert.deepEqual(packets, bodies);
	});

	it("takes packets that arrive in pieces of any equal size, enough to fill the buffer many times", () => {
		const large = Buffer.concat([uint32(90_000), Buffer.alloc(90_000, "large")]);
		const many = Buffer.concat(Array.from({ length: 12 }, () => [stream, large]).flat());
		for (const size of [7, 1000, 4095, 4096, 65_536, 100_003, many.length]) {
			const framer = new PacketFramer(CAPACITY);
			const packets: Buffer[] = [];
			for (let at = 0; at < many.length; at += size)
				packets.push(...feed(framer, many.subarray(at, at + size)));
			assert.equal(packets.length, 12 * (bodies.length + 1), `pieces of ${size}`);
			for (const [i, packet] of packets.entries()) {
				const expected = [...bodies, bodyOf(large)][i % (bodies.length + 1)] ?? Buffer.alloc(0);
				assert.ok(packet.equals(expected), `packet ${i} in pieces of ${size}`);
			}
		}
	});

	it("checks a length only when a byte of the packet follows", () => {
		const framer = new PacketFramer(CAPACITY);
		for (const byte of bytes("00040001  a length too long")) {
			feed(framer, Buffer.of(byte));
			assert.equal(framer.next(), Frame.INCOMPLETE);
		}
		feed(framer, Buffer.of(1));
		assert.equal(framer.next(), Frame.TOO_LONG);
	});

	it("takes the longest packet and refuses one longer", () => {
		const framer = new PacketFramer(CAPACITY);
		const longest = Buffer.concat([uint32(MAX_PACKET), Buffer.alloc(MAX_PACKET, 7)]);
		assert.deepEqual(feed(framer, longest), [bodyOf(longest)]);
		for (const length of [MAX_PACKET + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
			const other = new PacketFramer(CAPACITY);
			feed(other, Buffer.concat([uint32(length), Buffer.of(1)]));
			assert.equal(other.next(), Frame.TOO_LONG, String(length));
		}
	});

	it("takes an empty packet when a byte follows", () => {
		const framer = new PacketFramer(CAPACITY);
		feed(framer, uint32(0));
		assert.equal(framer.next(), Frame.INCOMPLETE);
		assert.deepEqual(feed(framer, Buffer.of(9)), [Buffer.alloc(0)]);
		assert.equal(framer.buffered, 1);
	});

	it("makes room for the rest of the first packet, wherever that lies", () => {
		const framer = new PacketFramer(CAPACITY);
		const longest = Buffer.concat([uint32(MAX_PACKET), Buffer.alloc(MAX_PACKET, 7)]);
		feed(framer, stream);
		for (const start of [1, 4, 5, 100_000]) {
			feed(framer, stream);
			assert.deepEqual(feed(framer, longest.subarray(0, start)), []);
			assert.deepEqual(feed(framer, longest.subarray(start)), [bodyOf(longest)], String(start));
		}
	});

	it("lacks room only when it is full of packets that were not taken", () => {
		const framer = new PacketFramer(CAPACITY);
		const room = framer.makeRoom();
		framer.bytes.fill(0, framer.filled, framer.filled + room);
		framer.add(room);
		assert.equal(framer.makeRoom(), 0);
		assert.equal(framer.next(), Frame.PACKET);
		assert.equal(framer.buffered, room - 4);
	});

	it("puts packets back", () => {
		const framer = new PacketFramer(CAPACITY);
		stream.copy(framer.bytes, framer.filled);
		framer.makeRoom();
		stream.copy(framer.bytes, framer.filled);
		framer.add(stream.length);
		framer.next();
		const { consumed } = framer;
		framer.next();
		const second = [framer.start, framer.end];
		framer.next();
		framer.goBack(consumed);
		framer.next();
		assert.deepEqual([framer.start, framer.end], second);
	});

	it("refuses to be too small for a packet", () => {
		assert.throws(() => new PacketFramer(CAPACITY - 1), RangeError);
	});
});
