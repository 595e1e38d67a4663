/*
 * What the install says when the addon can't be compiled: one sentence, and no
 * file that looks like an addon.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { leftOut } from "../helpers/fast.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";

const directory = mkdtempSync(join(tmpdir(), "sftp-compile-"));
const output = join(directory, "out", "posix.node");
after(() => rmSync(directory, { recursive: true }));

// Node may find the package in many places: beside the checkout, above the
// temporary directory, in NODE_PATH. Only changing the resolution hides it.
const WITHOUT_HEADERS = `
const Module = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
	if (!request.startsWith("node-api-headers")) return resolve.call(this, request, ...rest);
	throw Object.assign(new Error("Cannot find module " + request), { code: "MODULE_NOT_FOUND" });
};
`;

test("a missing compiler is named, with what to install", async () => {
	const result = await compile({ CC: "/nonexistent/cc" });
	assertStopped(
		result,
		'the addon needs a C compiler, and "/nonexistent/cc" can\'t be run: install one (Debian: build-essential) or set CC.',
	);
});

test("missing headers are named, with what to install", async () => {
	const result = await compile({ CC: "cc -nostdinc" });
	assertStopped(
		result,
		"the C library's or the kernel's headers are missing: install them (Debian: libc6-dev linux-libc-dev).",
	);
});

test("a missing npm package is named", async () => {
	const preload = join(directory, "without-headers.cjs");
	writeFileSync(preload, WITHOUT_HEADERS);
	const result = await compile({}, { preload });
	assertStopped(
		result,
		"the npm package node-api-headers, which has the headers of Node-API, is not installed: run npm install.",
	);
});

test("a system other than Linux is refused by name", async () => {
	const preload = join(directory, "elsewhere.cjs");
	writeFileSync(preload, 'Object.defineProperty(process, "platform", { value: "freebsd" });\n');
	const result = await compile({}, { preload });
	assertStopped(result, "only Linux is supported; this system is freebsd.");
});

test("a node that is too old is refused, with its version", async () => {
	const preload = join(directory, "older.cjs");
	for (const [version, isRefused] of [
		["18.20.8", true],
		["20.18.3", true],
		["20.19.0", false],
		["22.0.0", false],
	] as const) {
		writeFileSync(
			preload,
			`Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });\n`,
		);
		const result = await compile({ CC: "/nonexistent/cc" }, { preload });
		const sentence = `node 20.19 or later is required; this is ${version}.`;
		assert.equal(`${result.stderr}`.includes(sentence), isRefused, `${result.stderr}`);
		assert.equal(result.status, 1);
	}
});

test("the compiler's own message precedes the sentence", async () => {
	const { status, stdout, stderr } = await compile({ POSIX_CFLAGS: "-include /nonexistent.h" });
	assert.match(`${stderr}`, /\/nonexistent\.h: No such file/);
	assert.match(`${stderr}`, /\nsftp-subsystem: the addon did not compile; [^\n]+\n$/);
	assert.equal(`${stdout}`, "");
	assert.equal(status, 1);
	assert.deepEqual(readdirSync(join(directory, "out")), []);
});

const whole = { skip: leftOut("compiles the addon") };
test("compiling the addon prints nothing, and the addon has what the server calls", whole, async () => {
	const { status, stdout, stderr } = await compile({});
	assert.equal(`${stdout}${stderr}`, "");
	assert.equal(status, 0);
	assert.deepEqual(readdirSync(join(directory, "out")), ["posix.node"]);
	const exported = await runCommand(process.execPath, [
		"-p",
		`typeof require(${JSON.stringify(output)}).poll`,
	]);
	assert.equal(`${exported.stdout}`, "function\n");
});

function compile(
	env: Record<string, string>,
	{ preload }: { preload?: string } = {},
): Promise<CommandResult> {
	mkdirSync(join(directory, "out"), { recursive: true });
	const args = [...(preload === undefined ? [] : ["--require", preload]), "src/package/compile-addon.cjs"];
	return runCommand(process.execPath, args, { env: { POSIX_OUTPUT: output, ...env } });
}

function assertStopped({ status, stdout, stderr }: CommandResult, sentence: string): void {
	assert.equal(`${stderr}`, `sftp-subsystem: ${sentence}\n`);
	assert.equal(`${stdout}`, "");
	assert.equal(status, 1);
	assert.equal(existsSync(output), false);
}
