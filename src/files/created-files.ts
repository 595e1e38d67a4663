/*
 * What a session has created, by identity: device, inode and birth time, so that
 * neither a name nor a reused inode makes somebody else's file the session's own.
 * Bounded, since a client can create files as long as it likes.
 */
import { addon } from "../posix/addon.ts";
import { IDENTITY_WORDS, IdentityWord } from "../posix/identity.ts";

/** Most files kept in mind, some 100 bytes each; those that are removed make room. */
export const CREATED_FILES_MAX = 200_000;

const ITSELF = Buffer.alloc(0);

export class CreatedFiles {
	readonly #identities = new Set<string>();
	readonly #words = new Uint32Array(IDENTITY_WORDS);

	get isFull(): boolean {
		return this.#identities.size >= CREATED_FILES_MAX;
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

	/** Forgets a descriptor's file, which has no name any more. */
	delete(fd: number): void {
		const identity = this.#identity(fd, ITSELF);
		if (identity !== undefined) this.#identities.delete(identity);
	}

	#identity(directory: number, name: Buffer): string | undefined {
		const words = this.#words;
		if (addon.identityAt(directory, name, 0, name.length, words) < 0) return undefined;
		return words[IdentityWord.HAS_BIRTH] === 1 ? words.join(" ") : undefined;
	}
}
