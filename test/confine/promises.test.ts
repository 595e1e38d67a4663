/* SECURITY.md says which tests show its promises: the tests exist, and each promise has one. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, it } from "node:test";

const page = readFileSync("SECURITY.md", "utf8");
const begin = page.indexOf("| promise |");
const table = page.slice(begin, page.indexOf("\n\n", begin));
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync("package.json", "utf8")).scripts;
/** The names in backquotes in the last column of each row. */
const shown = table
	.trimEnd()
	.split("\n")
	.filter((line) => line.startsWith("|"))
	.slice(2)
	.map((row) => [...(row.split("|").at(-2) ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));

function isTest(path: string): boolean {
	if (!existsSync(path)) return false;
	if (statSync(path).isFile()) return path.endsWith(".test.ts");
	return readdirSync(path, { recursive: true }).some((entry) => entry.toString().endsWith(".test.ts"));
}

describe("SECURITY.md", () => {
	it("has a test for each promise", () => {
		assert.ok(shown.length > 10);
		for (const [i, names] of shown.entries()) assert.ok(names.length > 0, `row ${i}`);
	});

	it("names only tests and files that exist", () => {
		for (const name of shown.flat()) {
			const [, script] = /^npm run (\S+)$/.exec(name) ?? [];
			assert.ok(script === undefined ? isTest(name) : script in scripts, name);
		}
		for (const [, path = ""] of page.matchAll(/`(src\/[^`]+)`/g)) assert.ok(existsSync(path), path);
	});
});
