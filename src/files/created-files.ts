/*
 * What a session has created, by identity: device, inode, birth time and the inode's
 * generation, so that neither a name nor a reused inode makes somebody else's file the
 * session's own. Bounded, since a client can create files as long as it likes.
 *
 * A birth time is that of the clock's last tick. Where the file system has no file
 * handles, and so shows no generation, an inode that is freed and used again within a
 * tick, some milliseconds, can't be told from the first.
 */
import { addon } from "../posix/addon.ts";
import { IDENTITY_WORDS, IdentityWord } from "../posix/identity.ts";
import { ITSELF } from "../posix/path.ts";

/** Most files that are remembered, some 300 bytes each; those that the session removes make room. */
const CREATED_FILES_MAX = 200_000;

/** MAX_HANDLE_SZ (fcntl.h). */
const HANDLE_MAX_BYTES = 128;

export class CreatedFiles {
	readonly limit: number;
	readonly #identities = new Set<string>();
	/* Work space; no call leaves anything in it that the next needs. */
	readonly #words = new Uint32Array(IDENTITY_WORDS);
	readonly #handle = Buffer.alloc(HANDLE_MAX_BYTES);

	/** @param limit the most files that are kept in mind */
	constructor(limit = CREATED_FILES_MAX) {
		this.limit = limit;
	}

	get isFull(): boolean {
		return this.#identities.size >= this.limit;
	}

	/**
	 * Keeps in mind a file that the session has just created, named as the *at calls
	 * take it. False if it can't be told from others later: its file system keeps no
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

	/** Forgets a descriptor's file, which no longer has a name. */
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
