/*
 * Strings that stand for bytes: one character for each byte, 0 to 255, as latin1
 * decodes them. Arguments, names and paths need not be UTF-8, so they are kept
 * this way where they are compared, cut and joined, and become bytes again for
 * the system.
 */

declare const brand: unique symbol;

/** A string with one character for each byte. */
export type ByteString = string & { readonly [brand]: true };

/** The bytes as a string. */
export function fromBytes(bytes: Buffer): ByteString {
	return brandAsBytes(bytes.toString("latin1"));
}

/** The bytes that the string stands for, in a buffer of their own. */
export function toBytes(text: ByteString): Buffer {
	return Buffer.from(text, "latin1");
}

/** As String.prototype.slice. */
export function sliceBytes(text: ByteString, start: number, end?: number): ByteString {
	return brandAsBytes(text.slice(start, end));
}

/** The byte strings, one after another. */
export function joinBytes(...parts: readonly ByteString[]): ByteString {
	return brandAsBytes(parts.join(""));
}

/**
 * The same string, for one that was joined from byte strings or is ASCII. Throws a
 * RangeError, a bug, if a character is above 0xff.
 */
export function asByteString(text: string): ByteString {
	for (let i = 0; i < text.length; i++)
		if (text.charCodeAt(i) > 0xff) throw new RangeError("a character of a byte string is no byte");
	return brandAsBytes(text);
}

function brandAsBytes(text: string): ByteString {
	return text as ByteString;
}
