/*
 * Runs the tests on this machine's node and on the newest one, from npm's package
 * `node`; both must pass.
 * node test/helpers/run-script.mjs test/e2e/runtimes.ts [test file or folder ...]
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "sftp-runtimes-"));
try {
	// Users created for the tests start this node, too.
	chmodSync(directory, 0o755);
	const runtimes = [process.execPath, installNewest(directory)];
	const outcomes = runtimes.map((node) => ({ version: versionOf(node), passed: passes(node) }));
	for (const { version, passed } of outcomes) console.log(`${version}: ${passed ? "passed" : "failed"}`);
	if (!outcomes.every(({ passed }) => passed)) process.exitCode = 1;
} finally {
	rmSync(directory, { recursive: true });
}

/** Installs npm's package `node` and returns the path of its binary. */
function installNewest(into: string): string {
	writeFileSync(join(into, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
	const { status } = spawnSync("npm", ["install", "node@latest"], { cwd: into, stdio: "inherit" });
	if (status !== 0) throw new Error("npm could not install its package node");
	return join(into, "node_modules/node/bin/node");
}

function versionOf(node: string): string {
	return spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
}

function passes(node: string): boolean {
	console.log(`${versionOf(node)} ${node}`);
	// bin/sftp-server finds node in PATH when a test starts it by its own name.
	const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}` };
	const args = ["test/run.mjs", ...process.argv.slice(2)];
	return spawnSync(node, args, { env, stdio: "inherit" }).status === 0;
}
