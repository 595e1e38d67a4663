/*
 * What a start loads: the parsers of settings, commander, minimatch and pino
 * each have a file that is read only on demand.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { scratch } from "../failing/world.ts";
import { INIT } from "../helpers/packets.ts";
import { runCommand } from "../helpers/run-command.ts";

/** Reports on stderr which files of dist/ the executable reads. */
const WATCHER = `
const fs = require("node:fs");
const { readFileSync } = fs;
fs.readFileSync = (file, ...rest) => {
	const name = /\\/dist\\/\\.?\\/?([^/]+\\.cjs)$/.exec(String(file))?.[1];
	if (name !== undefined) fs.writeSync(2, name + "\\n");
	return readFileSync(file, ...rest);
};
`;

const [SERVER, SETTINGS, COMMANDER, PATTERNS, JSON_LOG] = [
	"sftp-server.cjs",
	"settings.cjs",
	"commander.cjs",
	"minimatch.cjs",
	"json-log.cjs",
];

describe("a start", () => {
	const rows: readonly [args: readonly string[], loaded: readonly string[]][] = [
		[[], [SERVER]],
		[["-R"], [SERVER, SETTINGS, COMMANDER]],
		[
			["-P", "setstat,rename", "-p", "stat,nonsense"],
			[SERVER, SETTINGS, COMMANDER],
		],
		[
			["--strict", "-P", "setstat"],
			[SERVER, SETTINGS, COMMANDER],
		],
		[
			["-P", "set*"],
			[SERVER, SETTINGS, COMMANDER, PATTERNS],
		],
		[
			["-p", "stat,?stat"],
			[SERVER, SETTINGS, COMMANDER, PATTERNS],
		],
		[
			["--log-format", "text"],
			[SERVER, SETTINGS, COMMANDER],
		],
		[
			["--log-format", "json"],
			[SERVER, SETTINGS, COMMANDER, JSON_LOG],
		],
		[
			["--log-format", "json", "-P", "set*"],
			[SERVER, SETTINGS, COMMANDER, JSON_LOG, PATTERNS],
		],
	];
	for (const [args, loaded] of rows) {
		it(`with ${args.join(" ") || "no arguments"} loads ${loaded.join(", ")}`, async (test) => {
			const watcher = join(scratch(test), "watcher.cjs");
			writeFileSync(watcher, WATCHER);
			const program = ["--require", watcher, resolve("bin/sftp-server"), ...args];
			const { status, stdout, stderr } = await runCommand(process.execPath, program, { input: INIT });
			assert.deepEqual([status, stdout[4]], [0, 2]);
			assert.deepEqual(`${stderr}`.trimEnd().split("\n"), loaded);
		});
	}
});

describe("dist/", () => {
	/** A word from each package that a minifier does not change. */
	const words: readonly [word: string, file: string][] = [
		["commander.unknownOption", COMMANDER],
		["pino.", JSON_LOG],
		["pattern is too long", PATTERNS],
	];
	for (const [word, file] of words) {
		it(`has "${word}" only in ${file}`, () => {
			const files = readdirSync("dist").filter((name) => name.endsWith(".cjs"));
			assert.deepEqual(
				files.filter((name) => readFileSync(join("dist", name), "latin1").includes(word)),
				[file],
			);
		});
	}
});
