/*
 * Chooses numbers, attributes and flags: mostly sensible ones, and every boundary
 * that a server may get wrong.
 */
import type { Attrs, Pattern } from "./packet.ts";
import type { Random } from "./random.ts";

const around = (value: bigint): bigint[] => [value - 1n, value, value + 1n];
const NEAR = [0n, 1n, 5n, ...around(11n), ...around(100n), ...around(4096n)] as const;
const FAR = [
	...around(65_536n),
	...around(70_000n),
	...around(261_120n),
	...around(262_144n),
	...around(300_000n),
	...around(2n ** 31n),
	...around(2n ** 32n),
	2n ** 32n + 5n,
	...around(2n ** 40n),
	...around(2n ** 53n),
	2n ** 62n,
	...around(2n ** 63n),
	2n ** 64n - 1n,
	2n ** 64n - 2n,
] as const;

const some = <T>(random: Random, list: readonly T[], otherwise: T): T =>
	list[random.below(list.length)] ?? otherwise;

/** An offset or a size. */
export function offset(random: Random): bigint {
	return random.weighted<() => bigint>([
		[40, () => 0n],
		[35, () => some(random, NEAR, 0n)],
		[25, () => some(random, FAR, 0n)],
	])();
}

/** The length of a READ. */
export function readLength(random: Random): number {
	return random.weighted<() => number>([
		[60, () => random.between(1, 300)],
		[20, () => Number(some(random, NEAR, 0n))],
		[15, () => random.pick([32_768, 65_535, 65_536, 65_537, 261_119, 261_120, 261_121, 262_144])],
		[5, () => random.pick([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 300_000])],
	])();
}

/** The data of a WRITE. With a 4-byte handle the longest gives a packet of exactly the maximum length. */
export function writeData(random: Random): Pattern {
	const length = random.weighted<() => number>([
		[80, () => random.between(1, 100)],
		[12, () => Number(some(random, NEAR, 0n))],
		[5, () => random.pick([32_768, 65_535, 65_536, 65_537])],
		[3, () => random.pick([261_119, 261_120, 261_121, 262_144 - 25])],
	])();
	return { length, seed: random.below(256) };
}

/** The pflags of OPEN: sensible sets, any set of the six, and undefined bits. */
export function openFlags(random: Random): number {
	return random.weighted<() => number>([
		[
			45,
			() => random.pick([0x01, 0x01, 0x03, 0x02, 0x1a, 0x1b, 0x0a, 0x0b, 0x0e, 0x06, 0x2a, 0x2b, 0x12, 0x3a]),
		],
		[45, () => random.below(64)],
		[10, () => (random.below(64) | random.pick([0x40, 0x80, 0x100, 0x10000, 0x80000000])) >>> 0],
	])();
}

const MODES = [
	0o644, 0o600, 0o755, 0o777, 0o7777, 0, 0o100644, 0o40755, 0o170000, 0o1777, 0o2755, 0o4711, 0o222,
	0xffffffff,
] as const;
const TIMES = [
	0,
	1,
	86_399,
	951_782_400,
	1_000_000_000,
	1_700_000_000,
	2 ** 31 - 1,
	2 ** 31,
	2 ** 32 - 1,
] as const;
const IDS = [0, 4242, 4242, 4242, 5000, 65_534, 77_777, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1] as const;

/** A uid or gid. */
export function ownerId(random: Random): number {
	return random.pick(IDS);
}

function extendedPairs(random: Random): (readonly [Buffer, Buffer])[] {
	return Array.from(
		{ length: random.between(0, 3) },
		() =>
			[
				Buffer.from(random.pick(["user.x", "", "a@b.c", "t\xff\n", "x".repeat(120)]), "latin1"),
				random.bytes(random.pick([0, 1, 7, 30])),
			] as const,
	);
}

/** Attributes with each group present in `percent` of 100 cases. */
export function attributes(random: Random, percent: number): Attrs {
	return {
		...(random.chance(percent) && { size: offset(random) }),
		...(random.chance(percent) && { owner: [ownerId(random), ownerId(random)] as const }),
		...(random.chance(percent) && { mode: random.pick(MODES) }),
		...(random.chance(percent) && { times: [random.pick(TIMES), random.pick(TIMES)] as const }),
		...(random.chance(5) && { extended: extendedPairs(random) }),
		...(random.chance(4) && { bits: random.pick([0x10, 0x20, 0x40000000, 0x7ffffff0]) }),
	};
}

/** Attributes of an OPEN or MKDIR: nothing, a mode, or anything. */
export function creationAttributes(random: Random): Attrs {
	return random.weighted<() => Attrs>([
		[40, () => ({})],
		[45, () => ({ mode: random.pick(MODES) })],
		[15, () => attributes(random, 40)],
	])();
}

/** Attributes of a SETSTAT: most often one group, as clients send them. */
export function changeAttributes(random: Random): Attrs {
	return random.weighted<() => Attrs>([
		[18, () => ({ size: offset(random) })],
		[18, () => ({ mode: random.pick(MODES) })],
		[18, () => ({ times: [random.pick(TIMES), random.pick(TIMES)] })],
		[14, () => ({ owner: [ownerId(random), ownerId(random)] })],
		[32, () => attributes(random, 45)],
	])();
}
