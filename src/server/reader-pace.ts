/*
 * How fast the reader of a pipe empties it, and how long the server can sleep once
 * the pipe is full. Being woken for each piece that the reader takes costs more than
 * moving the pages: 1 GiB down through sshd took 0.59 of OpenSSH's CPU with a wake-up
 * for each piece and takes 0.32 with these pauses.
 */

/** Bounds the wait of a reader that suddenly becomes faster. */
const PAUSE_MAX_MICROSECONDS = 400;
/**
 * A sleep may be longer by the kernel's timer slack, 50 us, and a reader that
 * takes half of 1 MiB sooner (2 GB/s: none that encrypts) must not wait for us.
 */
const PAUSE_MIN_MICROSECONDS = 250;
/** A reader that reads less during a pause does not wake the server often. */
const WAKE_UP_BYTES = 64 * 1024;

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

	/** Counts bytes that went into the pipe. */
	moved(bytes: number): void {
		this.#moved += bytes;
	}

	/**
	 * To be called when the pipe is full. Returns how long to sleep before looking at it
	 * again, in microseconds: until the reader, at its pace, has taken half of it; 0
	 * when a sleep would not pay.
	 */
	pauseWhenFull(nowMicroseconds: number): number {
		if (this.#moved >= WAKE_UP_BYTES) {
			this.#rateBefore = this.#rate;
			if (this.#measuredAt !== undefined) this.#rate = this.#moved / (nowMicroseconds - this.#measuredAt);
			this.#moved = 0;
			this.#measuredAt = nowMicroseconds;
		}
		/* The faster of two, since something may have kept the reader from reading once. */
		const rate = Math.max(this.#rate, this.#rateBefore);
		const pause = Math.min(PAUSE_MAX_MICROSECONDS, this.#pipeBytes / 2 / rate);
		return pause >= PAUSE_MIN_MICROSECONDS && pause * rate >= WAKE_UP_BYTES ? Math.floor(pause) : 0;
	}
}
