/*
 * A client's handles: open files and directories under small numbers. The number freed
 * last is reused first, as in OpenSSH; clients don't care, but logs and tests can
 * compare.
 */
import type { OpenDirectory } from "../files/open-directory.ts";
import type { Ending, OpenFile } from "../files/open-file.ts";
import { handlesPermitted } from "../posix/open-files-limit.ts";

/**
 * Handles that are issued without looking for the limit, which may take reading /proc.
 * Few clients hold more, and no process starts with so low a limit that it permits fewer.
 */
const UNCHECKED_HANDLES = 2;

export type Handle = OpenFile | OpenDirectory;

export class HandleTable {
	readonly #slots: (Handle | undefined)[] = [];
	readonly #freed: number[] = [];
	#limit: number | undefined;

	/**
	 * Whether the client has as many handles as it may. They are counted here, since each
	 * costs memory, and the kernel would permit more than in OpenSSH's server: node raises
	 * its soft limit to the hard one.
	 */
	get full(): boolean {
		const count = this.#slots.length - this.#freed.length;
		if (count < UNCHECKED_HANDLES) return false;
		this.#limit ??= Number(handlesPermitted());
		return count >= this.#limit;
	}

	/** Adds the handle and returns its number. */
	add(handle: Handle): number {
		const number = this.#freed.pop() ?? this.#slots.length;
		this.#slots[number] = handle;
		return number;
	}

	/** The handle with that number; undefined for -1 and every number not in use. */
	get(number: number): Handle | undefined {
		return number >= 0 ? this.#slots[number] : undefined;
	}

	file(number: number): OpenFile | undefined {
		const handle = this.get(number);
		return handle?.kind === "file" ? handle : undefined;
	}

	/** Removes a handle and finishes it; returns the result of its `finish`. */
	finish(number: number, ending: Ending): number {
		const handle = this.get(number);
		if (handle === undefined) throw new RangeError(`no handle ${number}`);
		this.#slots[number] = undefined;
		this.#freed.push(number);
		return handle.finish(ending);
	}

	/** All handles with their numbers, in numerical order. */
	*entries(): Iterable<readonly [number: number, handle: Handle]> {
		for (const [number, handle] of this.#slots.entries()) if (handle !== undefined) yield [number, handle];
	}
}
