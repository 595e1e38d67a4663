/* Byte strings: every byte survives both ways, and nothing else gets in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asByteString, fromBytes, toBytes } from "../../src/posix/byte-string.ts";

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

describe("a byte string", () => {
	it("has a character for each byte, and converts back to the same bytes", () => {
		const text = fromBytes(everyByte);
		assert.equal(text.length, 256);
		assert.deepEqual(toBytes(text), everyByte);
		assert.equal(asByteString(text), text);
	});

	it("refuses a character above 0xff", () => {
		for (const text of ["\u0100", "a\u20ac", "\ud83d\ude00"])
			assert.throws(() => asByteString(text), RangeError, text);
	});
});
