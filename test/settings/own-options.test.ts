/* Options and names that OpenSSH does not have. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { commandOptions } from "../../src/settings/command-options.ts";
import type { Exit } from "../../src/settings/exit.ts";
import { keywords } from "../../src/settings/keywords.ts";
import { type Loaded, loadSettings } from "../../src/settings/load.ts";
import { defaultSettings, type Settings } from "../../src/settings/settings.ts";
import { loadContext, requestNames } from "./context.ts";

/** The outcome, and the complaints sent to syslog. */
function parse(args: readonly string[]): { outcome: Loaded | Exit; complaints: string[] } {
	const complaints: string[] = [];
	const sink = { write: (_level: Level, _name: string, { text }: { text: string }) => complaints.push(text) };
	const context = loadContext(new Logger(Level.ERROR, sink));
	return { outcome: loadSettings(args.map(asByteString), context), complaints };
}

/** The Settings, with plain strings. */
type Expected = {
	[K in keyof Settings]?: NonNullable<Settings[K]> extends string
		? string
		: K extends "confine"
			? readonly { directory: string; readOnly: boolean }[]
			: K extends "root"
				? { directory: string; readOnly: boolean }
				: Settings[K];
};

describe("a valid option of this server's own", () => {
	const rows: readonly (readonly [args: readonly string[], settings: Expected])[] = [
		[[], {}],
		[["--strict"], { strictRequests: true }],
		[["--no-sandbox"], { sandbox: false }],
		[["--log-format", "text"], { logFormat: "text" }],
		[["--log-format=json"], { logFormat: "json" }],
		[["--log-format", "json", "--log-format", "text"], { logFormat: "text" }],
		[["--log-format", "json", "--log-file", "-x y"], { logFormat: "json", logFile: "-x y" }],
		[["--log-file=\xff", "--log-format=json"], { logFormat: "json", logFile: "\xff" }],
		[["--log-file=a", "--log-format=json", "--log-file=b"], { logFormat: "json", logFile: "b" }],
		[["-m", "0640"], { forceFileMode: 0o640 }],
		[["--force-file-mode=0", "-M777"], { forceFileMode: 0, forceDirectoryMode: 0o777 }],
		[["--force-group=33"], { forceGroup: { text: asByteString("33"), gid: 33 } }],
		[["--force-group", "www-data"], { forceGroup: { text: asByteString("www-data"), gid: 33 } }],
		[["--default-file-mode=660"], { defaultFileMode: 0o660 }],
		[["--default-directory-mode", "0770"], { defaultDirectoryMode: 0o770 }],
		[["--mode-mask=6022"], { modeMask: 0o6022 }],
		[["--ignore-attributes=times,mode"], { ignoreAttributes: ["mode", "times"] }],
		[["--ignore-attributes=none"], { ignoreAttributes: [] }],
		[["--hide-owners"], { hideOwners: true }],
		[["--confine", "/srv"], { confine: [{ directory: "/srv", readOnly: false }] }],
		[["--confine=/srv:ro"], { confine: [{ directory: "/srv", readOnly: true }] }],
		[["--confine=/srv:ro/"], { confine: [{ directory: "/srv:ro/", readOnly: false }] }],
		[["--confine=/srv:ro:ro"], { confine: [{ directory: "/srv:ro", readOnly: true }] }],
		[["--confine=/srv:rw"], { confine: [{ directory: "/srv:rw", readOnly: false }] }],
		[["--confine=~"], { confine: [{ directory: "/root/", readOnly: false }] }],
		[["--confine=~:ro"], { confine: [{ directory: "/root/", readOnly: true }] }],
		[["--confine=~daemon/%u-%U%%"], { confine: [{ directory: "/usr/sbin/root-0%", readOnly: false }] }],
		[
			["--confine", "%d/up", "--confine", "/srv/\xff:ro"],
			{
				confine: [
					{ directory: "/root/up", readOnly: false },
					{ directory: "/srv/\xff", readOnly: true },
				],
			},
		],
		[["--root", "/srv/"], { root: { directory: "/srv/", readOnly: false } }],
		[["--root=%h/in"], { root: { directory: "/root/in", readOnly: false } }],
		[["--root=~daemon/%u:ro"], { root: { directory: "/usr/sbin/root", readOnly: true } }],
		[["--root=/a", "--root=/b"], { root: { directory: "/b", readOnly: false } }],
		/* Homes in the root are shown as the client sees them. */
		[
			["-d", "%d/in", "--root=/root/"],
			{ startDirectory: "//in", root: { directory: "/root/", readOnly: false } },
		],
		[
			["--root=/usr", "-d", "~daemon"],
			{ startDirectory: "/sbin/", root: { directory: "/usr", readOnly: false } },
		],
		[
			["--root=/usr/s", "-d", "~daemon"],
			{ startDirectory: "/usr/sbin/", root: { directory: "/usr/s", readOnly: false } },
		],
		[["-R", "--", "--help"], { readOnly: true }],
		[["-c", "--help"], {}],
		[["operand", "--strict"], {}],
		[
			["--strict", "-eu22", "--no-sandbox"],
			{ strictRequests: true, logStderr: true, umask: 0o22, sandbox: false },
		],
		[["-d", ""], { startDirectory: "" }],
		[["-d", "~"], { startDirectory: "/root/" }],
		[["-p", "a,,b", "-P", ""], { allowedRequests: "a", deniedRequests: "" }],
		[["-u", "-0"], { umask: 0 }],
		[["-o", "LogLevel=INFO"], { logLevel: Level.INFO }],
		[["-oLogLevel=INFO"], { logLevel: Level.INFO }],
		[["-o", "loglevel INFO"], { logLevel: Level.INFO }],
		[["-o", "LogLevel = 'INFO' # comment"], { logLevel: Level.INFO }],
		[["--option=ReadOnly=yes"], { readOnly: true }],
		[["-R", "-oReadOnly=no"], {}],
		[["-oReadOnly=no", "-R"], { readOnly: true }],
		[["-oLogLevel=INFO", "-oLogLevel=DEBUG2"], { logLevel: Level.DEBUG2 }],
		[["-l", "zz", "-oLogLevel=INFO"], { logLevel: Level.INFO }],
		[["--no-sandbox", "-o", "Sandbox yes"], {}],
		[["--config", "none"], {}],
		[["--config=none", "--strict"], { strictRequests: true }],
		[
			["-oConfine=/a", "--confine=/b:ro"],
			{
				confine: [
					{ directory: "/a", readOnly: false },
					{ directory: "/b", readOnly: true },
				],
			},
		],
		[["-e", "-f", "zz"], { logStderr: true }],
	];
	for (const [args, settings] of rows) {
		it(`is accepted: ${args.join(" ") || "none"}`, () => {
			assert.deepEqual(parse(args).outcome, {
				kind: "serve",
				settings: { ...defaultSettings, ...settings },
			});
		});
	}
});

