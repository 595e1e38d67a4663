/* Mutations of a client's bytes: some know where packets and fields begin, others know nothing. */
import type { Random } from "../differential/random.ts";

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** Boundary values. */
const NUMBERS = [
	...[0, 1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 1023, 1024, 4095, 4096, 65_535, 65_536],
	...[261_119, 261_120, 261_121, 262_143, 262_144, 262_145, 0xfffff, 0x100000, 0x100001],
	...[0x7fffffc, 0x7fffffd, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff],
] as const;
const BYTES = [0, 1, 3, 4, 5, 6, 12, 0x2e, 0x2f, 0x7e, 0x7f, 0x80, 200, 201, 255] as const;

/** The bytes after between one and six mutations. `other` is another session's. */
export function mutate(bytes: Buffer, random: Random, other: Buffer): Buffer {
	let result = bytes;
	for (let left = random.between(1, 6); left > 0; left--)
		result = random.weighted(MUTATIONS)(result, random, other);
	return result;
}

const MUTATIONS: readonly [readonly [number, Mutation], ...(readonly [number, Mutation])[]] = [
	[10, flipBit],
	[10, setByte],
	[18, setNumber],
	[8, cutOut],
	[8, insert],
	[6, repeatRange],
	[10, packetTwice],
	[6, packetAway],
	[6, packetsSwapped],
	[8, packetLength],
	[5, endEarly],
	[5, spliceOther],
];

function at(bytes: Buffer, random: Random): number {
	/* A packet's first bytes matter more than the data of a WRITE. */
	if (random.chance(50)) return random.below(bytes.length + 1);
	return Math.min(bytes.length, packetStart(bytes, random) + random.below(40));
}

function flipBit(bytes: Buffer, random: Random): Buffer {
	const where = at(bytes, random);
	const result = Buffer.from(bytes);
	if (where < result.length) result[where] = (result[where] ?? 0) ^ (1 << random.below(8));
	return result;
}

function setByte(bytes: Buffer, random: Random): Buffer {
	const where = at(bytes, random);
	const result = Buffer.from(bytes);
	if (where < result.length) result[where] = random.chance(50) ? random.pick(BYTES) : random.below(256);
	return result;
}

function setNumber(bytes: Buffer, random: Random): Buffer {
	const where = at(bytes, random);
	const result = Buffer.from(bytes);
	if (where + 4 <= result.length) result.writeUInt32BE(random.pick(NUMBERS), where);
	return result;
}

function cutOut(bytes: Buffer, random: Random): Buffer {
	const where = at(bytes, random);
	const length = random.pick([1, 2, 4, 8, 13, random.below(300)]);
	return Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + length)]);
}

function insert(bytes: Buffer, random: Random): Buffer {
	const where = at(bytes, random);
	const length = random.pick([1, 2, 4, 8, random.below(300)]);
	const what = random.chance(50) ? random.bytes(length) : Buffer.alloc(length, random.pick(BYTES));
	return Buffer.concat([bytes.subarray(0, where), what, bytes.subarray(where)]);
}

function repeatRange(bytes: Buffer, random: Random): Buffer {
	const where = at(bytes, random);
	const range = bytes.subarray(where, where + random.below(200));
	const times = random.pick([1, 2, 10, 60]);
	return Buffer.concat([bytes.subarray(0, where), ...Array(times).fill(range), bytes.subarray(where)]);
}

/** Where packets begin, according to their length fields. */
function packetStarts(bytes: Buffer): number[] {
	const starts: number[] = [];
	for (let start = 0; start + 4 <= bytes.length; start += 4 + bytes.readUInt32BE(start)) starts.push(start);
	return starts;
}

function packetStart(bytes: Buffer, random: Random): number {
	const starts = packetStarts(bytes);
	return starts[random.below(starts.length)] ?? 0;
}

function onePacket(bytes: Buffer, random: Random): { start: number; end: number } {
	const start = packetStart(bytes, random);
	const length = start + 4 <= bytes.length ? bytes.readUInt32BE(start) : 0;
	return { start, end: Math.min(bytes.length, start + 4 + length) };
}

function packetTwice(bytes: Buffer, random: Random): Buffer {
	const { start, end } = onePacket(bytes, random);
	const packet = bytes.subarray(start, end);
	const times = packet.length > 5000 ? 1 : random.pick([1, 1, 1, 30, 200]);
	return Buffer.concat([bytes.subarray(0, end), ...Array(times).fill(packet), bytes.subarray(end)]);
}

function packetAway(bytes: Buffer, random: Random): Buffer {
	const { start, end } = onePacket(bytes, random);
	return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function packetsSwapped(bytes: Buffer, random: Random): Buffer {
	const one = onePacket(bytes, random);
	const two = onePacket(bytes, random);
	if (one.end > two.start) return bytes;
	return Buffer.concat([
		bytes.subarray(0, one.start),
		bytes.subarray(two.start, two.end),
		bytes.subarray(one.end, two.start),
		bytes.subarray(one.start, one.end),
		bytes.subarray(two.end),
	]);
}

/** Changes a length field, mostly by a little. */
function packetLength(bytes: Buffer, random: Random): Buffer {
	const { start } = onePacket(bytes, random);
	if (start + 4 > bytes.length) return bytes;
	const result = Buffer.from(bytes);
	const old = bytes.readUInt32BE(start);
	const now = random.chance(70) ? old + random.pick([-5, -4, -1, 1, 4]) : random.pick(NUMBERS);
	result.writeUInt32BE(now >>> 0, start);
	return result;
}

function endEarly(bytes: Buffer, random: Random): Buffer {
	return bytes.subarray(0, at(bytes, random));
}

function spliceOther(bytes: Buffer, random: Random, other: Buffer): Buffer {
	return Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(packetStart(other, random))]);
}
