/*
 * Values of JSON lines: names are exact but bounded, and nothing in a line
 * affects a terminal or a line reader.
 */
import { isUtf8 } from "node:buffer";
import type { FieldValue } from "./event.ts";

/** The most bytes of a text in a line: the longest path (PATH_MAX without its NUL). */
const TEXT_LIMIT_BYTES = 4095;

/**
 * Converts a field for JSON. Bytes become text; if they are not UTF-8, a second field
 * NAMEBase64 has the exact bytes. A text of more than TEXT_LIMIT_BYTES is truncated, and
 * NAMEBytes has its full length. Integers beyond 2^53 become decimal strings.
 */
export function jsonFields(
	fields: Readonly<Record<string, FieldValue>>,
): Record<string, string | number | boolean> {
	const result: Record<string, string | number | boolean> = {};
	for (const [name, value] of Object.entries(fields)) {
		if (Buffer.isBuffer(value)) {
			const kept = value.subarray(0, keptLength(value));
			result[name] = kept.toString("utf8");
			if (!isUtf8(kept)) result[`${name}Base64`] = kept.toString("base64");
			if (kept.length < value.length) result[`${name}Bytes`] = value.length;
		} else if (typeof value === "bigint") {
			const number = Number(value);
			result[name] = Number.isSafeInteger(number) ? number : value.toString();
		} else if (value !== undefined) {
			result[name] = value;
		}
	}
	return result;
}

/** The number of bytes of a text that fit into the line; never truncates inside a UTF-8 character. */
function keptLength(text: Buffer): number {
	if (text.length <= TEXT_LIMIT_BYTES) return text.length;
	for (let length = TEXT_LIMIT_BYTES; length > TEXT_LIMIT_BYTES - 4; length--)
		if (((text[length] ?? 0) & 0xc0) !== 0x80) return length;
	return TEXT_LIMIT_BYTES;
}

/** Control and format characters (U+007F, C1, bidirectional marks, ...) and Unicode's line and paragraph separators. */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes characters that JSON allows in strings but that affect a terminal or a reader
 * of lines. `line` is a line of JSON with its line feed; its value does not change.
 */
export function escapeInvisible(line: string): string {
	return line.replace(INVISIBLE, (character) => {
		let escaped = "";
		for (let i = 0; i < character.length; i++)
			escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
		return escaped;
	});
}
