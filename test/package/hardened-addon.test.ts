/*
 * The addon compiles without a warning and has the protections that its build
 * requests. They are read from the file, since a compiler may omit them
 * silently.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mustRun } from "../helpers/run-command.ts";

const ADDON = "dist/posix.node";

describe("the addon", () => {
	it("compiles without a warning", async (test) => {
		const directory = mkdtempSync(join(tmpdir(), "sftp-warnings-"));
		test.after(() => rmSync(directory, { recursive: true }));
		const strict = { POSIX_CFLAGS: "-Werror", POSIX_OUTPUT: join(directory, "posix.node") };
		await mustRun("env", [
			...Object.entries(strict).map(([name, value]) => `${name}=${value}`),
			process.execPath,
			"src/package/compile-addon.cjs",
		]);
	});

	it("has read-only tables once it is loaded (full RELRO), and no executable stack", async () => {
		const headers = await mustRun("readelf", ["--wide", "--program-headers", ADDON]);
		assert.match(headers, /^\s*GNU_RELRO\s/m);
		assert.match(headers, /^\s*GNU_STACK\s.*\sRW\s/m);
		const dynamic = await mustRun("readelf", ["--wide", "--dynamic", ADDON]);
		assert.match(dynamic, /\((FLAGS|FLAGS_1|BIND_NOW)\).*\bNOW\b|BIND_NOW/);
		assert.doesNotMatch(dynamic, /\(TEXTREL\)/);
	});

	it("has stack protectors and checked copies", async () => {
		const symbols = await mustRun("readelf", ["--wide", "--dyn-syms", ADDON]);
		assert.match(symbols, /\bUND __stack_chk_fail\b/);
		assert.match(symbols, /\bUND __(memcpy|memmove|snprintf|vsnprintf)_chk\b/);
	});

	it("exports only the entry that node calls", async () => {
		const symbols = await mustRun("readelf", ["--wide", "--dyn-syms", ADDON]);
		const offered = [...symbols.matchAll(/\b(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+(\w+)/g)].map(
			([, name]) => name,
		);
		assert.deepEqual(offered.sort(), ["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
	});
});
