/*
 * The texts that options print: OpenSSH's three lines of usage, and the list of --help.
 */

/** OpenSSH's usage text (sftp-server.c sftp_server_usage), which goes to stderr. */
export function usage(programName: string): string {
	return (
		`usage: ${programName} [-ehR] [-d start_directory] [-f log_facility] [-l log_level]\n` +
		"\t[-P denied_requests] [-p allowed_requests] [-u umask]\n" +
		`       ${programName} -Q protocol_feature\n`
	);
}

/** The text of --help: one line for each option, with the help lines in one column. */
export function helpText(
	programName: string,
	options: readonly { readonly flags: string; readonly help: string }[],
): string {
	const rows = options.map(({ flags, help }) => ({
		flags: flags.startsWith("--") ? `    ${flags}` : flags,
		help,
	}));
	const width = Math.max(...rows.map(({ flags }) => flags.length));
	const lines = rows.map(({ flags, help }) => `  ${flags.padEnd(width)}  ${help}\n`);
	return `usage: ${programName} [option ...]\n${lines.join("")}`;
}
