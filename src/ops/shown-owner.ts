/*
 * HideOwners: in all attributes sent to the client, the session's user and group replace
 * the owner.
 */
import { type DirectoryRecords, NAME_LENGTH_WORD, nextRecord } from "../posix/directory.ts";
import { StatWord } from "../posix/stat.ts";
import type { Owner } from "../session/rules.ts";

/** Puts the owner into the stat at `at` in `words`. */
export function showOwner(words: Uint32Array, at: number, { uid, gid }: Owner): void {
	words[at + StatWord.UID] = uid;
	words[at + StatWord.GID] = gid;
}

/** Puts the owner into the first `count` records. */
export function showOwnerInRecords({ words }: DirectoryRecords, count: number, owner: Owner): void {
	for (let i = 0, at = 0; i < count; i++) {
		showOwner(words, at, owner);
		at = nextRecord(at, words[at + NAME_LENGTH_WORD] ?? 0);
	}
}
