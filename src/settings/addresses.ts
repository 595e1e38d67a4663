/* Addresses and networks of Match, as OpenSSH's addr.c and addrmatch.c compare them. */

/** 4 or 16 bytes; the scope is what follows the "%" of a link-local address. */
export interface Address {
	readonly bytes: readonly number[];
	readonly scope: string;
}

export interface Network {
	readonly address: Address;
	readonly prefixBits: number;
}

/** Undefined for what is no address: dotted quad without leading zeros, or IPv6. */
export function parseAddress(text: string): Address | undefined {
	if (!text.includes(":")) {
		const bytes = parseIpv4(text);
		return bytes && { bytes, scope: "" };
	}
	const [, digits = "", scope = ""] = /^([^%]*)(?:%(.+))?$/s.exec(text) ?? [];
	const bytes = parseIpv6(digits);
	return bytes && { bytes, scope };
}

/** An address alone is a network of one. Undefined for a bad length, or bits set beyond it. */
export function parseNetwork(text: string): Network | undefined {
	const [, host = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/s.exec(text) ?? [];
	const address = parseAddress(host);
	if (address === undefined) return undefined;
	const allBits = address.bytes.length * 8;
	const prefixBits = length === undefined ? allBits : Number(length);
	if (prefixBits > allBits) return undefined;
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

function parseIpv4(text: string): readonly number[] | undefined {
	const parts = text.split(".");
	if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
	const bytes = parts.map(Number);
	return bytes.every((byte) => byte <= 0xff) ? bytes : undefined;
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
		if (quad === undefined && !/^[\da-fA-F]{1,4}$/.test(group)) return undefined;
		const word = Number.parseInt(group, 16);
		bytes.push(...(quad ?? [word >> 8, word & 0xff]));
	}
	return bytes;
}
