/* The Debian packages under test, a later version of one, and its removal. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { buildPackages, copySources } from "../helpers/built-packages.ts";
import { FXP, INIT } from "../helpers/packets.ts";
import { mustRun, runCommand } from "../helpers/run-command.ts";
import { installPackage } from "./installation.ts";
import { Release } from "./release.ts";

/** The bundle that every session loads. */
export const BUNDLE = "/usr/lib/sftp-subsystem/dist/sftp-server.cjs";

/** Prints whether V8 refuses the cache of the bundle that the argument names. */
const IS_REFUSED = `
const { readFileSync } = require("node:fs");
const [file] = process.argv.slice(1);
const source = readFileSync(file);
const cachedData = readFileSync(file + ".cache").subarray(source.length);
const { Script } = require("node:vm");
console.log(new Script(require("node:module").wrap(source + ""), { filename: file, cachedData }).cachedDataRejected);`;

/** Asserts that V8's cache exists and that the release's node at this path accepts it. */
export async function assertCacheFits(release: Release, node: string): Promise<void> {
	assert.equal(await release.must(node, "-e", IS_REFUSED, BUNDLE), "false\n");
}

/** Builds a package below `directory`: for the system's node, or with its own. Returns its path. */
export async function buildDeb(directory: string, kind: "deb" | "bundled"): Promise<string> {
	const copy = join(directory, kind);
	copySources(copy, { dist: false });
	const output = await buildPackages(copy, [`--only=${kind}`]);
	const [name, ...others] = readdirSync(output);
	assert.ok(name !== undefined && others.length === 0, `one package in ${output}`);
	return join(output, name);
}

/** The same package with a later version, below `directory`. dpkg runs `preinst`, if given, first. */
export async function laterVersion(deb: string, directory: string, preinst?: string): Promise<string> {
	const place = mkdtempSync(join(directory, "later-"));
	const tree = join(place, "tree");
	await mustRun("dpkg-deb", ["--raw-extract", deb, tree]);
	const control = join(tree, "DEBIAN/control");
	writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "$&+later"));
	if (preinst !== undefined) writeFileSync(join(tree, "DEBIAN/preinst"), preinst, { mode: 0o755 });
	const later = join(place, "later.deb");
	await mustRun("dpkg-deb", ["--root-owner-group", "-Znone", "--build", tree, later]);
	rmSync(tree, { recursive: true });
	return later;
}

/** Installs the package in a copy of the release, serves a session, and removes the package; asserts that all is as before. */
export async function assertLeavesNothing(test: TestContext, base: string, deb: string): Promise<void> {
	const release = new Release(base);
	test.after(() => release.close());
	const before = release.files();
	await installPackage(release, deb);
	assert.notDeepEqual(release.files(), before);
	const session = await runCommand("chroot", [release.root, "/usr/libexec/sftp-server"], { input: INIT });
	assert.equal(session.stdout[4], FXP.VERSION, `${session.stderr}`);
	const name = await mustRun("dpkg-deb", ["--field", deb, "Package"]);
	await release.must("dpkg", "--purge", name.trim());
	assert.deepEqual(release.files(), before);
	assert.notEqual((await release.run("dpkg-query", "--show", name.trim())).status, 0);
}
