/* The options that are no settings: what they are called and what --help says about them. */

export type Command = "query" | "stop" | "usage" | "help" | "version";

export interface CommandOption {
	readonly command: Command;
	/** As commander takes them. */
	readonly flags: string;
	readonly help: string;
}

/** In the order of --help. */
export const commandOptions: readonly CommandOption[] = [
	{
		command: "query",
		flags: "-Q, --query <feature>",
		help: "print what is asked for, one a line, and exit: requests",
	},
	{
		command: "stop",
		flags: "-c, --command",
		help: "ignore all that follows: for a user whose login shell this program is",
	},
	{
		command: "usage",
		flags: "-h, --usage",
		help: "print the usage on stderr and exit with status 1, as OpenSSH does",
	},
	{ command: "help", flags: "--help", help: "print this and exit" },
	{ command: "version", flags: "--version", help: "print the version and exit" },
];
