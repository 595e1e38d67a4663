/*
 * Pseudo-random choices from a seed. The same seed gives the same choices on every
 * machine, so two numbers identify a sequence.
 */

/** A xoshiro128** generator; the four words of state come from the seed by splitmix32. */
export class Random {
	readonly #state = new Uint32Array(4);

	/** `stream` separates independent sequences of the same seed. */
	constructor(seed: number, stream = 0) {
		let word = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) >>> 0;
		for (let i = 0; i < 4; i++) {
			word = (word + 0x9e3779b9) >>> 0;
			let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
			mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
			this.#state[i] = (mixed ^ (mixed >>> 16)) >>> 0;
		}
	}

	/** The next 32 bits. */
	bits(): number {
		const [a = 0, b = 0, c = 0, d = 0] = this.#state;
		const five = Math.imul(b, 5);
		const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
		const third = c ^ a;
		const fourth = d ^ b;
		this.#state[1] = b ^ third;
		this.#state[0] = a ^ fourth;
		this.#state[2] = third ^ (b << 9);
		this.#state[3] = (fourth << 11) | (fourth >>> 21);
		return result;
	}

	/** An integer in [0, bound). */
	below(bound: number): number {
		return Math.floor((this.bits() / 2 ** 32) * bound);
	}

	/** An integer in [low, high]. */
	between(low: number, high: number): number {
		return low + this.below(high - low + 1);
	}

	/** True in `percent` of 100 cases. */
	chance(percent: number): boolean {
		return this.bits() < (percent / 100) * 2 ** 32;
	}

	/** One of the choices, all equally likely. */
	pick<T>(choices: readonly [T, ...T[]]): T {
		return choices[this.below(choices.length)] ?? choices[0];
	}

	/** One of the choices, in proportion to their weights. */
	weighted<T>(choices: readonly [readonly [number, T], ...(readonly [number, T])[]]): T {
		let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
		for (const [weight, choice] of choices) {
			if (left < weight) {
				return choice;
			}
			left -= weight;
		}
		return choices[0][1];
	}

	/** `length` bytes. */
	bytes(length: number): Buffer {
		return Buffer.from(Array.from({ length }, () => this.below(256)));
	}
}
