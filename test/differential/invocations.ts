/*
 * The table of invocations: every option, valid and invalid, and every state of
 * the environment that OpenSSH's server reacts to. Both programs run each; their
 * stdout, stderr, exit status and log datagrams must be the same.
 */

import { CONNECTION, type Invocation } from "../helpers/worlds.ts";
import { commandLines, LEVELS } from "./command-lines.ts";

/** An invocation, and the reference's exit status, which guards against mistakes in the row. */
export interface InvocationRow extends Invocation {
	readonly exit: number;
}

const INIT = "\0\0\0\x05\x01\0\0\0\x03";
const FACILITIES = ["DAEMON", "USER", "AUTH", "AUTHPRIV"];
const LOCALS = Array.from({ length: 8 }, (_, i) => `LOCAL${i}`);
const NEED_ARGUMENT = ["d", "f", "l", "P", "p", "Q", "u"];
const GOOD_UMASKS = ["0", "022", "0777", "777", " 7", "+7", "\t12", "-0", "00000000077"];
const BAD_UMASKS = [
	"1000",
	"8",
	"-1",
	"",
	" ",
	"7x",
	"x",
	"0x1f",
	"99999999999999999999",
	"-99999999999999999999",
	"07 ",
];
const GOOD_FOLDERS = [
	"%d",
	"%d/sub",
	"/",
	".",
	"a",
	"%%",
	"%u",
	"%U",
	"~",
	"~/sub",
	"~tester",
	"~root",
	"missing",
];
const MORE_FOLDERS = [
	"a/file",
	"%d%u%U%%",
	"",
	"names/high\xff\xfe",
	"a\nb",
	"~root/x/../y",
	"a//b",
	"x".repeat(5000),
];
const BAD_FOLDERS = ["%x", "%", "a%", "%d%", "%%%", "%D", "~nosuch", "~nosuch/x", "% d"];
const LISTS = [
	"stat",
	"",
	",",
	"stat,,realpath",
	",stat",
	"stat, realpath",
	"no-such",
	"STAT",
	"open,close,init,limits",
];
const FORTY = Array.from({ length: 40 }, (_, i) => `x${i}`).join(",");

const loud = (...args: string[]): string[] => ["-e", "-l", "debug3", ...args];
const exits = (exit: number, ...argumentLists: string[][]): InvocationRow[] =>
	argumentLists.map((args) => ({ args, exit }));

const usage: readonly InvocationRow[] = [
	...exits(
		1,
		["-h"],
		["-e", "-h"],
		["-x"],
		["-?"],
		["-eh"],
		["-:"],
		["-ex", "-Q", "requests"],
		["-h", "-Q", "requests"],
	),
	...NEED_ARGUMENT.map((option) => ({ args: [`-${option}`], exit: 1 })),
	...NEED_ARGUMENT.map((option) => ({ args: [`-e${option}`], exit: 1 })),
	{ args: ["-h"], exit: 1, renamed: true },
	{ args: ["-Z"], exit: 1, env: [], renamed: true },
	...exits(
		0,
		[],
		["--"],
		["operand"],
		["-"],
		["operand", "-h"],
		["--", "-h"],
		["-e", "operand", "-l", "debug3"],
		["-R"],
	),
	...exits(
		0,
		["-c"],
		["-c", "command"],
		["-e", "-l", "debug3", "-c", "-h"],
		["-ec", "-Q", "x"],
		["-c", "-l", "bad"],
	),
];

const queries: readonly InvocationRow[] = [
	...exits(
		0,
		["-Q", "requests"],
		["-Qrequests"],
		["-Q", "REQUESTS"],
		["-eQ", "Requests"],
		["-l", "bad", "-Q", "requests"],
	),
	...exits(
		1,
		["-Q", "request"],
		["-Q", ""],
		["-Q", "requests "],
		["-Q", "features"],
		["-l", "bad", "-Q", "x"],
	),
	...exits(0, ["-R", "-P", "stat", "-Q", "requests"], ["-u", "077", "-d", "missing", "-Q", "requests"]),
];

const logging: readonly InvocationRow[] = [
	...LEVELS.flatMap((level) => exits(0, ["-l", level], ["-e", "-l", level], ["-l", level.toLowerCase()])),
	...["loud", "", "debug4", "debug 1", "INFO "].flatMap((level) => exits(1, ["-l", level], ["-el", level])),
	...[...FACILITIES, ...LOCALS].flatMap((name) =>
		exits(0, ["-l", "debug3", "-f", name], ["-eldebug3", `-f${name}`]),
	),
	...["local8", "KERN", "", "auth "].flatMap((name) => [
		...exits(1, ["-f", name], ["-l", "debug3", "-f", name]),
		...exits(0, ["-e", "-l", "debug3", "-f", name], ["-f", name, "-e", "-l", "info"]),
	]),
	...exits(1, ["-f", "bad", "-l", "bad"], ["-e", "-f", "bad", "-l", "bad"]),
	...exits(
		0,
		["-l", "bad", "-l", "info"],
		["-l", "info", "-l", "debug3"],
		["-f", "bad", "-f", "user", "-l", "info"],
	),
	{ args: ["-l", "debug3"], exit: 0, renamed: true },
	{ args: ["-f", "bad"], exit: 1, renamed: true },
];

