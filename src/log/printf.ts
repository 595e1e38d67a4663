// How values appear in OpenSSH's log texts: the few printf conversions that its
// format strings use, on byte strings (one char per byte). Escaping comes later,
// in the sinks.

/** A path or another string of the client's; undefined is C's null pointer. */
export type Name = Buffer | undefined;

/** `%s`, and `%.Ns` with a limit in bytes, of bytes or a byte string. glibc prints a null pointer as (null). */
export function bytes(name: Name | string, limitBytes?: number): string {
	if (name === undefined) return "(null)";
	return typeof name === "string" ? name.slice(0, limitBytes) : name.toString("latin1", 0, limitBytes);
}

/** `%u` of a 32-bit number; the invalid handle -1 becomes 4294967295. */
export function unsigned(value: number): number {
	return value >>> 0;
}

/** `%d` of a 32-bit number. */
export function signed(value: number): number {
	return value | 0;
}

/** `%o` of a 32-bit number, at least `width` digits. */
export function octal(value: number, width = 1): string {
	return (value >>> 0).toString(8).padStart(width, "0");
}

/** `%llu` of two halves. Made here, so that an event that is not written makes no BigInt. */
export function u64(high: number, low: number): bigint {
	return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Bytes or a byte string as a JSON field that may hold any bytes. */
export function field(value: Buffer | string): Buffer {
	return typeof value === "string" ? Buffer.from(value, "latin1") : value;
}

/** The handle's field: left out for the invalid handle. */
export function handleField(handle: number): number | undefined {
	return handle === -1 ? undefined : handle;
}
