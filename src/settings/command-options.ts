/* The options that are not settings: their names and their help lines. */

export type Command =
	| "config"
	| "assign"
	| "check"
	| "print"
	| "connection"
	| "query"
	| "stop"
	| "usage"
	| "help"
	| "version";

export interface CommandOption {
	readonly command: Command;
	/** In commander's form. */
	readonly flags: string;
	readonly help: string;
}

/** In the order of --help. */
export const commandOptions: readonly CommandOption[] = [
	{
		command: "config",
		flags: "--config <file>",
		help: "read this configuration file, or none",
	},
	{
		command: "assign",
		flags: "-o, --option <keyword=value>",
		help: "set a keyword as in the configuration file",
	},
	{
		command: "check",
		flags: "-t, --check",
		help: "check configuration file and options, and exit with status 0 or 255",
	},
	{
		command: "print",
		flags: "-T, --print-settings",
		help: "the same, and print the effective settings",
	},
	{
		command: "connection",
		flags: "-C, --connection <session>",
		help: "user and connection for -t and -T: user=NAME,group=NAME,addr=IP,laddr=IP,lport=N",
	},
	{
		command: "query",
		flags: "-Q, --query <feature>",
		help: "print information, one item per line, and exit: requests",
	},
	{
		command: "stop",
		flags: "-c, --command",
		help: "ignore all following arguments: for users whose login shell is this program",
	},
	{
		command: "usage",
		flags: "-h, --usage",
		help: "print the usage on stderr and exit with status 1, as OpenSSH does",
	},
	{ command: "help", flags: "--help", help: "print this help and exit" },
	{ command: "version", flags: "--version", help: "print the version and exit" },
];