const LEVELS = "one of QUIET FATAL ERROR INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3";

describe("an invalid value of this server's own option", () => {
	const rows: readonly (readonly [args: readonly string[], sentence: string])[] = [
		[["--log-format", "xml"], '--log-format: expected text or json, not "xml"'],
		[["--log-format="], '--log-format: expected text or json, not ""'],
		[["--log-format", "JSON"], '--log-format: expected text or json, not "JSON"'],
		[["--log-format", "\x1b[2J\n\xff"], '--log-format: expected text or json, not "\\033[2J\\n\\377"'],
		[["-m", "1000"], '--force-file-mode: expected an octal number from 0 to 777, not "1000"'],
		[["-m", "-1"], '--force-file-mode: expected an octal number from 0 to 777, not "-1"'],
		[["-M", "8"], '--force-directory-mode: expected an octal number from 0 to 777, not "8"'],
		[["--force-group="], '--force-group: expected the name or number of a group, not ""'],
		[
			["--force-group", "4294967295"],
			'--force-group: expected the name or number of a group, not "4294967295"',
		],
		[["--mode-mask", "10000"], '--mode-mask: expected an octal number from 0 to 7777, not "10000"'],
		...["size", "mode,", "mode,mode", ""].map(
			(list) =>
				[
					[`--ignore-attributes=${list}`],
					`--ignore-attributes: expected none, or some of mode, owner and times, separated by commas, not "${list}"`,
				] as const,
		),
		[["--log-file", ""], '--log-file: expected the path of a file, not ""'],
		[["--log-file", "x"], "--log-file: requires LogFormat json"],
		[["--log-file", "x", "--log-format", "text"], "--log-file: requires LogFormat json"],
		[["-o", ""], "-o: expected Keyword=value"],
		[["-o", "# LogLevel INFO"], "-o: expected Keyword=value"],
		[["-o", "Loglevel"], `-o: Loglevel has no argument: expected ${LEVELS}`],
		[["-o", "LogLevel=zz"], `-o: LogLevel: expected ${LEVELS}, not "zz"`],
		[["-o", "LogLevel=INFO DEBUG"], "-o: LogLevel takes one argument: expected the end of the line"],
		[["-o", "LogLevel='INFO"], "-o: the quote is not closed"],
		[["-o", "Foo=bar"], '-o: unknown keyword "Foo"'],
		[["-o", "Match=All"], '-o: unknown keyword "Match"'],
		[["-o", "Include=x"], '-o: unknown keyword "Include"'],
		[
			["-o", "StartDirectory=~no-such-user"],
			'-o StartDirectory: "~no-such-user": there is no user no-such-user',
		],
		[["--config", ""], "--config: expected the path of a file, or none"],
		[["--confine", ""], '--confine: "": the directory is empty'],
		[["--confine", ":ro"], '--confine: ":ro": the directory is empty'],
		[["--confine", "~nobody-here/x"], '--confine: "~nobody-here/x": there is no user nobody-here'],
		[["--confine", "/%H"], '--confine: "/%H": unknown token %H; the tokens are %d %h %u %U %%'],
		[["--confine", "/%"], '--confine: "/%": the % at the end must be %%'],
		[["--root", ""], '--root: "": the directory is empty'],
		[["--root", "/a", "--confine", "/a"], "--root: can't be combined with Confine"],
		[["-oConfine=/a", "-oRoot=/a"], "-o Root: can't be combined with Confine"],
		[["--confine", "/x", "--confine", "/%", "-Z"], '--confine: "/%": the % at the end must be %%'],
	];
	for (const [args, sentence] of rows) {
		it(`ends with one sentence: ${JSON.stringify(args)}`, () => {
			const { outcome, complaints } = parse(args);
			assert.deepEqual(outcome, {
				kind: "exit",
				status: 1,
				stdout: "",
				stderr: `sftp-server: ${sentence}\n`,
			});
			assert.deepEqual(complaints, []);
		});
	}

	it("is also logged when it is invalid for the session's user", () => {
		const { outcome, complaints } = parse(["--force-group", "nobodys"]);
		const sentence = '--force-group: there is no group "nobodys"';
		assert.equal(outcome.kind === "exit" ? outcome.stderr : "", `sftp-server: ${sentence}\n`);
		assert.deepEqual(complaints, [sentence]);
	});

	it("ends with one sentence when a path becomes too long", () => {
		const { outcome } = parse(["--confine", `~/${"x".repeat(4095)}`]);
		assert.match(outcome.kind === "exit" ? outcome.stderr : "", /: the path is too long\n$/);
	});
});

