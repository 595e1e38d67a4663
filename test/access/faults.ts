/* Deliberate faults in the rules of Access (install-variant.ts): mistakes that somebody might make. */
export const FAULTS = [
	"the path as it was sent is judged",
	"a directory is renamed as a file is",
	"a link is made to whatever is there",
	"files are told by device and inode",
	"a batch that is filtered to nothing ends the listing",
] as const;

export type FaultName = (typeof FAULTS)[number];

/**
 * Those that the campaign's sequences do not show: a file seldom gets the inode of one
 * that was removed, and no directory is long enough. attacks.test.ts shows them.
 */
export const BEYOND_SEQUENCES: readonly FaultName[] = [
	"files are told by device and inode",
	"a batch that is filtered to nothing ends the listing",
];
