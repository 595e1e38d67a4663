/*
 * sftp_server_config(5) and the example file name every keyword with its
 * default, and everything that they show is valid.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { defaultOf } from "../../src/settings/keyword.ts";
import { keywordNamed, keywords } from "../../src/settings/keywords.ts";
import { scratch } from "../failing/world.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { mustRun, runCommand } from "../helpers/run-command.ts";
import { evaluate, writeConfig } from "./config.ts";

const PAGE = "man/sftp_server_config.5";
const EXAMPLE = "man/sftp_server_config.example";
const source = readFileSync(PAGE, "utf8");

/** Keywords that are not settings. */
const DIRECTIVES = ["Include", "Match"];

/** The entries of a tagged list in a section of the rendered page: each name's line, and its text. */
async function entries(section: string): Promise<readonly (readonly [name: string, text: string])[]> {
	const page = (await mustRun("mandoc", ["-T", "ascii", "-O", "width=300", PAGE])).replace(/.[\b]/g, "");
	const [, rest = ""] = page.split(`\n${section}\n`);
	const text = rest.slice(0, rest.search(/^[A-Z]/m));
	return [...text.matchAll(/(?<=\n) {5}([A-Z]\w+) \S.*?(?=\n {5}[A-Z]|$)/gs)].map(([entry, name = ""]) => [
		name,
		entry,
	]);
}

describe("the manual page of the configuration file", () => {
	it("has every keyword and no other, in alphabetical order, with its default and how it combines", {
		skip: unlessInstalled("mandoc"),
	}, async () => {
		const listed = (await entries("KEYWORDS")).filter(([name]) => name !== "All");
		const expected = [...keywords.map(({ name }) => name), ...DIRECTIVES].sort();
		assert.deepEqual(
			listed.map(([name]) => name),
			expected,
		);
		for (const [name, text] of listed) {
			const keyword = keywordNamed(name);
			if (keyword === undefined) continue;
			const value = defaultOf(keyword);
			assert.match(
				text,
				value === undefined ? /Default: not set; \w/ : new RegExp(`Default: ${value}\\.`),
				name,
			);
			assert.equal(/All values are collected/.test(text), keyword.repeated === "all", name);
		}
	});

	it("has a valid example for every keyword", (test) => {
		const lines = [...source.matchAll(/^\.Dl ([A-Z].*)$/gm)].map(([, line = ""]) => line);
		const blocks = [...source.matchAll(/\n\.Bd -literal[^\n]*(\n.*?\n)\.Ed\n/gs)].map(
			([, block = ""]) => block,
		);
		const examples = [...lines, ...blocks].map((text) => text.replaceAll("\\&", ""));
		for (const name of [...keywords.map((keyword) => keyword.name), ...DIRECTIVES])
			assert.ok(
				examples.some((text) => new RegExp(`^\\s*${name} `, "m").test(text)),
				name,
			);
		assert.ok(examples.length > keywords.length);
		for (const text of examples)
			assert.equal(typeof evaluate(writeConfig(test, { config: text })), "object", text);
	});

	/* Root, because a file that applies to everybody must not belong to another user. */
	it("shows commands that work", { skip: unlessRoot() }, async (test) => {
		const commands = [...source.matchAll(/^\.Dl [$#] sftp-server (.*)$/gm)].map(([, words = ""]) =>
			words.split(" "),
		);
		assert.equal(commands.length, 2);
		const config = join(scratch(test), "config");
		writeFileSync(config, "");
		for (const words of commands) {
			const args = words.map((word) =>
				word
					.replace("/etc/ssh/sftp_server_config.new", config)
					.replace("user=ann", `user=${userInfo().username}`),
			);
			const { status, stderr } = await runCommand(resolve("bin/sftp-server"), args);
			assert.deepEqual([status, `${stderr}`], [0, ""], words.join(" "));
		}
	});
});

describe("the example of a configuration file", () => {
	const example = readFileSync(EXAMPLE, "utf8");
	const settings = [...example.matchAll(/^#(?: {4})?([A-Z]\w+ .*)$/gm)].map(([, line = ""]) => line);

	it("has every keyword, with its default if there is one, and sets nothing", () => {
		assert.doesNotMatch(example, /^[^#\n]/m);
		for (const keyword of keywords) {
			const value = defaultOf(keyword);
			const found = settings.find((line) => line.startsWith(`${keyword.name} `));
			assert.ok(found !== undefined, keyword.name);
			if (value !== undefined) assert.equal(found, `${keyword.name} ${value}`);
		}
	});

	it("is valid with all of its lines uncommented", (test) => {
		const text = settings.join("\n").replace("LogFormat text", "LogFormat json");
		assert.equal(typeof evaluate(writeConfig(test, { config: text })), "object");
	});
});
