/*
 * The kinds of arguments that the addon's functions take: a right one, those at
 * the limits, and those that must be refused.
 */

/** The error that a wrong argument causes. */
export type Refusal = "TypeError" | "RangeError";

/** A parameter: one argument, or two or three that belong together. */
export interface Parameter {
	readonly right: readonly unknown[];
	/** Accepted without an exception, whatever the call returns. */
	readonly edges: readonly (readonly unknown[])[];
	readonly wrong: readonly (readonly [refusal: Refusal, ...values: readonly unknown[]])[];
}

const BYTES = 16;
const PATH_MAX = 4096;
const NO_NUMBERS: readonly unknown[] = [
	undefined,
	null,
	true,
	"1",
	1n,
	Symbol("1"),
	{},
	[1],
	Buffer.of(1),
	{ valueOf: () => 1 },
];
const NO_INTEGERS = [
	Number.NaN,
	Number.POSITIVE_INFINITY,
	Number.NEGATIVE_INFINITY,
	0.5,
	2 ** 53,
	-(2 ** 53),
];
const NO_BUFFERS: readonly unknown[] = [
	undefined,
	null,
	"text",
	5,
	{},
	[1, 2, 3],
	new ArrayBuffer(BYTES),
	{ length: BYTES },
];

/** An integer; the limits of its range are accepted as well, unless `edges` says otherwise. */
export function integer(min: number, max: number, right: number, edges = [min, max]): Parameter {
	return {
		right: [right],
		edges: edges.map((value) => [value]),
		wrong: [
			...NO_NUMBERS.map((value) => ["TypeError", value] as const),
			...[...NO_INTEGERS, min - 1, max + 1].map((value) => ["RangeError", value] as const),
		],
	};
}

/** A descriptor; -1 is none. */
export const fd = integer(-1, 2 ** 31 - 1, -1);

export function uint32(right = 0): Parameter {
	return integer(0, 2 ** 32 - 1, right);
}

/** A 64-bit number as two words. */
export const uint64: readonly Parameter[] = [uint32(), uint32()];

/** Buffer, offset and length. */
export function range(right: readonly [Buffer, number, number] = [Buffer.alloc(BYTES), 4, 8]): Parameter {
	const [buffer, offset, length] = right;
	const whole = Buffer.alloc(BYTES);
	const around = (wrong: Parameter["wrong"], before: readonly unknown[], behind: readonly unknown[]) =>
		wrong.map(([refusal, ...values]) => [refusal, ...before, ...values, ...behind] as const);
	const outside: readonly (readonly [Buffer, number, number])[] = [
		...([17, 2 ** 32 - 1] as const).flatMap((far) => [[whole, far, 0] as const, [whole, 0, far] as const]),
		...[[whole, 16, 1] as const, [whole, 1, 16] as const, [whole, 8, 2 ** 32 - 8] as const],
		[whole, 2 ** 32 - 1, 2 ** 32 - 1],
		...[Buffer.alloc(0), detached()].flatMap((none) => [[none, 0, 1] as const, [none, 1, 0] as const]),
	];
	return {
		right,
		edges: [
			[whole, 0, BYTES],
			[whole, BYTES, 0],
			[whole.subarray(BYTES), 0, 0],
			[Buffer.alloc(0), 0, 0],
			[detached(), 0, 0],
		],
		wrong: [
			...NO_BUFFERS.map((value) => ["TypeError", value, 0, 0] as const),
			...around(uint32().wrong, [buffer], [length]),
			...around(uint32().wrong, [buffer, offset], []),
			...outside.map((values) => ["RangeError", ...values] as const),
		],
	};
}

/** A range of a Buffer that contains a path. */
export function path(text: string): Parameter {
	const whole = (bytes: string | Buffer): readonly [Buffer, number, number] => {
		const buffer = Buffer.from(bytes);
		return [buffer, 0, buffer.length];
	};
	const { right, edges, wrong } = range(whole(text));
	const long = [PATH_MAX - 1, PATH_MAX, PATH_MAX + 1, 3 * PATH_MAX].map((count) =>
		whole(Buffer.alloc(count, "n")),
	);
	const withNul = ["\0", "\0name", "na\0me", "name\0"].map((name) => ["TypeError", ...whole(name)] as const);
	/* The rest is zeros. */
	return {
		right,
		edges: [...edges.filter(([, , length]) => length === 0), ...long],
		wrong: [...wrong, ...withNul],
	};
}

/** A Buffer that is used as a whole; those of `small` are refused for their size or alignment. */
export function buffer(right: Buffer, ...small: readonly Buffer[]): Parameter {
	return {
		right: [right],
		edges: [],
		wrong: [
			...NO_BUFFERS.map((value) => ["TypeError", value] as const),
			...small.map((value) => ["RangeError", value] as const),
		],
	};
}

/** A Buffer whose memory has been transferred. */
export function detached(): Buffer {
	const given = Buffer.alloc(BYTES);
	structuredClone(given.buffer, { transfer: [given.buffer] });
	return given;
}

/** A Buffer of that size whose address is a multiple of 4, plus 1. */
export function misaligned(bytes: number): Buffer {
	return Buffer.alloc(bytes + 1).subarray(1);
}