describe("a long name used incorrectly", () => {
	for (const arg of [
		"--strict=1",
		"--read-only=yes",
		"--no-read-only",
		"--sandbox",
		"--stric",
		"--log-format",
		"--confine",
	]) {
		it(`gives the usage: ${arg}`, () => {
			const { outcome } = parse([arg]);
			assert.ok(
				outcome.kind === "exit" &&
					outcome.status === 1 &&
					outcome.stderr.startsWith("usage: sftp-server [-ehR]"),
			);
			assert.equal(outcome.stdout, "");
		});
	}
});

describe("a long name of an option of OpenSSH's", () => {
	const rows: readonly (readonly [long: readonly string[], short: readonly string[]])[] = [
		[["--read-only"], ["-R"]],
		[["--log-stderr"], ["-e"]],
		[
			["--log-level", "debug2"],
			["-l", "debug2"],
		],
		[["--log-level=zz"], ["-l", "zz"]],
		[["--log-level="], ["-l", ""]],
		[
			["--log-facility", "local3"],
			["-f", "local3"],
		],
		[["--log-facility=zz"], ["-f", "zz"]],
		[
			["--start-directory", "~/x"],
			["-d", "~/x"],
		],
		[["--start-directory=%x"], ["-d", "%x"]],
		[["--start-directory=~no-such-user"], ["-d", "~no-such-user"]],
		[
			["--denied-requests", "open"],
			["-P", "open"],
		],
		[
			["--denied-requests=a", "-P", "b"],
			["-P", "a", "-P", "b"],
		],
		[
			["--allowed-requests", "open"],
			["-p", "open"],
		],
		[
			["--allowed-requests=a", "-p", "b"],
			["-p", "a", "-p", "b"],
		],
		[
			["--umask", "-0"],
			["-u", "-0"],
		],
		[["--umask=9"], ["-u", "9"]],
		[
			["--query", "requests"],
			["-Q", "requests"],
		],
		[["--query=x"], ["-Q", "x"]],
		[
			["--command", "--help"],
			["-c", "--help"],
		],
		[["--usage"], ["-h"]],
		[["--umask"], ["-u"]],
		[
			["-oAllowedRequests=a", "-oAllowedRequests=b"],
			["-p", "a", "-p", "b"],
		],
		[
			["-oDeniedRequests=a", "--denied-requests=b"],
			["-P", "a", "-P", "b"],
		],
	];
	for (const [long, short] of rows) {
		it(`does what the short one does: ${long.join(" ")}`, () => {
			assert.deepEqual(parse(long), parse(short));
		});
	}
});

