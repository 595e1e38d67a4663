/* The rights that a rule of Access can give, and what each permits. */

export const RIGHTS = ["full", "read", "add", "drop", "none", "hidden"] as const;
export type Right = (typeof RIGHTS)[number];

/** The properties of an existing file that rights depend on. */
export interface FileProperties {
	readonly isDirectory: boolean;
	/** Whether this session created it. Called only if the right depends on it. */
	isOwn(): boolean;
}

/* The permissions in a right. */
const SEE = 1;
const READ = 2;
const CREATE = 4;
const CHANGE = 8;
/** Seeing, reading and changing what the session created. */
const OWN = 16;

const CONTENTS: Readonly<Record<Right, number>> = {
	full: SEE | READ | CREATE | CHANGE | OWN,
	read: SEE | READ,
	add: SEE | READ | CREATE | OWN,
	drop: CREATE | OWN,
	none: SEE,
	hidden: 0,
};

/** Whether a listing, STAT and LSTAT show the file. */
export function isSeen(right: Right, file: FileProperties): boolean {
	return (CONTENTS[right] & SEE) !== 0 || (right === "drop" && (file.isDirectory || file.isOwn()));
}

/** Whether contents, entries and the target of a link may be read. */
export function isReadable(right: Right, file: FileProperties): boolean {
	return (CONTENTS[right] & READ) !== 0 || (right === "drop" && (file.isDirectory || file.isOwn()));
}

/** Whether something new may be created. */
export function isCreatable(right: Right): boolean {
	return (CONTENTS[right] & CREATE) !== 0;
}

/** Whether the file may be changed, replaced, renamed and removed. */
export function isChangeable(right: Right, file: FileProperties): boolean {
	return (CONTENTS[right] & CHANGE) !== 0 || (dependsOnOwner(right) && file.isOwn());
}

/** Whether the right gives more over files that the session created. */
export function dependsOnOwner(right: Right): boolean {
	return (CONTENTS[right] & (OWN | CHANGE)) === OWN;
}

/** Whether `right` permits nothing that `other` does not, for any file. */
export function isWithin(right: Right, other: Right): boolean {
	return (CONTENTS[right] & ~CONTENTS[other]) === 0;
}
