/*
 * The printf conversions of OpenSSH's log texts, on byte strings (one character
 * per byte). The sinks escape the result.
 */
import { type ByteString, fromBytes, toBytes } from "../posix/byte-string.ts";

/** A path or another string of the client; undefined stands for C's null pointer. */
export type Name = Buffer | undefined;

/** `%s`, or `%.Ns` with a limit, of bytes or a byte string. glibc prints a null pointer as (null). */
export function bytes(name: Name | ByteString, limitBytes?: number): string {
	if (name === undefined) return "(null)";
	return typeof name === "string" ? name.slice(0, limitBytes) : fromBytes(name.subarray(0, limitBytes));
}

/** `%u` of a 32-bit number; the invalid handle -1 becomes 4294967295. */
export function unsigned(value: number): number {
	return value >>> 0;
}

/** `%d` of a 32-bit number. */
export function signed(value: number): number {
	return value | 0;
}

/** `%o` of a 32-bit number, with at least `width` digits. */
export function octal(value: number, width = 1): string {
	return (value >>> 0).toString(8).padStart(width, "0");
}

/** A JSON field that may hold any bytes, from bytes or a byte string. */
export function field(value: Buffer | ByteString): Buffer {
	return typeof value === "string" ? toBytes(value) : value;
}

/** A JSON field for a handle; left out for the invalid handle. */
export function handleField(handle: number): number | undefined {
	return handle === -1 ? undefined : handle;
}
