/* Plausible mistakes in the rules of Access; install-variant.ts makes them. */
export const FAULTS = [
	"rules are applied to the path as sent",
	"a directory is renamed like a file",
	"a hard link is made without a check",
	"own files are recognized by device and inode alone",
	"a batch without visible entries ends the listing",
] as const;

export type FaultName = (typeof FAULTS)[number];

/**
 * The faults that the campaign can't detect: inodes are seldom reused in it, and its
 * directories are short. attacks.test.ts detects them.
 */
export const UNDETECTED_BY_CAMPAIGN: readonly FaultName[] = [
	"own files are recognized by device and inode alone",
	"a batch without visible entries ends the listing",
];
