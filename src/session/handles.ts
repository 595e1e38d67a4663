/*
 * The handles that a client holds: open files and directories under small
 * numbers. A freed number goes on a stack and the next handle takes it from
 * there, as in OpenSSH; clients don't care, but logs and tests can compare.
 */
import type { DirectoryReader } from "../posix/directory.ts";
import { handleLimit } from "../posix/open-files-limit.ts";

/** So many are given out without asking for the limit, which takes a look into /proc. */
const SURELY_PERMITTED = 100;

interface OpenHandle {
	/** As the client named it; a copy, owned by the handle. */
	readonly path: Buffer;
	readonly fd: number;
	/** For the duration in the log; milliseconds since 1970. */
	readonly openedAtMs: number;
}

export interface FileHandle extends OpenHandle {
	readonly kind: "file";
	readonly writable: boolean;
	/** Writes go to the end whatever their offset. */
	readonly appends: boolean;
	bytesRead: number;
	bytesWritten: number;
	/** False once the file turned out not to be one whose pages can be spliced. */
	spliceable: boolean;
	/** Whether the last READ got all it asked for: then there is more of the file, most likely. */
	readInFull: boolean;
}

export interface DirHandle extends OpenHandle {
	readonly kind: "directory";
	readonly reader: DirectoryReader;
}

export type Handle = FileHandle | DirHandle;

export class HandleTable {
	readonly #slots: (Handle | undefined)[] = [];
	readonly #freed: number[] = [];
	#writableFiles = 0;
	#limit: number | undefined;

	/**
	 * Whether the client holds as many handles as it may. The kernel would permit
	 * more than OpenSSH's server gets, since node raises its soft limit to the hard
	 * one; each handle costs memory, so they are counted here.
	 */
	get full(): boolean {
		const count = this.#slots.length - this.#freed.length;
		if (count < SURELY_PERMITTED) return false;
		this.#limit ??= Number(handleLimit());
		return count >= this.#limit;
	}

	/** Takes the handle in and returns its number. */
	add(handle: Handle): number {
		if (handle.kind === "file" && handle.writable) this.#writableFiles++;
		const freed = this.#freed.pop();
		const number = freed ?? this.#slots.length;
		this.#slots[number] = handle;
		return number;
	}

	/** The handle with that number; undefined for -1 and every number not in use. */
	get(number: number): Handle | undefined {
		return number >= 0 ? this.#slots[number] : undefined;
	}

	file(number: number): FileHandle | undefined {
		const handle = this.get(number);
		return handle?.kind === "file" ? handle : undefined;
	}

	directory(number: number): DirHandle | undefined {
		const handle = this.get(number);
		return handle?.kind === "directory" ? handle : undefined;
	}

	/** Forgets a handle; closing its descriptor is the caller's. */
	remove(number: number): void {
		const handle = this.get(number);
		if (handle === undefined) return;
		if (handle.kind === "file" && handle.writable) this.#writableFiles--;
		this.#slots[number] = undefined;
		this.#freed.push(number);
	}

	/** Whether the client could change a file through a handle it holds. */
	get anyWritable(): boolean {
		return this.#writableFiles > 0;
	}

	/** All handles in the order of their numbers. */
	*all(): Iterable<Handle> {
		for (const handle of this.#slots) if (handle !== undefined) yield handle;
	}
}
