/*
 * Names of users and groups from the C library, and so from NSS, cached: a directory
 * with many files has few owners.
 */
import { addon, type Passwd } from "./addon.ts";
import { type ByteString, toBytes } from "./byte-string.ts";

/** IDs cached before the cache starts over, so that a client can't make it grow without bound. */
const CACHE_LIMIT = 1024;

export function userById(uid: number): Passwd | undefined {
	return addon.getpwuid(uid) ?? undefined;
}

/** Finds a user by name; undefined for a name with a NUL. */
export function userByName(name: ByteString): Passwd | undefined {
	if (name.includes("\0")) return undefined;
	const bytes = toBytes(name);
	return addon.getpwnam(bytes, 0, bytes.length) ?? undefined;
}

/** A group's id by its name. */
export function groupByName(name: ByteString): number | undefined {
	if (name.includes("\0")) return undefined;
	const bytes = toBytes(name);
	return addon.getgrnam(bytes, 0, bytes.length) ?? undefined;
}

/** A group's name, or undefined if there is none. */
export function groupName(gid: number): ByteString | undefined {
	return addon.getgrgid(gid) ?? undefined;
}

/** Looks up each name once, with `ask`. */
export class NameCache {
	readonly #names = new Map<number, string>();
	readonly #ask: (id: number) => string | undefined;

	constructor(ask: (id: number) => string | undefined) {
		this.#ask = ask;
	}

	/** The name, or the id in digits when it has none, padded to 8 columns (ls_file). */
	column(id: number): string {
		const known = this.#names.get(id);
		if (known !== undefined) return known;
		if (this.#names.size >= CACHE_LIMIT) this.#names.clear();
		const column = (this.#ask(id) ?? String(id)).padEnd(8);
		this.#names.set(id, column);
		return column;
	}
}
