/*
 * The addon compiles without a warning and has the protections that its build
 * requests. They are read from the file, since a compiler may omit them
 * silently.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { mustRun } from "../helpers/run-command.ts";

const ADDON = "dist/posix.node";

describe("the addon", () => {
	/** Compiles the addon, to a file below a directory that ends with the test, and returns its ELF header. */
	async function compileStrictly(test: TestContext, compiler: string): Promise<string> {
		const directory = mkdtempSync(join(tmpdir(), "sftp-warnings-"));
		test.after(() => rmSync(directory, { recursive: true }));
		const output = join(directory, "posix.node");
		/* The kernel's headers, without those of the C library beside them. */
		const headers = join(directory, "headers");
		mkdirSync(headers);
		for (const name of ["linux", "asm-generic"]) symlinkSync(`/usr/include/${name}`, join(headers, name));
		symlinkSync(
			`/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/asm`,
			join(headers, "asm"),
		);
		await mustRun(process.execPath, ["src/package/compile-addon.cjs"], {
			env: {
				CC: compiler.replace("HEADERS", headers),
				POSIX_CFLAGS: "-D_FORTIFY_SOURCE=2 -Werror",
				POSIX_OUTPUT: output,
			},
		});
		return mustRun("readelf", ["--file-header", output]);
	}

	it("compiles without a warning", async (test) => {
		await compileStrictly(test, "cc");
	});

	it("compiles without a warning for arm64", {
		skip: unlessInstalled("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"),
	}, async (test) => {
		assert.match(await compileStrictly(test, "aarch64-linux-gnu-gcc"), /Machine: +AArch64$/m);
	});

	it("compiles without a warning for musl", { skip: unlessInstalled("musl-tools") }, async (test) => {
		await compileStrictly(test, "musl-gcc -isystem HEADERS");
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
