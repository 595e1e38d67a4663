/*
 * Compiles src/launcher into the executable of an installed server, which contains the
 * paths of node and of the first script.
 *
 * It is linked statically if possible (on Debian, glibc's libc.a comes with its headers),
 * so that variables like LD_PRELOAD do not affect it.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const { readdirSync } = require("node:fs");
const { join } = require("node:path");

const sources = join(__dirname, "..", "launcher");

const FLAGS = [
	"-std=gnu11",
	"-O2",
	"-g0",
	"-Wall",
	"-Wextra",
	"-Wformat=2",
	"-D_FORTIFY_SOURCE=2",
	"-fstack-protector-strong",
	"-pthread",
	"-s",
	"-Wl,-z,relro,-z,now,-z,noexecstack",
];

/** Linker flags, in the order in which they are tried. */
const LINKING = [["-static-pie"], ["-static"], ["-pie"]];

/**
 * Writes a launcher that starts `script` with `node` to `output`. `nodeFlags` are further
 * options of node. Returns undefined, or the compiler's messages.
 */
function compileLauncher({ node, script, nodeFlags = [], output, extra = [] }) {
	const [compiler, ...words] = (process.env.CC || "cc").split(" ").filter(Boolean);
	const files = readdirSync(sources).filter((name) => name.endsWith(".c"));
	const args = [
		...words,
		...FLAGS,
		"-fPIE",
		`-DNODE=${quoted(node)}`,
		`-DSCRIPT=${quoted(script)}`,
		`-DNODE_FLAGS=${nodeFlags.map((flag) => `${quoted(flag)},`).join("")}`,
		...extra,
		...files.sort().map((name) => join(sources, name)),
		...["-o", output],
	];
	let complaint;
	for (const linking of LINKING) {
		const { status, error, stderr } = spawnSync(compiler, [...args, ...linking], { encoding: "utf8" });
		if (status === 0) return undefined;
		complaint = error === undefined ? stderr : `"${compiler}" can't be run: ${error.message}\n`;
	}
	return complaint;
}

/** Writes any text as a C string. */
function quoted(text) {
	const escaped = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
	return /^[\w@%+=:,./-]*$/.test(text) ? `"${text}"` : `"${escaped.join("")}"`;
}

module.exports = { compileLauncher };