const policies: readonly InvocationRow[] = [
	...exits(
		255,
		["-p", "stat", "-p", "stat"],
		["-P", "stat", "-P", "open"],
		["-e", "-p", "", "-p", ""],
		["-pa", "-Pb", "-Pc"],
	),
	...[...LISTS, `${FORTY},stat`, `${FORTY.slice(0, -4)},stat`].flatMap((list) => [
		{ args: loud("-P", list), exit: 0, input: INIT },
		{ args: loud("-p", list), exit: 0, input: INIT },
	]),
	{ args: loud("-R", "-P", "limits", "-p", "statvfs"), exit: 0, input: INIT },
	{ args: loud("-R"), exit: 0, input: INIT },
	...GOOD_UMASKS.map((mask) => ({ args: loud("-u", mask), exit: 0 })),
	...BAD_UMASKS.flatMap((mask) => exits(255, ["-u", mask], loud("-u", mask))),
	...exits(0, ["-u", "077", "-u", "022"], ["-u077", "-e"]),
];

const folders: readonly InvocationRow[] = [
	...[...GOOD_FOLDERS, ...MORE_FOLDERS].flatMap((folder) =>
		exits(0, loud("-d", folder), ["-l", "debug3", "-d", folder]),
	),
	...BAD_FOLDERS.flatMap((folder) => exits(255, ["-d", folder], loud("-d", folder))),
	...exits(0, loud("-d", "missing", "-d", "a"), loud("-d", "a", "-d", "missing")),
	{ args: loud("-d", "%d"), exit: 0, uid: 0 },
	{ args: loud("-d", "%u.%U"), exit: 0, uid: 65534 },
	{ args: loud("-d", "locked"), exit: 0 },
];

const environments: readonly InvocationRow[] = [
	...[
		"",
		" ",
		" x",
		"nospace",
		"1.2.3.4 ",
		'a"b c',
		"a\nb c",
		"x".repeat(2000),
		`${"y".repeat(3000)} z`,
		"\xff\xfe 1",
	].flatMap((value) =>
		[loud(), ["-l", "debug3"]].map((args) => ({
			args,
			exit: value.includes(" ") ? 0 : 255,
			env: [`SSH_CONNECTION=${value}`],
		})),
	),
	{ args: loud(), exit: 0, env: [] },
	{ args: [], exit: 255, env: ["SSH_CONNECTION=nospace"] },
	{ args: ["-h"], exit: 1, env: ["SSH_CONNECTION=nospace"] },
	{ args: ["-l", "info"], exit: 0, env: [CONNECTION, "TZ=Asia/Tokyo"] },
	{ args: ["-l", "info"], exit: 0, env: [CONNECTION, "TZ=NST3:30NDT"] },
	{
		args: loud(),
		exit: 0,
		env: [CONNECTION, "HOME=/nowhere", "USER=somebody", "LOGNAME=else", "LANG=de_DE.UTF-8"],
	},
	{ args: loud(), exit: 0, env: [CONNECTION, "NODE_OPTIONS=", "POSIXLY_CORRECT=1"] },
	...[[], ["-h"], ["-Q", "requests"], loud(), ["-l", "bad"]].map((args) => ({ args, exit: 1, uid: 31337 })),
	{ args: loud(), exit: 0, uid: 0 },
	{ args: loud(), exit: 0, uid: 65534 },
	{ args: loud(), exit: 0, closed: [0] },
	{ args: loud(), exit: 0, closed: [0, 1] },
	{ args: loud(), exit: 0, closed: [1] },
	{ args: ["-l", "debug3"], exit: 0, closed: [0, 1, 2] },
	{ args: loud(), exit: 0, closed: [2] },
	{ args: ["-h"], exit: 1, closed: [0] },
	{ args: ["-Q", "requests"], exit: 0, closed: [0, 2] },
];

const inputs: readonly InvocationRow[] = [
	{ args: loud(), exit: 0, input: INIT },
	{ args: ["-l", "debug3"], exit: 0, input: INIT },
	{ args: loud(), exit: 0, input: INIT.slice(0, 5) },
	{ args: loud(), exit: 0, input: `${INIT}\0\0\0\x09\x07\0` },
	{ args: loud(), exit: 11, input: "GET / HTTP/1.0\r\n\r\n" },
	{ args: ["-l", "info"], exit: 11, input: "SSH-2.0-OpenSSH_9.2\r\n" },
	{ args: loud(), exit: 11, input: "\0\x04\0\x01\x01" },
	{ args: loud(), exit: 0, input: "\0\x04\0\x01" },
	{ args: loud(), exit: 0, input: "\0\x04\0\0\x01" },
	{ args: loud(), exit: 255, input: "\0\0\0\x05\x07\0\0\0\x01" },
	{ args: loud(), exit: 255, input: "\0\0\0\x05\xc8\0\0\0\x01" },
	{ args: [], exit: 255, input: "\0\0\0\x05\x63\0\0\0\x01" },
	{ args: loud(), exit: 255, input: "\0\0\0\x04\x01\0\0\0" },
	{ args: loud(), exit: 255, input: "\0\0\0\x01\x01" },
	{ args: ["-l", "info"], exit: 255, input: `${INIT}\0\0\0\x05\x07\0\0\0\x01` },
];

/** The whole table, by group. */
export const invocations: ReadonlyMap<string, readonly InvocationRow[]> = new Map([
	["usage and operands", usage],
	["queries", queries],
	["levels and facilities", logging],
	["policy and umask", policies],
	["start folders", folders],
	["environment, user and descriptors", environments],
	["first bytes", inputs],
	["command lines", commandLines.flatMap(([exit, ...lists]) => exits(exit, ...lists))],
]);
