// Makes log text safe to write: control characters and bytes above 7e are
// encoded as OpenSSH does (log.c do_log, openbsd-compat/vis.c strnvis), so that a
// client's file name can't forge a line. Byte strings in, ASCII out.

/** The longest text after escaping, and before it: OpenSSH's buffers are 1024 bytes with the final NUL. */
export const TEXT_LIMIT = 1023;

// OpenSSH's two flag sets: syslog lines have C escapes for the controls that have
// one (VIS_CSTYLE|VIS_NL|VIS_TAB|VIS_OCTAL); stderr lines leave tab, newline,
// return, backspace and bell as they are (VIS_SAFE|VIS_OCTAL).
const SYSLOG_ESCAPES: ReadonlyMap<string, string> = new Map([
	["\\", "\\\\"],
	["\x07", "\\a"],
	["\b", "\\b"],
	["\t", "\\t"],
	["\n", "\\n"],
	["\v", "\\v"],
	["\f", "\\f"],
	["\r", "\\r"],
]);
const STDERR_ESCAPES: ReadonlyMap<string, string> = new Map([
	["\\", "\\\\"],
	["\x07", "\x07"],
	["\b", "\b"],
	["\t", "\t"],
	["\n", "\n"],
	["\r", "\r"],
]);

const PLAIN = /^[ -[\]-~]*$/;

/** Escapes a syslog line's text, which includes its level prefix; at most TEXT_LIMIT bytes. */
export function escapeForSyslog(text: string): string {
	return encode(text, SYSLOG_ESCAPES);
}

/** The same for stderr. */
export function escapeForStderr(text: string): string {
	return encode(text, STDERR_ESCAPES);
}

// Cuts before escaping and again after, as strnvis does: never in the middle of
// an escape.
function encode(text: string, escapes: ReadonlyMap<string, string>): string {
	const cut = text.slice(0, TEXT_LIMIT);
	if (PLAIN.test(cut)) return cut;
	let result = "";
	for (const char of cut) {
		const escaped = char !== "\\" && PLAIN.test(char) ? char : (escapes.get(char) ?? octalEscape(char));
		if (result.length + escaped.length > TEXT_LIMIT) break;
		result += escaped;
	}
	return result;
}

function octalEscape(char: string): string {
	return `\\${(char.charCodeAt(0) & 0xff).toString(8).padStart(3, "0")}`;
}
