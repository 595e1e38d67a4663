// The texts that the command line can answer with: OpenSSH's three lines of
// usage, and the list of --help.

/** OpenSSH's usage text (sftp-server.c sftp_server_usage), which goes to stderr. */
export function usage(programName: string): string {
	return (
		`usage: ${programName} [-ehR] [-d start_directory] [-f log_facility] [-l log_level]\n` +
		"\t[-P denied_requests] [-p allowed_requests] [-u umask]\n" +
		`       ${programName} -Q protocol_feature\n`
	);
}

/** The text of --help: one line for each option that has a description, descriptions in one column. */
export function help(
	programName: string,
	options: readonly { readonly flags: string; readonly description?: string }[],
): string {
	const rows = options.flatMap(({ flags, description }) =>
		description === undefined
			? []
			: [{ flags: flags.startsWith("--") ? `    ${flags}` : flags, description }],
	);
	const width = Math.max(...rows.map(({ flags }) => flags.length));
	const lines = rows.map(({ flags, description }) => `  ${flags.padEnd(width)}  ${description}\n`);
	return `usage: ${programName} [option ...]\n${lines.join("")}`;
}
