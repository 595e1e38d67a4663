/*
 * The packages where users install them: Debian 13 with its own node, Debian 12
 * with the bundled one, both without compiler and npm. Installs, serves, upgrades,
 * takes node away, removes; nothing is left.
 * node test/helpers/run-script.mjs test/debian/main.ts [--store DIR] [--packages DIR]
 *
 * Needs root, debootstrap and a mirror. `store` keeps the releases; `packages` has
 * packages that were built before.
 */
import assert from "node:assert/strict";
import {
	chmodSync,
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { mustRun } from "../helpers/run-command.ts";
import { Release, releaseBase } from "./release.ts";
import { ReleaseSshd } from "./session.ts";

const CACHE = "usr/lib/sftp-subsystem/dist/sftp-server.cjs.cache";
const ANSWERS = ["renamed", "Remote working directory: /home/ann"];
const NO_NODE = /^sftp-server: cannot start: \/usr\/bin\/node: No such file or directory\r?$/m;
const SERVER = ["openssh-server", "openssh-sftp-server"];

/** Prints whether V8 refuses the cache of the bundle in the directory. */
const REFUSED = `
const { readFileSync } = require("node:fs");
const [file] = process.argv.slice(1);
const source = readFileSync(file);
const cachedData = readFileSync(file + ".cache").subarray(source.length);
const { Script } = require("node:vm");
console.log(new Script(require("node:module").wrap(source + ""), { filename: file, cachedData }).cachedDataRejected);`;

const { values } = parseArgs({
	options: { store: { type: "string", default: "dist/test/debian" }, packages: { type: "string" } },
});
const work = mkdtempSync(join(tmpdir(), "sftp-debian-work-"));

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});

async function main(): Promise<void> {
	chmodSync(work, 0o755);
	try {
		const packages = values.packages ?? (await buildPackages());
		await tryPackage("trixie", ["nodejs", ...SERVER], packages, "sftp-subsystem");
		await tryPackage("bookworm", SERVER, packages, "sftp-subsystem-bundled");
	} finally {
		rmSync(work, { recursive: true });
	}
}

async function buildPackages(): Promise<string> {
	const output = join(work, "packages");
	await mustRun("npm", ["run", "--silent", "package", "--", "--only=deb,bundled", `--output=${output}`], {
		env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" },
	});
	return output;
}

async function tryPackage(
	suite: string,
	include: readonly string[],
	packages: string,
	name: string,
): Promise<void> {
	const said = (what: string): void => console.log(`${suite}: ${what}`);
	const [file] = readdirSync(packages).filter((entry) => entry.startsWith(`${name}_`));
	assert.ok(file !== undefined, `a package ${name} in ${packages}`);
	const base = releaseBase(values.store, suite, include);
	said("release ready");
	const release = new Release(base);
	const place = join(work, suite);
	mkdirSync(place);
	let sshd: ReleaseSshd | undefined;
	try {
		const before = release.files();
		for (const program of ["cc", "npm"]) assert.notEqual(release.run("which", program).status, 0, program);

		const printed = installPackage(release, join(packages, file));
		const [subsystem] = printed.match(/(?<=^Subsystem sftp ).+$/m) ?? [];
		assert.ok(subsystem !== undefined, printed);
		sshd = await ReleaseSshd.start(release, place, subsystem);
		await assertServes(sshd);
		const first = await sshd.command(`${subsystem} --version`);
		said(`installed and served: ${`${first.stdout}`.trim()}`);

		const next = await laterVersion(join(packages, file), place);
		assert.doesNotMatch(installPackage(release, next), /Subsystem/, "advice is for the first time");
		await assertServes(sshd);
		said("upgraded and served");

		if (name === "sftp-subsystem") {
			assertCacheFits(release);
			await replaceNode(release, sshd);
			said("served after node's file changed; without node the start says so");
		}

		await sshd.stop();
		sshd = undefined;
		release.must("dpkg", "--purge", name);
		release.run("userdel", "--remove", "ann");
		const left = release
			.files()
			.filter((path) => !before.includes(path) && !/^\/etc\/(ssh\/ssh_host_|.*-$|\.pwd\.lock)/.test(path));
		assert.deepEqual(left, []);
		said("removed, and nothing is left");
	} finally {
		await sshd?.stop();
		release.close();
	}
}

function installPackage(release: Release, path: string): string {
	const inside = join("/root", basename(path));
	copyFileSync(path, join(release.root, inside));
	const printed = release.must("dpkg", "--install", inside);
	rmSync(join(release.root, inside));
	return printed;
}

async function assertServes(sshd: ReleaseSshd): Promise<void> {
	const { result, answers } = await sshd.session();
	assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
	assert.deepEqual(answers, ANSWERS);
	assert.equal(`${result.stderr}`, "");
}

/** The same package under a later version. */
async function laterVersion(path: string, place: string): Promise<string> {
	const tree = join(place, "tree");
	await mustRun("dpkg-deb", ["--raw-extract", path, tree]);
	const control = join(tree, "DEBIAN/control");
	writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "$&+later"));
	const later = join(place, "later.deb");
	await mustRun("dpkg-deb", ["--root-owner-group", "-Znone", "--build", tree, later]);
	rmSync(tree, { recursive: true });
	return later;
}

function assertCacheFits(release: Release): void {
	const bundle = `/${CACHE}`.replace(/\.cache$/, "");
	assert.equal(release.must("node", "-e", REFUSED, bundle), "false\n");
}

/** Reinstalls node, which dpkg's trigger notices, and takes it away. */
async function replaceNode(release: Release, sshd: ReleaseSshd): Promise<void> {
	const made = statSync(join(release.root, CACHE)).ino;
	release.must("apt-get", "update", "-q");
	release.must("apt-get", "install", "-q", "-y", "--reinstall", "nodejs");
	assert.notEqual(statSync(join(release.root, CACHE)).ino, made, "the cache was made again");
	assertCacheFits(release);
	await assertServes(sshd);

	release.must("mv", "/usr/bin/node", "/usr/bin/node.away");
	const { result } = await sshd.session();
	assert.notEqual(result.status, 0);
	assert.match(`${(await sshd.command("/usr/libexec/sftp-server")).stderr}`, NO_NODE);
	release.must("mv", "/usr/bin/node.away", "/usr/bin/node");
	await assertServes(sshd);
}
