/*
 * Compiles src/posix/native into dist/posix.node with the machine's C compiler, or copies
 * the prebuilt addon of npm's package if that can be loaded. Runs during installation. If
 * something is missing, says so in one sentence and fails.
 *
 * The compiler is called directly, not through node-gyp: the addon uses only Node-API,
 * whose headers are in the npm package node-api-headers. So node's own headers, make and
 * python are not needed, and nothing is downloaded. POSIX_CFLAGS sets extra flags, for
 * the sanitizers, and POSIX_OUTPUT another output file.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } = require("node:fs");
const { dirname, join } = require("node:path");

const root = join(__dirname, "..", "..");
const native = join(root, "src/posix/native");
const output = process.env.POSIX_OUTPUT || join(root, "dist/posix.node");

const FLAGS = [
	"-std=gnu11",
	"-O2",
	"-g0",
	"-Wall",
	"-Wextra",
	"-Wformat=2",
	"-fPIC",
	"-fvisibility=hidden",
	"-fstack-protector-strong",
	"-fno-strict-aliasing",
	"-pthread",
	"-shared",
	"-Wl,-z,relro,-z,now,-z,noexecstack",
];

function stop(sentence) {
	process.stderr.write(`sftp-subsystem: ${sentence}\n`);
	process.exit(1);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19))
	stop(`node 20.19 or later is required; this is ${process.versions.node}.`);
if (process.platform !== "linux") stop(`only Linux is supported; this system is ${process.platform}.`);

const unfinished = `${output}.${process.pid}`;
mkdirSync(dirname(output), { recursive: true });

/** Copies the prebuilt addon, if there is one and neither flags nor an output file are set. */
function takePrebuilt() {
	const prebuilt = join(root, "prebuilt", `linux-${process.arch}`, "posix.node");
	if (process.env.POSIX_OUTPUT || process.env.POSIX_CFLAGS || !existsSync(prebuilt)) return false;
	// In a separate process, since an incompatible file may crash it.
	const { status } = spawnSync(process.execPath, ["-e", "require(process.argv[1])", prebuilt], {
		stdio: "ignore",
	});
	if (status !== 0) return false;
	copyFileSync(prebuilt, unfinished);
	renameSync(unfinished, output);
	return true;
}

if (takePrebuilt()) process.exit(0);

let headers;
try {
	headers = join(dirname(require.resolve("node-api-headers/package.json")), "include");
} catch {
	stop(
		"the npm package node-api-headers, which has the headers of Node-API, is not installed: run npm install.",
	);
}

const compiler = (process.env.CC || "cc").split(" ").filter(Boolean);
const probe = spawnSync(compiler[0], [...compiler.slice(1), "-x", "c", "-E", "-"], {
	input: "#include <stdlib.h>\n#include <linux/landlock.h>\n#include <linux/seccomp.h>\n",
	encoding: "utf8",
});
if (probe.error)
	stop(
		`the addon needs a C compiler, and "${compiler[0]}" can't be run: install one (Debian: build-essential) or set CC.`,
	);
if (probe.status !== 0)
	stop(
		`the C library's or the kernel's headers are missing: install them (Debian: libc6-dev linux-libc-dev).`,
	);

const sources = readdirSync(native)
	.filter((name) => name.endsWith(".c"))
	.sort()
	.map((name) => join(native, name));
const extra = (process.env.POSIX_CFLAGS || "-D_FORTIFY_SOURCE=2").split(" ").filter(Boolean);
const { status } = spawnSync(
	compiler[0],
	[...compiler.slice(1), ...FLAGS, ...extra, "-I", headers, "-o", unfinished, ...sources],
	{ stdio: ["ignore", "inherit", "inherit"] },
);
if (status !== 0 || !existsSync(unfinished)) {
	rmSync(unfinished, { force: true });
	stop("the addon did not compile; the compiler's messages are above.");
}
renameSync(unfinished, output);
