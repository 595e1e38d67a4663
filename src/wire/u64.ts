/*
 * An unsigned 64-bit number on the wire: an offset, a size or a length. It has two
 * 32-bit words, since a double is exact only to 53 bits and BigInts would create an
 * object for each READ and WRITE.
 */

const TWO_32 = 0x1_0000_0000;

export class U64 {
	high: number;
	low: number;

	constructor(high = 0, low = 0) {
		this.high = high;
		this.low = low;
	}

	static from(value: bigint): U64 {
		return new U64(Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn));
	}

	/** Copies the other's value. */
	set(other: U64): void {
		this.high = other.high;
		this.low = other.low;
	}

	/** Adds a number of bytes below 2^53; wraps at 2^64. */
	add(bytes: number): void {
		const sum = this.low + bytes;
		this.low = sum % TWO_32;
		this.high = (this.high + Math.floor(sum / TWO_32)) >>> 0;
	}

	toBigInt(): bigint {
		return (BigInt(this.high) << 32n) | BigInt(this.low);
	}
}
