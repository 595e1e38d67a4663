/*
 * `npm run package -- [--output=DIR] [--only=KIND,...] [--arch=ARCH]`: builds the
 * server and these packages:
 *
 * npm      sftp-subsystem-VERSION.tgz, for npm, with a prebuilt addon
 * deb      sftp-subsystem_VERSION_ARCH.deb, for the system's node
 * bundled  sftp-subsystem-bundled_VERSION_ARCH.deb, with its own node
 * tar      sftp-subsystem-VERSION-ARCH.tar.xz, the same for /opt, without dpkg
 *
 * ARCH is node's name of another architecture, arm64 or x64, for which Debian's cross
 * compiler is used. V8's cache can only be made on such a machine: the Debian packages
 * make it when they are installed, the archive has none. npm's package is only for this
 * machine's architecture.
 *
 * Builds are reproducible: times are those of the last commit (SOURCE_DATE_EPOCH if there
 * is none), the owner is root, and entries are sorted.
 */
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundledNode } from "./bundled-node.mjs";
import { buildDeb } from "./deb.mjs";
import { root } from "./root.mjs";

const USAGE = "npm run package -- [--output=DIR] [--only=npm,deb,bundled,tar] [--arch=arm64|x64]";
/** By node's name of an architecture: Debian's name, and the prefix of its cross tools. */
const ARCHITECTURES = {
	x64: { debian: "amd64", tools: "x86_64-linux-gnu-" },
	arm64: { debian: "arm64", tools: "aarch64-linux-gnu-" },
};
const OPT = "/opt/sftp-subsystem";
/** The packages' maintainer, unless Debian's variables name one. */
const MAINTAINER = "sftp-subsystem maintainers <sftp-subsystem@packages.invalid>";

const kinds = { npm: npmTarball, deb: () => deb("sftp-subsystem"), bundled: bundledDeb, tar: tarball };
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function stop(sentence) {
	process.stderr.write(`sftp-subsystem: ${sentence}\n`);
	process.exit(1);
}

const { output, only, arch } = readArguments();
const isForeign = arch !== process.arch;
const architecture = ARCHITECTURES[arch]?.debian ?? arch;
const tools = isForeign ? ARCHITECTURES[arch].tools : "";
const epochSeconds = sourceDateEpoch();
const work = mkdtempSync(join(tmpdir(), "sftp-package-"));
process.umask(0o022);
try {
	mkdirSync(output, { recursive: true });
	run("npm", ["run", "--silent", "build"]);
	for (const kind of only) process.stdout.write(`${kinds[kind]()}\n`);
} catch (error) {
	process.exitCode = 1;
	process.stderr.write(`sftp-subsystem: ${error.message}\n`);
} finally {
	rmSync(work, { recursive: true, force: true });
}

function readArguments() {
	try {
		const { values } = parseArgs({
			options: {
				output: { type: "string", default: "packages" },
				only: { type: "string" },
				arch: { type: "string", default: process.arch },
			},
		});
		const { arch } = values;
		if (arch !== process.arch && !(arch in ARCHITECTURES))
			throw new Error(`There are no packages for ${arch}`);
		const all = Object.keys(kinds).filter((kind) => kind !== "npm" || arch === process.arch);
		const only = values.only?.split(",") ?? all;
		for (const kind of only) if (!all.includes(kind)) throw new Error(`There is no package ${kind}`);
		return { output: resolve(values.output), only, arch };
	} catch (error) {
		return stop(`${error.message.split(/[.\n]/, 1)[0]}. Usage: ${USAGE}`);
	}
}

function sourceDateEpoch() {
	const given = process.env.SOURCE_DATE_EPOCH;
	if (given !== undefined) return Number(given);
	const { status, stdout } = spawnSync("git", ["-C", root, "log", "-1", "--format=%ct"], {
		encoding: "utf8",
	});
	return status === 0 ? Number(stdout) : stop("SOURCE_DATE_EPOCH is not set, and this is no git repository.");
}

function run(program, args, { cwd = root, env = {}, stdout = "ignore" } = {}) {
	const result = spawnSync(program, args, {
		cwd,
		env: { ...process.env, SOURCE_DATE_EPOCH: `${epochSeconds}`, ...env },
		stdio: ["ignore", stdout, "inherit"],
		encoding: "utf8",
	});
	if (result.status !== 0)
		throw new Error(`${program} ${args[0]} failed${result.error ? `: ${result.error.message}` : ""}`);
	return result.stdout;
}

