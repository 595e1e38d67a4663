/*
 * Strings of bytes: one character for each byte, 0 to 255, as latin1 decodes them.
 * Arguments, names and paths need not be UTF-8, so they have this form where they are
 * compared, split and joined, and are converted to bytes for the system.
 */

declare const brand: unique symbol;

/** A string with one character for each byte. */
export type ByteString = string & { readonly [brand]: true };

/** Converts bytes to a byte string. */
export function fromBytes(bytes: Buffer): ByteString {
	return brandAsBytes(bytes.toString("latin1"));
}

/** Converts a byte string to bytes, in a new Buffer. */
export function toBytes(text: ByteString): Buffer {
	return Buffer.from(text, "latin1");
}

/** Like String.prototype.slice. */
export function sliceBytes(text: ByteString, start: number, end?: number): ByteString {
	return brandAsBytes(text.slice(start, end));
}

/** Concatenates byte strings. */
export function joinBytes(...parts: readonly ByteString[]): ByteString {
	return brandAsBytes(parts.join(""));
}

/**
 * Brands a string that was made of byte strings or is ASCII. Throws a RangeError, which
 * is a bug, if a character is above 0xff.
 */
export function asByteString(text: string): ByteString {
	for (let i = 0; i < text.length; i++)
		if (text.charCodeAt(i) > 0xff) throw new RangeError("a character of a byte string is no byte");
	return brandAsBytes(text);
}

function brandAsBytes(text: string): ByteString {
	return text as ByteString;
}