describe("--help and --version", () => {
	it("print on stdout and exit with status 0 when an error follows them", () => {
		assert.deepEqual(parse(["-e", "--version", "-Z"]).outcome, {
			kind: "exit",
			status: 0,
			stdout: "sftp-server 1.2.3\n",
			stderr: "",
		});
		const { outcome } = parse(["--help", "-u", "9"]);
		assert.ok(outcome.kind === "exit" && outcome.status === 0 && outcome.stderr === "");
	});

	it("have no effect after an error", () => {
		assert.deepEqual(parse(["-u", "9", "--help"]).complaints, ['Invalid umask "9"']);
	});

	it("--help has a first line and one line for each option", () => {
		const { outcome } = parse(["--help"]);
		const [first, ...lines] = (outcome.kind === "exit" ? outcome.stdout : "").trimEnd().split("\n");
		assert.equal(first, "usage: sftp-server [option ...]");
		const shown = [...keywords, ...commandOptions];
		assert.equal(lines.length, shown.length);
		for (const [i, { flags, help }] of shown.entries()) {
			assert.match(lines[i] ?? "", /^ {2}(-\w,| {3}) --[a-z-]+/);
			assert.ok(lines[i]?.includes(flags) && lines[i]?.endsWith(`  ${help}`));
		}
	});

	it("--query prints the requests, one per line", () => {
		const { outcome } = parse(["-Q", "requests"]);
		assert.equal(outcome.kind === "exit" && outcome.stdout, `${requestNames.join("\n")}\n`);
	});
});
