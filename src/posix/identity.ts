/*
 * The words of a file's identity, which the addon's identityAt writes (native/stat.c).
 * They distinguish a file from others that had its name or inode before.
 */

/** Positions of the words. The device has two; the inode and the birth seconds have a high and a low word each. */
export const IdentityWord = {
	DEVICE: 0,
	INODE: 2,
	BIRTH_SECONDS: 4,
	BIRTH_NANOSECONDS: 6,
	/** Whether the file system keeps birth times. */
	HAS_BIRTH: 7,
} as const;

/** Words per identity; IDENTITY_WORDS in native/stat.c. */
export const IDENTITY_WORDS = 8;