/** Installs the server in `prefix` below a new directory, which is returned. `node` is the bundled node, or undefined. */
function tree(prefix, node) {
	const directory = mkdtempSync(join(work, "tree-"));
	const libraries = join(directory, prefix, "lib/sftp-subsystem");
	/* A node of the same version that runs on this machine. */
	const here = node === undefined ? process.execPath : bundledNode().node;
	const script = join(root, "src/package/install-system.cjs");
	const options = node === undefined ? ["--node=/usr/bin/node"] : ["--own-node"];
	const compiler = isForeign ? { CC: `${tools}gcc` } : {};
	run(here, [script, `--prefix=${prefix}`, ...options], { env: { DESTDIR: directory, ...compiler } });
	if (isForeign) {
		const addon = join(libraries, "dist/posix.node");
		const compile = join(root, "src/package/compile-addon.cjs");
		run(process.execPath, [compile], { env: { POSIX_OUTPUT: addon, ...compiler } });
		chmodSync(addon, 0o644);
		removeCaches(libraries);
	}
	if (node !== undefined) {
		if (isForeign) cpSync(node.node, join(libraries, "node"));
		run(`${tools}strip`, [join(libraries, "node")]);
	}
	return directory;
}

function removeCaches(libraries) {
	for (const name of readdirSync(join(libraries, "dist")))
		if (name.endsWith(".cache")) rmSync(join(libraries, "dist", name));
}

function deb(name, node) {
	const directory = tree("/usr", node);
	/* The package's installation makes them for the machine's node. */
	removeCaches(join(directory, "usr/lib/sftp-subsystem"));
	const { DEBFULLNAME, DEBEMAIL } = process.env;
	const maintainer = DEBFULLNAME && DEBEMAIL ? `${DEBFULLNAME} <${DEBEMAIL}>` : MAINTAINER;
	const path = join(output, `${name}_${version}_${architecture}.deb`);
	const release = { name, version, architecture, maintainer, epochSeconds };
	buildDeb({ ...release, tree: directory, node, tools, output: path });
	return path;
}

function bundledDeb() {
	return deb("sftp-subsystem-bundled", bundledNode(arch));
}

function tarball() {
	const node = bundledNode(arch);
	const directory = join(tree(OPT, node), OPT);
	cpSync(node.license, join(directory, "lib/sftp-subsystem/node-LICENSE"));
	cpSync(join(root, "LICENSE"), join(directory, "LICENSE"));
	for (const text of ["README.md", "SECURITY.md", "CHANGELOG.md"])
		cpSync(join(root, text), join(directory, "share/doc/sftp-subsystem", text));
	writeFileSync(join(directory, "INSTALL"), installText(node));
	const path = join(output, `sftp-subsystem-${version}-${architecture}.tar.xz`);
	const unpacked = join(work, "sftp-subsystem.tar");
	run("tar", [
		...["--create", "--file", unpacked, "--sort=name", "--format=gnu", `--mtime=@${epochSeconds}`],
		...["--owner=0", "--group=0", "--numeric-owner", "-C", join(directory, ".."), "sftp-subsystem"],
	]);
	/* Two threads give the same blocks on any number of processors. */
	run("xz", ["--threads=2", unpacked]);
	cpSync(`${unpacked}.xz`, path);
	return path;
}

function installText({ version: nodeVersion }) {
	return `sftp-subsystem ${version}, with Node.js ${nodeVersion} of its own.

As root:

    tar -C /opt -xJf sftp-subsystem-${version}-${architecture}.tar.xz

In /etc/ssh/sshd_config, replace the line that begins with Subsystem sftp with:

    Subsystem sftp ${OPT}/libexec/sftp-server

Then check with sshd -t, and reload sshd. The paths are fixed: it works in /opt
only. To update it, Node.js included, remove ${OPT} and unpack the new one; to
remove it, remove that directory.
`;
}

/** Packs npm's package as `npm publish` would, but without running scripts, since everything is built. */
function npmTarball() {
	try {
		run("npm", ["run", "--silent", "prepack"]);
		const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", output];
		const [, name] = /"filename": "([^"]+)"/.exec(run("npm", pack, { stdout: "pipe" })) ?? [];
		if (name === undefined || !existsSync(join(output, name))) throw new Error("npm pack wrote no file");
		return join(output, name);
	} finally {
		run("npm", ["run", "--silent", "postpack"]);
	}
}
