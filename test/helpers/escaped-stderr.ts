/*
 * OpenSSH's log lines on standard error as this server writes them: OpenSSH leaves
 * five control characters raw there and has no letters for two more; this server
 * escapes as both do for syslog. The words are those of OpenSSH 10.0.
 */

/** The longest text between an escaped line's beginning and its line end. */
const LINE_LIMIT = 1021;
const ESCAPES_LIMIT = 1023;

const LETTERS: Readonly<Record<string, string>> = {
	"\x07": "\\a",
	"\b": "\\b",
	"\t": "\\t",
	"\n": "\\n",
	"\r": "\\r",
	"\\013": "\\v",
	"\\014": "\\f",
};

/**
 * All of OpenSSH's standard error (one character per byte) with its log lines escaped. Text after
 * the last CR LF is not a log line. A CR LF in a name can't be distinguished from the end of a line.
 */
export function escapedStderr(stderr: string): string {
	const lines = stderr.split("\r\n");
	const rest = lines.pop() ?? "";
	return [...lines.map(escapedLine), rest].join("\r\n");
}

/** A log line of OpenSSH as version 10.0 words it. */
export function inNewerWords(line: string): string {
	return line.replace(/^((?:debug1: )?request \d+: sent handle )handle (?=\d+$)/, "$1");
}

function escapedLine(line: string): string {
	let escaped = "";
	for (const token of inNewerWords(line).match(/\\\\|\\[0-7]{3}|./gs) ?? []) {
		const here = LETTERS[token] ?? token;
		if (escaped.length + here.length > ESCAPES_LIMIT) break;
		escaped += here;
	}
	return escaped.slice(0, LINE_LIMIT);
}
