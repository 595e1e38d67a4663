/*
 * The words into which the addon's identityAt writes what tells a file from all that
 * ever had its name or its number (native/files.c).
 */

/** Positions of the words; the device has two, the inode and the seconds of birth each a high and a low one. */
export const IdentityWord = {
	DEVICE: 0,
	INODE: 2,
	BIRTH_SECONDS: 4,
	BIRTH_NANOSECONDS: 6,
	/** Whether the file system keeps birth times. */
	HAS_BIRTH: 7,
} as const;

/** Words per identity; IDENTITY_WORDS in native/files.c. */
export const IDENTITY_WORDS = 8;
