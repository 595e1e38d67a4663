/* Addresses and networks of Match, as OpenSSH's addr.c and addrmatch.c compare them. */

/** 4 or 16 bytes. The scope follows the "%" of a link-local address. */
export interface Address {
	readonly bytes: readonly number[];
	readonly scope: string;
}

export interface Network {
	readonly address: Address;
	readonly prefixBits: number;
}

/** A dotted quad without leading zeros, or IPv6; undefined if it is not an address. */
export function parseAddress(text: string): Address | undefined {
	if (!text.includes(":")) {
		const bytes = parseIpv4(text);
		return bytes && { bytes, scope: "" };
	}
	const percent = text.indexOf("%");
	const scope = percent === -1 ? "" : text.slice(percent + 1);
	if (percent !== -1 && scope === "") return undefined;
	const bytes = parseIpv6(percent === -1 ? text : text.slice(0, percent));
	return bytes && { bytes, scope };
}

/** Parses a network; an address alone is a network of one. Undefined if the length is invalid or bits beyond it are set. */
export function parseNetwork(text: string): Network | undefined {
	const slash = text.indexOf("/");
	const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
	if (address === undefined) return undefined;
	const allBits = address.bytes.length * 8;
	const prefixBits = slash === -1 ? allBits : parseDecimal(text.slice(slash + 1), allBits);
	if (prefixBits === undefined) return undefined;
	const isNetwork = address.bytes.every((byte, i) => (byte & ~maskOf(i, prefixBits) & 0xff) === 0);
	return isNetwork ? { address, prefixBits } : undefined;
}

export function contains({ address, prefixBits }: Network, { bytes, scope }: Address): boolean {
	return (
		address.bytes.length === bytes.length &&
		address.scope === scope &&
		address.bytes.every((byte, i) => byte === ((bytes[i] ?? 0) & maskOf(i, prefixBits)))
	);
}

/** The bits of byte `i` that belong to a prefix. */
function maskOf(i: number, prefixBits: number): number {
	const bits = Math.min(8, Math.max(0, prefixBits - i * 8));
	return (0xff00 >> bits) & 0xff;
}

/** Digits without leading zeros; undefined for anything else, and beyond the limit. */
function parseDecimal(digits: string, limit: number): number | undefined {
	const value = Number(digits);
	return String(value) === digits && value >= 0 && value <= limit && Number.isInteger(value)
		? value
		: undefined;
}

function parseIpv4(text: string): readonly number[] | undefined {
	const parts = text.split(".");
	if (parts.length !== 4) return undefined;
	const bytes: number[] = [];
	for (const part of parts) {
		const byte = parseDecimal(part, 0xff);
		if (byte === undefined) return undefined;
		bytes.push(byte);
	}
	return bytes;
}

function parseIpv6(text: string): readonly number[] | undefined {
	const halves = text.split("::");
	if (halves.length > 2) return undefined;
	const [before, after] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
	if (before === undefined) return undefined;
	if (halves.length === 1) return before.length === 16 ? before : undefined;
	/* "::" stands for at least one group of zeros. */
	if (after === undefined || before.length + after.length > 14) return undefined;
	return [...before, ...Array.from({ length: 16 - before.length - after.length }, () => 0), ...after];
}

/** Groups of hexadecimal digits; the last two may be a dotted quad. */
function parseGroups(text: string, mayEndInIpv4: boolean): readonly number[] | undefined {
	if (text === "") return [];
	const groups = text.split(":");
	const bytes: number[] = [];
	for (const [i, group] of groups.entries()) {
		const quad = mayEndInIpv4 && i === groups.length - 1 ? parseIpv4(group) : undefined;
		const word = Number(`0x${group}`);
		/* Number() also accepts white space. */
		const isHex = word.toString(16).padStart(group.length, "0") === group.toLowerCase();
		if (quad === undefined && (!isHex || group.length > 4)) return undefined;
		bytes.push(...(quad ?? [word >> 8, word & 0xff]));
	}
	return bytes;
}
