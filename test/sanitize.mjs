/*
 * npm run sanitize -- [--seconds T]: builds the addon under AddressSanitizer and
 * UndefinedBehaviorSanitizer, in a copy of the checkout, and runs the tests of src/posix,
 * the fuzzer and, if OpenSSH's server is installed, the differential tester with it. Fails
 * if a sanitizer reports anything or a test fails.
 */
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	copyFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copyCheckout, runNode, sharedDirectory } from "./helpers/checkout-copy.mjs";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "30" } } });
const FLAGS = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1";
const OPENSSH_SERVER = "/usr/lib/openssh/sftp-server";

const runtime = spawnSync(process.env.CC ?? "cc", ["-print-file-name=libasan.so"], { encoding: "utf8" });
const library = runtime.stdout?.trim() ?? "";
if (!existsSync(library)) {
	process.stderr.write("sanitize: the compiler has no AddressSanitizer (Debian: gcc brings libasan)\n");
	process.exit(1);
}

const copy = copyCheckout("sanitize");
const reports = sharedDirectory(copy, "reports");
/* node itself is not built with it, so leaks at its exit are not reported. */
const sanitizers = {
	LD_PRELOAD: library,
	ASAN_OPTIONS: `detect_leaks=0:quarantine_size_mb=8:exitcode=99:log_path=${reports}/address`,
	UBSAN_OPTIONS: `print_stacktrace=1:halt_on_error=1:exitcode=99:log_path=${reports}/undefined`,
};

const steps = [
	["the addon", () => runNode(copy, ["src/package/compile-addon.cjs"], { POSIX_CFLAGS: FLAGS })],
	["the server", () => runNode(copy, ["src/package/bundle.mjs"])],
	["the sanitizers find a mistake", () => (findsMistake() ? 0 : 1)],
	["test/posix", () => runNode(copy, ["test/run.mjs", "test/posix"], sanitizers)],
	[
		"the fuzzer",
		() => runNode(copy, [...script("fuzz"), "--seed", "5", "--seconds", values.seconds], sanitizers),
	],
	["the fuzzer's finds", () => runNode(copy, [...script("fuzz"), "--replay", ...finds()], sanitizers)],
];
if (existsSync(OPENSSH_SERVER))
	steps.push([
		"the differential tester",
		() => runNode(copy, [...script("differential"), ...differential()]),
	]);

let failed = 0;
for (const [name, step] of steps) {
	const status = step();
	process.stdout.write(`sanitize: ${name}: ${status === 0 ? "well" : `status ${status}`}\n`);
	if (status !== 0) failed++;
}
for (const name of readdirSync(reports)) {
	process.stdout.write(`sanitize: ${name}\n${readFileSync(join(reports, name), "utf8")}\n`);
	failed++;
}
process.stdout.write(`sanitize: ${failed === 0 ? "nothing found" : "FAILED"}\n`);
process.exitCode = failed === 0 ? 0 : 1;

function script(folder) {
	return ["test/helpers/run-script.mjs", `test/${folder}/main.ts`];
}

function finds() {
	return readdirSync(join(copy, "test/fuzz/found")).map((name) => name.replace(/\.json$/, ""));
}

/** A sample of the differential tester's sessions against a server that loads the sanitizers itself. */
function differential() {
	const home = join(copy, "sanitized");
	const plain = join(home, "bin/plain");
	mkdirSync(plain, { recursive: true });
	cpSync(join(copy, "dist"), join(home, "dist"), { recursive: true });
	copyFileSync(join(copy, "bin/sftp-server"), join(home, "bin/sftp-server.cjs"));
	writeFileSync(join(plain, "sftp-server"), 'require("../sftp-server.cjs");\n');
	const lines = [
		"#!/bin/sh",
		...Object.entries(sanitizers).map(([name, value]) => `export ${name}='${value}'`),
		'exec node "$(dirname "$0")/plain/sftp-server" "$@"',
	];
	const subject = join(home, "bin/sftp-server");
	writeFileSync(subject, `${lines.join("\n")}\n`);
	chmodSync(subject, 0o755);
	return ["--subject", subject, "--runs", "150", "--seed", "5"];
}

/** Whether a read beyond a buffer, compiled with the same flags, ends a node. */
function findsMistake() {
	const source = join(copy, "mistake.c");
	const addon = join(copy, "mistake.node");
	writeFileSync(
		source,
		`#include <node_api.h>
		#include <stdlib.h>
		/* Volatile, so that the compiler neither omits the write nor knows its target. */
		NAPI_MODULE_INIT()
		{
			volatile size_t length = 10;
			volatile char *p = malloc(length);
			(void)env;
			p[length] = 1;
			free((void *)p);
			return exports;
		}\n`,
	);
	const headers = join(copy, "node_modules/node-api-headers/include");
	spawnSync(process.env.CC ?? "cc", [
		...FLAGS.split(" "),
		"-shared",
		"-fPIC",
		"-I",
		headers,
		"-o",
		addon,
		source,
	]);
	const options = {
		env: { ...process.env, ...sanitizers, ASAN_OPTIONS: "detect_leaks=0:exitcode=99" },
		encoding: "utf8",
	};
	const { status, stderr } = spawnSync(
		process.execPath,
		["-e", `require(${JSON.stringify(addon)})`],
		options,
	);
	return status === 99 && stderr.includes("heap-buffer-overflow");
}
