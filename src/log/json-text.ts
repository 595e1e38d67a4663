/*
 * Values of JSON lines: names are exact but bounded, and nothing in a line
 * affects a terminal or a line reader.
 */
import { isUtf8 } from "node:buffer";
import type { FieldValue } from "./event.ts";

/** Most bytes of a text in a line, those of the longest path (PATH_MAX without its NUL). */
const TEXT_LIMIT_BYTES = 4095;

/**
 * The field as JSON holds it without loss. Bytes become text; where they are not
 * UTF-8, a second field NAMEBase64 has them exactly. A text of more than
 * TEXT_LIMIT_BYTES is cut, and NAMEBytes has its whole length. Integers beyond
 * 2^53 become decimal strings.
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

/** Bytes of a text that fit into the line; never truncates inside a UTF-8 character. */
function keptLength(text: Buffer): number {
	if (text.length <= TEXT_LIMIT_BYTES) return text.length;
	for (let length = TEXT_LIMIT_BYTES; length > TEXT_LIMIT_BYTES - 4; length--)
		if (((text[length] ?? 0) & 0xc0) !== 0x80) return length;
	return TEXT_LIMIT_BYTES;
}

/** Control and format characters (U+007F, C1, bidirectional marks, ...) and Unicode's line and paragraph separators. */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes what JSON itself allows raw in a string but a terminal or a reader of
 * lines acts upon. `line` is a line of JSON with its line feed; it keeps its value.
 */
export function escapeInvisible(line: string): string {
	return line.replace(INVISIBLE, (character) => {
		let escaped = "";
		for (let i = 0; i < character.length; i++)
			escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
		return escaped;
	});
}
