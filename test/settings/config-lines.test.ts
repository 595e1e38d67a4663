/* Lines of the configuration file: what they set, and what is said about bad ones. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assigned, evaluate, writeConfig } from "./config.ts";

describe("a valid configuration file", () => {
	const rows: readonly (readonly [text: string, settings: readonly string[]])[] = [
		["", []],
		["\n\n", []],
		["# LogLevel INFO", []],
		["  \t# LogLevel INFO\r\n\t\r\n", []],
		["LogLevel INFO", ["LogLevel INFO"]],
		["\t loglevel \tinfo \t\r\f", ["LogLevel INFO"]],
		["LOGLEVEL=debug2\n", ["LogLevel DEBUG2"]],
		["LogLevel = debug\n", ["LogLevel DEBUG1"]],
		["LogLevel =INFO", ["LogLevel INFO"]],
		['LogLevel "INFO"', ["LogLevel INFO"]],
		['"LogLevel" INFO', ["LogLevel INFO"]],
		["LogLevel 'INFO'", ["LogLevel INFO"]],
		["LogLevel IN'F'O # more", ["LogLevel INFO"]],
		["LogLevel INFO #", ["LogLevel INFO"]],
		["LogFile /a\\ b\nLogFormat json", ["LogFile /a b", "LogFormat json"]],
		['LogFile "/a b\\"\\\\\\n"\nLogFormat json', ['LogFile /a b"\\\\n', "LogFormat json"]],
		["LogFile /a#b\nLogFormat json", ["LogFile /a#b", "LogFormat json"]],
		["LogFile \xff\xfe\nLogFormat json", ["LogFile \xff\xfe", "LogFormat json"]],
		["ReadOnly yes\nreadonly no", ["ReadOnly yes"]],
		["ReadOnly NO\nStrictRequests YES", ["ReadOnly no", "StrictRequests yes"]],
		["Umask 27", ["Umask 0027"]],
		["StartDirectory ~/%u-%U%%", ["StartDirectory /root/root-0%%"]],
		["StartDirectory %d%h", ["StartDirectory /root/root"]],
		["StartDirectory ~daemon/x", ["StartDirectory /usr/sbin/x"]],
		["Confine /a\nConfine /b:ro\nConfine '/c d'", ["Confine /a", "Confine /b:ro", "Confine /c d"]],
		["AllowedRequests open,read*\nDeniedRequests ''", ["AllowedRequests open,read*", "DeniedRequests "]],
		["Match All\nUmask 77\nMatch User x\nUmask 7", ["Umask 0077"]],
		["Umask 22\nMatch All\nUmask 77\nMatch All\nUmask 7", ["Umask 0077"]],
		["Confine /a\nMatch All\nConfine /b", ["Confine /b", "Confine /a"]],
		["Access read /a\nMatch All\nACCESS Hidden '.x y'", ["Access hidden .x y", "Access read /a"]],
	];
	for (const [text, settings] of rows)
		it(`sets what it says: ${JSON.stringify(text)}`, (test) => {
			assert.deepEqual(assigned(evaluate(writeConfig(test, { config: text }))), settings);
		});
});

describe("an invalid configuration file", () => {
	const levels = "one of QUIET FATAL ERROR INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3";
	const criteria = "User, Group, Address, LocalAddress, LocalPort or All";
	const addresses = "addresses, networks such as 192.0.2.0/24, or patterns, separated by commas";
	const rows: readonly (readonly [text: string, error: string])[] = [
		["Foo bar", '1 column 1: unknown keyword "Foo"'],
		["\xef\xbb\xbfLogLevel INFO", '1 column 1: unknown keyword "\xef\xbb\xbfLogLevel"'],
		["\n  Foo", '2 column 3: unknown keyword "Foo"'],
		["LogLevelINFO", '1 column 1: unknown keyword "LogLevelINFO"'],
		["=LogLevel INFO", "1 column 1: expected a keyword"],
		['"" INFO', "1 column 1: expected a keyword"],
		["LogLevel", `1 column 9: LogLevel has no argument: expected ${levels}`],
		["LogLevel  # INFO", `1 column 17: LogLevel has no argument: expected ${levels}`],
		["LogLevel =", `1 column 11: LogLevel has no argument: expected ${levels}`],
		["LogLevel zz", `1 column 10: LogLevel: expected ${levels}, not "zz"`],
		["LogLevel ''", `1 column 10: LogLevel: expected ${levels}, not ""`],
		["LogLevel INFO#", `1 column 10: LogLevel: expected ${levels}, not "INFO#"`],
		["LogLevel INFO DEBUG", "1 column 15: LogLevel takes one argument: expected the end of the line"],
		['LogLevel "INFO', "1 column 10: the quote is not closed"],
		["LogLevel IN'FO", "1 column 12: the quote is not closed"],
		['"LogLevel INFO', "1 column 1: the quote is not closed"],
		["LogLevel INFO\0", "1 column 14: unexpected NUL byte"],
		["ReadOnly true", '1 column 10: ReadOnly: expected yes or no, not "true"'],
		["Umask 8", '1 column 7: Umask: expected an octal number from 0 to 777, not "8"'],
		["Umask 1000", '1 column 7: Umask: expected an octal number from 0 to 777, not "1000"'],
		["LogFormat xml", '1 column 11: LogFormat: expected text or json, not "xml"'],
		["LogFile ''", '1 column 9: LogFile: expected the path of a file, not ""'],
		[
			"StartDirectory /%H",
			'1 column 16: StartDirectory: "/%H": unknown token %H; the tokens are %d %h %u %U %%',
		],
		["Confine %", '1 column 9: Confine: "%": the % at the end must be %%'],
		[
			"Access",
			"1 column 7: Access has no argument: expected full, read, add, drop, none or hidden, and a pattern",
		],
		...["Access read", "Access write /a", "Access read /a /b"].map(
			(line) =>
				[line, "1 column 8: Access: expected full, read, add, drop, none or hidden, and a pattern"] as const,
		),
		["Access read /a/", `1 column 8: Access: "/a/": a pattern can't end in a slash`],
		["Access read ''", '1 column 8: Access: "": the pattern is empty'],
		["Access read ../a", '1 column 8: Access: "../a": no component can be empty, . or ..'],
		["Confine :ro", '1 column 9: Confine: ":ro": the directory is empty'],
		[
			"DeniedRequests a,,b",
			"1 column 16: DeniedRequests: expected request names separated by commas, " +
				'at most 40 and none of them empty, not "a,,b"',
		],
		[
			`AllowedRequests ${"a,".repeat(40)}a`,
			"1 column 17: AllowedRequests: expected request names separated by commas, " +
				`at most 40 and none of them empty, not "${"a,".repeat(40)}a"`,
		],
		["Match User x\nLogLevel zz", `2 column 10: LogLevel: expected ${levels}, not "zz"`],
		["Match", `1 column 6: expected ${criteria}`],
		["Match # all", `1 column 12: expected ${criteria}`],
		["Match Host x", `1 column 7: expected ${criteria}, not "Host"`],
		["Match User", "1 column 11: User: expected names of users or patterns, separated by commas"],
		["Match User # x", "1 column 15: User: expected names of users or patterns, separated by commas"],
		[
			"Match User x Group",
			"1 column 19: Group: expected names or numbers of groups or patterns, separated by commas",
		],
		["Match User a,,b", '1 column 12: expected names of users or patterns, separated by commas, not "a,,b"'],
		["Match User a,", '1 column 12: expected names of users or patterns, separated by commas, not "a,"'],
		["Match User !", '1 column 12: expected names of users or patterns, separated by commas, not "!"'],
		["Match User !a", '1 column 12: "!a" never matches: add a pattern without !, such as *'],
		["Match All User x", "1 column 7: All can't be combined with other criteria"],
		["Match User x All", "1 column 14: All can't be combined with other criteria"],
		['Match User "x', "1 column 12: the quote is not closed"],
		["Match Address x", `1 column 15: expected ${addresses}, not "x"`],
		["Match Address 10.0.0.1/8", `1 column 15: expected ${addresses}, not "10.0.0.1/8"`],
		["Match Address 10.0.0.0/33", `1 column 15: expected ${addresses}, not "10.0.0.0/33"`],
		["Match Address 10.0.0", `1 column 15: expected ${addresses}, not "10.0.0"`],
		["Match Address 010.0.0.1", `1 column 15: expected ${addresses}, not "010.0.0.1"`],
		['Match Address "::1 "', `1 column 15: expected ${addresses}, not "::1 "`],
		["Match Address ::0x1", `1 column 15: expected ${addresses}, not "::0x1"`],
		["Match Address 10.0.0.0/08", `1 column 15: expected ${addresses}, not "10.0.0.0/08"`],
		["Match Address 1:2:3:4:5:6:7:8:9", `1 column 15: expected ${addresses}, not "1:2:3:4:5:6:7:8:9"`],
		["Match Address fe80::1%", `1 column 15: expected ${addresses}, not "fe80::1%"`],
		["Match Address ::1::", `1 column 15: expected ${addresses}, not "::1::"`],
		["Match LocalAddress 10.*,x*z", `1 column 20: expected ${addresses}, not "x*z"`],
		["Match LocalPort 0", '1 column 17: expected a number from 1 to 65535, not "0"'],
		["Match LocalPort 22,23", '1 column 17: expected a number from 1 to 65535, not "22,23"'],
		["Match LocalPort 65536", '1 column 17: expected a number from 1 to 65535, not "65536"'],
		["Include", "1 column 8: Include has no argument: expected files to include"],
		["Include ''", "1 column 9: Include: expected the name of a file"],
		["Include missing", "1 column 9: missing can't be read: No such file or directory"],
		["Include .", "1 column 9: . is not a regular file"],
		["Include config", "1 column 1: files are included more than 16 deep"],
	];
	for (const [text, error] of rows)
		it(`is reported with the place and what was expected: ${JSON.stringify(text.slice(0, 60))}`, (test) => {
			assert.equal(evaluate(writeConfig(test, { config: text })), `config line ${error}`);
		});

	it("is refused when it has more than 1 MiB", (test) => {
		const text = `${"# ".repeat(600_000)}\n`;
		const expected = "config is too long: all files together may have 1048576 bytes";
		assert.equal(evaluate(writeConfig(test, { config: text })), expected);
	});

	it("is refused when it includes more than 1000 files", (test) => {
		const path = writeConfig(test, { config: `Include${" part".repeat(1000)}`, part: "" });
		assert.match(
			String(evaluate(path)),
			/^config line 1 column \d+: part is one file too many: at most 1000 are read$/,
		);
	});
});

describe("an error in a file that is included", () => {
	it("names that file and its line, even when the block does not match", (test) => {
		const files = { config: "Match User nobody-here\nInclude conf.d/*", "conf.d/x": "\nUmask x" };
		const expected = 'conf.d/x line 2 column 7: Umask: expected an octal number from 0 to 777, not "x"';
		assert.equal(evaluate(writeConfig(test, files)), expected);
	});
});
