/*
 * How fast the reader of a pipe takes what is in it, and for how long it can do
 * without us once the pipe is full. To be woken for each piece that a reader
 * takes costs more than moving the pages does; so a reader that has enough before
 * it is left alone for a moment.
 */

/** So that a reader which is suddenly faster than before does not wait long, if at all. */
const PAUSE_MAX_MICROSECONDS = 400;
/**
 * A sleep may be longer by the kernel's timer slack, 50 us, and a reader that
 * takes half of 1 MiB sooner (2 GB/s: none that encrypts) must not wait for us.
 */
const PAUSE_MIN_MICROSECONDS = 250;
/** A reader that takes less during a pause does not wake us often. */
const MUCH_BYTES = 64 * 1024;

export class ReaderPace {
	readonly #pipeBytes: number;
	/** When the pipe was full and the pace was measured, and the bytes that went into it since. */
	#measuredAt: number | undefined;
	#moved = 0;
	/** Bytes a microsecond, from the last time that the pipe was full to this one, and before. */
	#rate = 0;
	#rateBefore = 0;

	/** @param pipeBytes what the pipe holds when it is full */
	constructor(pipeBytes: number) {
		this.#pipeBytes = pipeBytes;
	}

	/** Says that so many bytes went into the pipe. */
	moved(bytes: number): void {
		this.#moved += bytes;
	}

	/**
	 * The pipe is full. Returns how long to sleep before looking at it again, in
	 * microseconds: until the reader, at its pace, has taken half of it; 0 where that
	 * is not worth while.
	 */
	pauseWhenFull(nowMicroseconds: number): number {
		if (this.#moved >= MUCH_BYTES) {
			this.#rateBefore = this.#rate;
			if (this.#measuredAt !== undefined) this.#rate = this.#moved / (nowMicroseconds - this.#measuredAt);
			this.#moved = 0;
			this.#measuredAt = nowMicroseconds;
		}
		/* One time the reader may have been kept from reading. */
		const rate = Math.max(this.#rate, this.#rateBefore);
		const pause = Math.min(PAUSE_MAX_MICROSECONDS, this.#pipeBytes / 2 / rate);
		return pause >= PAUSE_MIN_MICROSECONDS && pause * rate >= MUCH_BYTES ? Math.floor(pause) : 0;
	}
}
