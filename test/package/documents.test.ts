// The manual page and the README: they render, and they name everything that the
// program takes.
import assert from "node:assert/strict";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { FACILITY_NAMES, LEVEL_NAMES } from "../../src/log/levels.ts";
import { operations } from "../../src/ops/index.ts";
import { commandOptions } from "../../src/settings/command-options.ts";
import { keywords } from "../../src/settings/keywords.ts";
import { clientEnvironment, mustRun, runCommand } from "../helpers/run-command.ts";

const PAGE = "man/sftp-server.8";
const NEXT_SECTION = /^[A-Z]/m;

const skip = (program: string, debianPackage: string) =>
	isInstalled(program) ? false : `needs ${program} (Debian: ${debianPackage})`;

/** A word of each difference that is no addition: a row of the README's table. */
const DIFFERENCES = [
	"end of (the )?input",
	"unknown.*type",
	"short write",
	"copy-data with a length",
	"status",
	"(client|client's end).*(goes away|has gone)",
	"SIGTERM",
	"SIGINT",
	"syslog(.|\\n){0,20} standard error",
	"control characters in names",
	"FIFO",
	"home-directory",
	"go(es)? on\\s+behind its end",
];
/** Those rows that are. */
const ADDITIONS = ["patterns", "long options", "configuration", "JSON", "sandbox", "confine"];

/** Short and long name of each option, as in "-R, --read-only". */
const optionNames = [...keywords, ...commandOptions].map(({ flags }) => flags.replace(/ <.*/, ""));

test("mandoc finds nothing to say about the manual page", { skip: skip("mandoc", "mandoc") }, async () => {
	const { status, stdout, stderr } = await runCommand("mandoc", ["-T", "lint", "-W", "warning", PAGE]);
	assert.equal(`${stdout}${stderr}`, "");
	assert.equal(status, 0);
});

test("groff finds nothing to say about the manual page", { skip: skip("groff", "groff-base") }, async () => {
	const { status, stderr } = await runCommand("groff", ["-mandoc", "-ww", "-Tutf8", PAGE]);
	assert.equal(`${stderr}`, "");
	assert.equal(status, 0);
});

describe("the manual page", { skip: skip("mandoc", "mandoc") }, () => {
	let page: string;
	before(async () => {
		const formatted = await mustRun("mandoc", ["-T", "ascii", "-O", "width=200", PAGE]);
		// Bold and underlined characters are struck twice.
		page = formatted.replace(/.[\b]/g, "");
	});

	test("has an entry for every option, with both names", () => {
		for (const names of optionNames) assert.match(section("DESCRIPTION"), entry(names), names);
	});

	test("has no entry for an option that there is not", () => {
		const entries = section("DESCRIPTION").match(/^ {5}-.+$/gm) ?? [];
		assert.equal(entries.length, optionNames.length, entries.join("\n"));
	});

	test("lists the requests in the order of -Q, and marks those that change something", () => {
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

	test("has the sections that an administrator looks for", () => {
		for (const title of [
			"LOGGING",
			"CONFINEMENT",
			"LIMITS",
			"ENVIRONMENT",
			"FILES",
			"EXIT STATUS",
			"EXAMPLES",
			"COMPATIBILITY",
			"SEE ALSO",
			"STANDARDS",
		])
			assert.notEqual(section(title).trim(), "", title);
	});

	function section(title: string): string {
		const [, rest] = page.split(`\n${title}\n`);
		assert.ok(rest !== undefined, `a section ${title}`);
		const end = rest.search(NEXT_SECTION);
		return end === -1 ? rest : rest.slice(0, end);
	}
});

test("the README names every option", () => {
	const readme = readFileSync("README.md", "utf8");
	for (const names of optionNames)
		for (const name of names.split(", "))
			assert.match(readme, new RegExp(`\`${name}[ \`]`), `${name} of ${names}`);
});

test("the README names every folder of tests, and none that has no tests", () => {
	const named = readFileSync("README.md", "utf8").match(/(?<=`)test\/[a-z0-9-]+(?=`)/g) ?? [];
	const folders = readdirSync("test", { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => `test/${name}`)
		.filter((folder) => testFiles(folder).length > 0);
	assert.deepEqual([...new Set(named)].sort(), folders.sort());
});

test("SECURITY.md names tests that there are", () => {
	const text = readFileSync("SECURITY.md", "utf8");
	const named = text.match(/(?<=`)test\/[a-z0-9-]+(?:\/[a-z-]+\.test\.ts)?(?=`)/g) ?? [];
	assert.ok(named.length > 5, String(named));
	for (const name of named)
		if (name.endsWith(".ts")) accessSync(name, constants.R_OK);
		else assert.notEqual(testFiles(name).length, 0, name);
});

test("the README names every command of the package, and none that there is not", () => {
	const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
	/* npm ci, or the README's other commands, run these. */
	const parts = ["install", "prepare", "build", "check"];
	const named = readFileSync("README.md", "utf8").match(/\bnpm (?:run [a-z:]+|start|test)/g) ?? [];
	const names = new Set(named.map((command) => command.replace(/^npm (run )?/, "")));
	const commands = Object.keys(scripts).filter((name) => !parts.includes(name));
	assert.deepEqual([...names].sort(), commands.sort());
});

test("the README, the manual page and the changelog tell the same differences", () => {
	const readme = readFileSync("README.md", "utf8");
	const page = readFileSync(PAGE, "utf8");
	const changelog = readFileSync("CHANGELOG.md", "utf8");
	const [table, items, entries] = [
		readme.slice(readme.indexOf("\n## Differences"), readme.indexOf("\n## Options")),
		page.slice(page.indexOf("\n.Sh COMPATIBILITY"), page.indexOf("\n.Sh SEE ALSO")),
		changelog.slice(changelog.indexOf("\n### Different")),
	];
	for (const text of [table, items, entries])
		for (const word of DIFFERENCES) assert.match(text, new RegExp(word, "i"), text.slice(0, 40));
	for (const text of [table, items]) for (const word of ADDITIONS) assert.match(text, new RegExp(word, "i"));
	const rows = table.match(/^\| (?!---|\|)/gm) ?? [];
	assert.equal(rows.length, DIFFERENCES.length + ADDITIONS.length, rows.join("\n"));
});

test("links inside the repository lead somewhere", () => {
	// Not the picture: `npm run bench -- --save` draws it.
	for (const name of ["README.md", "SECURITY.md", "CHANGELOG.md"])
		for (const [, target] of readFileSync(name, "utf8").matchAll(/(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)/g))
			if (target !== undefined) accessSync(target, constants.R_OK);
});

test("the version of the package stands in the changelog", () => {
	const { version } = JSON.parse(readFileSync("package.json", "utf8"));
	assert.match(readFileSync("CHANGELOG.md", "utf8"), new RegExp(`^## \\[?${version}\\]?`, "m"));
});

function entry(names: string): RegExp {
	const shown = names.split(", ").map((name) => `${name}( \\S+)?`);
	// The text of a short name stands on its line.
	return new RegExp(`^ {5}${shown.join(", ")}( {2}.*)?$`, "m");
}

function testFiles(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
		name.endsWith(".test.ts"),
	);
}

function isInstalled(program: string): boolean {
	return (clientEnvironment()["PATH"] ?? "").split(":").some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
