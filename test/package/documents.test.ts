/*
 * The manual pages and the README: they render, they name every option and
 * request of the program's tables, and what they refer to exists.
 */
import assert from "node:assert/strict";
import { accessSync, constants, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { FACILITY_NAMES, LEVEL_NAMES } from "../../src/log/levels.ts";
import { operations } from "../../src/ops/index.ts";
import { commandOptions } from "../../src/settings/command-options.ts";
import { keywords } from "../../src/settings/keywords.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { mustRun, runCommand } from "../helpers/run-command.ts";

const PAGE = "man/sftp-server.8";
const CONFIG_PAGE = "man/sftp_server_config.5";
const NEXT_SECTION = /^[A-Z]/m;

/** Short and long name of each option, as in "-R, --read-only". */
const optionNames = [...keywords, ...commandOptions].map(({ flags }) => flags.replace(/ <.*/, ""));

for (const page of [PAGE, CONFIG_PAGE]) {
	test(`${page} passes mandoc's checks`, { skip: unlessInstalled("mandoc") }, async () => {
		const { status, stdout, stderr } = await runCommand("mandoc", ["-T", "lint", "-W", "warning", page]);
		assert.equal(`${stdout}${stderr}`, "");
		assert.equal(status, 0);
	});

	test(`${page} passes groff's checks`, { skip: unlessInstalled("groff-base") }, async () => {
		const { status, stderr } = await runCommand("groff", ["-mandoc", "-ww", "-Tutf8", page]);
		assert.equal(`${stderr}`, "");
		assert.equal(status, 0);
	});
}

describe("the manual page", { skip: unlessInstalled("mandoc") }, () => {
	let page: string;
	before(async () => {
		const formatted = await mustRun("mandoc", ["-T", "ascii", "-O", "width=200", PAGE]);
		// Bold and underlined characters are struck twice.
		page = formatted.replace(/.[\b]/g, "");
	});

	test("has an entry for every option, with both names", () => {
		for (const names of optionNames) assert.match(section("DESCRIPTION"), entry(names), names);
	});

	test("has no entry for an option that does not exist", () => {
		const entries = section("DESCRIPTION").match(/^ {5}-.+$/gm) ?? [];
		assert.equal(entries.length, optionNames.length, entries.join("\n"));
	});

	test("lists the requests in the order of -Q, and marks those that make changes", () => {
		const listed = [...section("REQUESTS").matchAll(/^ {5}([a-z-]+) {2,}.*?( \*)?$/gm)]
			.map(([, name, mark]) => ({ name, writes: mark !== undefined }))
			.slice(1);
		assert.deepEqual(
			listed,
			operations.map(({ name, writes }) => ({ name, writes })),
		);
	});

	test("names every log level and facility", () => {
		const words = new Set(section("DESCRIPTION").split(/[^A-Z0-9]+/));
		const range = FACILITY_NAMES.filter((name) => !/^LOCAL[1-6]$/.test(name));
		for (const name of [...LEVEL_NAMES, ...range]) assert.ok(words.has(name), name);
	});

	function section(title: string): string {
		const [, rest] = page.split(`\n${title}\n`);
		assert.ok(rest !== undefined, `a section ${title}`);
		const end = rest.search(NEXT_SECTION);
		return end === -1 ? rest : rest.slice(0, end);
	}
});

test("the README names only commands that exist", () => {
	const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
	const named = readFileSync("README.md", "utf8").matchAll(/\bnpm (?:run ([a-z:]+)|(start|test))/g);
	for (const [command, script, word = script ?? ""] of named) assert.ok(word in scripts, command);
});

test("links inside the repository lead to files that exist", () => {
	// Except the picture, which `npm run bench -- --save` draws.
	for (const name of ["README.md", "SECURITY.md", "CHANGELOG.md"])
		for (const [, target] of readFileSync(name, "utf8").matchAll(/(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)/g))
			if (target !== undefined) accessSync(target, constants.R_OK);
});

test("the version is the same in the package, the program, the changelog and the manual pages", async () => {
	const { version } = JSON.parse(readFileSync("package.json", "utf8"));
	const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
	assert.deepEqual([lock.version, lock.packages[""].version], [version, version]);
	const [newest] = readFileSync("CHANGELOG.md", "utf8").match(/(?<=^## \[)[^\]]+/m) ?? [];
	assert.equal(newest, version);
	for (const page of [PAGE, CONFIG_PAGE])
		assert.match(readFileSync(page, "utf8"), new RegExp(`^\\.Os sftp-subsystem ${version}$`, "m"), page);
	assert.match(
		await mustRun(process.execPath, ["bin/sftp-server", "--version"]),
		new RegExp(`\\b${version}\\n$`),
	);
});

function entry(names: string): RegExp {
	const shown = names.split(", ").map((name) => `${name}( \\S+)?`);
	// The text of a short name is on the same line.
	return new RegExp(`^ {5}${shown.join(", ")}( {2}.*)?$`, "m");
}
