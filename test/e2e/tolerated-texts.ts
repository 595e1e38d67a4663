/*
 * The one difference that a client may show: for status 4 OpenSSH's server says
 * "Failure" and this one gives the system's message. Nothing else is tolerated.
 */

/** This server's texts for status 4 that the scripts meet, each with its cause. */
const TOLERATED_TEXTS: readonly (readonly [text: string, met: string])[] = [
	["File exists", "making a directory, a link or a new name that is there already"],
	["Directory not empty", "removing or replacing a directory that holds something"],
	["Is a directory", "writing to a directory or removing it as a file"],
	["No space left on device", "a full disk"],
	["Operation not supported", "changing the mode of a symbolic link itself"],
];

/** The text with every tolerated message replaced by OpenSSH's. */
export function withoutTolerated(text: string): string {
	return TOLERATED_TEXTS.reduce((masked, [tolerated]) => masked.replaceAll(tolerated, "Failure"), text);
}
