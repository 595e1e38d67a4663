/*
 * Makes log text safe to write. Control characters, backslashes and bytes above
 * 7e are encoded as OpenSSH encodes them for syslog (log.c do_log, strnvis with
 * VIS_CSTYLE|VIS_NL|VIS_TAB|VIS_OCTAL), so that a client's file name can't forge a
 * line. OpenSSH leaves tab, newline, return, backspace and bell raw on standard
 * error; here both logs get the same escapes.
 */

/** The longest text in bytes, before and after escaping: OpenSSH's buffers hold 1024 with the final NUL. */
export const TEXT_LIMIT = 1023;

const LETTER_ESCAPES: ReadonlyMap<string, string> = new Map([
	["\\", "\\\\"],
	["\x07", "\\a"],
	["\b", "\\b"],
	["\t", "\\t"],
	["\n", "\\n"],
	["\v", "\\v"],
	["\f", "\\f"],
	["\r", "\\r"],
]);

const PLAIN = /^[ -[\]-~]*$/;

/**
 * Escapes the text of one line, level prefix included. Takes a byte string and
 * returns ASCII of at most TEXT_LIMIT bytes, never cut in the middle of an escape.
 */
export function escapeLine(text: string): string {
	const cut = text.slice(0, TEXT_LIMIT);
	if (PLAIN.test(cut)) return cut;
	let result = "";
	for (const char of cut) {
		const escaped = PLAIN.test(char) ? char : (LETTER_ESCAPES.get(char) ?? octalEscape(char));
		if (result.length + escaped.length > TEXT_LIMIT) break;
		result += escaped;
	}
	return result;
}

function octalEscape(char: string): string {
	return `\\${(char.charCodeAt(0) & 0xff).toString(8).padStart(3, "0")}`;
}
