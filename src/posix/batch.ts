/*
 * A batch of read-only calls, which the addon's threads make in parallel. The rows of
 * the table have the same layout in native/batch.c.
 */
import { addon } from "./addon.ts";
import { STAT_WORDS } from "./stat.ts";

/** The most calls in a batch. */
export const BATCH_MAX = 64;

/** The most bytes of all READs in a batch together. */
export const BATCH_DATA_BYTES = 2 * 1024 * 1024;

const Kind = { READ: 0, STAT: 1, LSTAT: 2 } as const;

/** Words of a row, in native/batch.c's order. */
const Row = {
	KIND: 0,
	FD: 1,
	START: 2,
	LENGTH: 3,
	OFFSET_HIGH: 4,
	OFFSET_LOW: 5,
	RESULT: 6,
	WAITED: 7,
	STAT: 8,
	WORDS: 8 + STAT_WORDS,
} as const;

/** A position in a file, as two words. */
interface Offset {
	readonly high: number;
	readonly low: number;
}

export class Batch {
	readonly #rows = Buffer.alloc(4 * Row.WORDS * BATCH_MAX);
	readonly #words = new Uint32Array(this.#rows.buffer, this.#rows.byteOffset, Row.WORDS * BATCH_MAX);
	/** The bytes that were read, for each READ from its `dataStart` on. */
	readonly data = Buffer.allocUnsafeSlow(BATCH_DATA_BYTES);
	#dataUsed = 0;
	#count = 0;

	get count(): number {
		return this.#count;
	}

	clear(): void {
		this.#count = 0;
		this.#dataUsed = 0;
	}

	/** Adds a pread(2). Returns false if it does not fit. */
	addRead(fd: number, { high, low }: Offset, length: number): boolean {
		if (this.#count === BATCH_MAX || this.#dataUsed + length > BATCH_DATA_BYTES) return false;
		this.#add(Kind.READ, fd, this.#dataUsed, length, high, low);
		this.#dataUsed += length;
		return true;
	}

	/** Adds a stat(2) or lstat(2) of a path in the input. Returns false if it does not fit. */
	addStat(follow: boolean, start: number, length: number): boolean {
		if (this.#count === BATCH_MAX) return false;
		this.#add(follow ? Kind.STAT : Kind.LSTAT, 0, start, length, 0, 0);
		return true;
	}

	#add(...fields: readonly number[]): void {
		this.#words.set(fields, this.#count * Row.WORDS);
		this.#count++;
	}

	/** Makes all calls; `input` contains the paths. Returns whether any call had to wait. */
	run(input: Buffer): boolean {
		addon.runBatch(this.#rows, this.#count, input, this.data);
		for (let i = 0; i < this.#count; i++) if (this.#word(i, Row.WAITED) !== 0) return true;
		return false;
	}

	/** A call's result: >= 0, or -errno. */
	result(index: number): number {
		return this.#word(index, Row.RESULT) | 0;
	}

	/** Copies a call's stat to the start of `words`. */
	loadStat(index: number, words: Uint32Array): void {
		const at = index * Row.WORDS + Row.STAT;
		words.set(this.#words.subarray(at, at + STAT_WORDS));
	}

	/** The start of a READ's bytes in `data`. */
	dataStart(index: number): number {
		return this.#word(index, Row.START);
	}

	#word(index: number, field: number): number {
		return this.#words[index * Row.WORDS + field] ?? 0;
	}
}
