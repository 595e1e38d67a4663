/*
 * The files that a session has created, by device, inode, birth time and inode
 * generation. So neither a name nor a reused inode makes a foreign file the session's
 * own. Bounded, since a client can create any number of files.
 *
 * Birth times have the resolution of the clock's tick, some milliseconds. On a file
 * system without file handles, and so without generations, an inode that is freed and
 * reused within one tick is mistaken for the first.
 */
import { addon } from "../posix/addon.ts";
import { IDENTITY_WORDS, IdentityWord } from "../posix/identity.ts";
import { ITSELF } from "../posix/path.ts";

/** The most files remembered, at some 300 bytes each. Files that the session removes make room. */
const CREATED_FILES_MAX = 200_000;

/** MAX_HANDLE_SZ (fcntl.h). */
const HANDLE_MAX_BYTES = 128;

export class CreatedFiles {
	readonly limit: number;
	readonly #identities = new Set<string>();
	/* Scratch space, valid within one call only. */
	readonly #words = new Uint32Array(IDENTITY_WORDS);
	readonly #handle = Buffer.alloc(HANDLE_MAX_BYTES);

	/** @param limit the most files remembered */
	constructor(limit = CREATED_FILES_MAX) {
		this.limit = limit;
	}

	get isFull(): boolean {
		return this.#identities.size >= this.limit;
	}

	/**
	 * Remembers a file that the session has just created, named as the *at calls take it.
	 * Returns false if the file could not be recognized later: its file system keeps no
	 * birth times, or it is gone.
	 */
	add(directory: number, name: Buffer = ITSELF): boolean {
		const identity = this.#identity(directory, name);
		if (identity === undefined) return false;
		if (!this.isFull) this.#identities.add(identity);
		return true;
	}

	/** Whether the session created the file. */
	has(directory: number, name: Buffer = ITSELF): boolean {
		if (this.#identities.size === 0) return false;
		const identity = this.#identity(directory, name);
		return identity !== undefined && this.#identities.has(identity);
	}

	/** Forgets a descriptor's file, whose last name was removed. */
	delete(fd: number): void {
		const identity = this.#identity(fd, ITSELF);
		if (identity !== undefined) this.#identities.delete(identity);
	}

	#identity(directory: number, name: Buffer): string | undefined {
		const words = this.#words;
		if (addon.identityAt(directory, name, 0, name.length, words) < 0) return undefined;
		if (words[IdentityWord.HAS_BIRTH] !== 1) return undefined;
		const handle = this.#handle;
		const length = addon.handleAt(directory, name, 0, name.length, handle, 0, handle.length);
		return `${words.join(" ")} ${handle.toString("latin1", 0, Math.max(0, length))}`;
	}
}
