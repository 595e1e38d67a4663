/*
 * `npm run install:system -- [--prefix=DIR] [--own-node] [--uninstall]`: copies the
 * built server to where sshd can start it, whatever PATH a session has:
 *
 * PREFIX/libexec/sftp-server             the launcher; names node absolutely
 * PREFIX/lib/sftp-subsystem/             what node runs then
 * PREFIX/share/man/man8/sftp-server.8    the manual page
 * PREFIX/share/man/man5/sftp_server_config.5
 * PREFIX/share/doc/sftp-subsystem/       an example of a configuration file
 *
 * --own-node copies node, too, into a file that users can execute and not read: a
 * process of it can't be looked into from its first moment (SECURITY.md).
 *
 * DESTDIR in the environment goes before every path that is written, and into
 * none of the files, as packagers need it. They may also say --node=PATH: any node
 * that the server supports may stand there, so nothing depends on the one that
 * runs now.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { dirname, join } = require("node:path");
const { parseArgs } = require("node:util");
const { compileLauncher } = require("./compile-launcher.cjs");

const root = join(__dirname, "..", "..");
const USAGE = "npm run install:system -- [--prefix=DIR] [--own-node] [--uninstall]";
/** In every file that goes to a place which another package may own. */
const MARK = "sftp-subsystem";
/** Passed to node if it knows them: each saves a session a thread. */
const NODE_FLAGS = ["--disable-sigusr1"];

function stop(sentence) {
	process.stderr.write(`sftp-subsystem: ${sentence}\n`);
	process.exit(1);
}

const { prefix, uninstall, "own-node": ownNode, node: givenNode } = readArguments();
const staging = process.env.DESTDIR || "";
const libraries = join(prefix, "lib/sftp-subsystem");
const executable = join(prefix, "libexec/sftp-server");
const manual = join(prefix, "share/man/man8/sftp-server.8");
const configManual = join(prefix, "share/man/man5/sftp_server_config.5");
const documents = join(prefix, "share/doc/sftp-subsystem");
const node = ownNode ? join(libraries, "node") : (givenNode ?? process.execPath);

try {
	process.umask(0o022);
	if (uninstall) removeAll();
	else installAll();
} catch (error) {
	if (!(error instanceof Error) || !("syscall" in error)) throw error;
	const advice = ["EACCES", "EPERM", "EROFS"].includes(error.code)
		? " Run this as root, or name another --prefix."
		: "";
	stop(`${error.message}.${advice}`);
}

function readArguments() {
	let values;
	try {
		({ values } = parseArgs({
			options: {
				prefix: { type: "string", default: "/usr/local" },
				"own-node": { type: "boolean", default: false },
				node: { type: "string" },
				uninstall: { type: "boolean", default: false },
			},
		}));
	} catch (error) {
		stop(`${error.message.split(/[.\n]/, 1)[0]}. Usage: ${USAGE}`);
	}
	const cleaned = values.prefix.replace(/(?<=.)\/+$/, "");
	// The path becomes a word of a shell command in sshd_config.
	if (!/^\/[\w@%+=:,./-]*$/.test(cleaned))
		stop(`the prefix must be an absolute path of letters, digits and -_./+=@%:, only, and not "${cleaned}".`);
	return { ...values, prefix: cleaned };
}

function installAll() {
	checkBuilt();
	refuseForeign(executable);
	refuseForeign(manual);
	refuseForeign(configManual);
	fs.mkdirSync(join(staging + libraries, "dist"), { recursive: true });
	const unfinished = `${staging + libraries}/launcher.${process.pid}`;
	try {
		// First, since it is what can fail.
		compile(unfinished);
		const known = copyLibraries();
		put(manual, fs.readFileSync(join(root, "man/sftp-server.8")), 0o644);
		put(configManual, fs.readFileSync(join(root, "man/sftp_server_config.5")), 0o644);
		const example = fs.readFileSync(join(root, "man/sftp_server_config.example"));
		put(join(documents, "examples/sftp_server_config"), example, 0o644);
		// Last, so that nobody starts a server of which a part is missing.
		put(executable, fs.readFileSync(unfinished), 0o755);
		removeOthers(known);
	} finally {
		fs.rmSync(unfinished, { force: true });
	}
	warnOfClosedPaths();
	process.stdout.write(
		`Installed ${executable}, which runs ${node}.\n` +
			"In /etc/ssh/sshd_config, in place of the line that begins with Subsystem sftp:\n\n" +
			`Subsystem sftp ${executable}\n\n` +
			"Then check with sshd -t, and reload sshd.\n",
	);
}

function checkBuilt() {
	for (const name of ["sftp-server.cjs", "posix.node"])
		if (!fs.existsSync(join(root, "dist", name))) stop(`dist/${name} is missing: run npm ci first.`);
}

function compile(output) {
	const complaint = compileLauncher({
		node,
		script: join(libraries, "bin/sftp-server.cjs"),
		nodeFlags: NODE_FLAGS.filter(
			(flag) => givenNode === undefined && process.allowedNodeEnvironmentFlags.has(flag),
		),
		output,
	});
	if (complaint === undefined) return;
	process.stderr.write(complaint);
	stop("the launcher did not compile; the compiler's messages are above.");
}

/** Copies what node loads; returns the names that belong into the library directory. */
function copyLibraries() {
	const dist = join(root, "dist");
	const parts = fs.readdirSync(dist).filter((name) => /\.(cjs|node)$/.test(name) || name === "licenses.txt");
	for (const name of parts) put(join(libraries, "dist", name), fs.readFileSync(join(dist, name)), 0o644);
	if (givenNode === undefined) {
		const cacheMaker = join(__dirname, "code-cache.cjs");
		const inPlace = join(libraries, "dist");
		spawnSync(process.execPath, [cacheMaker, staging + inPlace, inPlace], { stdio: "inherit" });
	}
	if (ownNode) put(node, fs.readFileSync(process.execPath), 0o711);
	put(join(libraries, "LICENSE"), fs.readFileSync(join(root, "LICENSE")), 0o644);
	const script = join(libraries, "bin/sftp-server.cjs");
	// It is no program of its own, so it has no line that names one.
	const text = fs.readFileSync(join(root, "bin/sftp-server"), "utf8").replace(/^#!.*\n/, "");
	put(script, text, 0o644);
	return ["dist", "bin", "LICENSE", ...(ownNode ? ["node"] : [])];
}

/** What an earlier version had in the library directory. */
function removeOthers(known) {
	for (const name of fs.readdirSync(staging + libraries))
		if (!known.includes(name)) fs.rmSync(join(staging + libraries, name), { recursive: true });
}

/** Another package's server, or its manual page, is not ours to replace or remove. */
function refuseForeign(path) {
	if (!fs.existsSync(staging + path)) return;
	if (!fs.readFileSync(staging + path, "latin1").includes(MARK))
		stop(`${path} is there and was not installed by ${MARK}: remove it, or name another --prefix.`);
}

/** Writes a file under another name first: whoever starts a server meets a whole file. */
function put(path, content, mode) {
	const target = staging + path;
	const unfinished = `${target}.${process.pid}`;
	fs.mkdirSync(dirname(target), { recursive: true });
	fs.writeFileSync(unfinished, content, { mode });
	fs.renameSync(unfinished, target);
}

/** A session runs as its user, who must get to node and to the server. */
function warnOfClosedPaths() {
	// A staging directory is not where the files will be.
	const own = staging === "" ? [executable, libraries] : [];
	for (const path of ownNode || givenNode !== undefined ? own : [node, ...own])
		for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
			if ((fs.statSync(folder).mode & 0o001) === 0) {
				process.stderr.write(
					`sftp-subsystem: warning: ${folder} is closed to other users, so their sessions can't start ${path}.\n`,
				);
				break;
			}
}

function removeAll() {
	refuseForeign(executable);
	refuseForeign(manual);
	refuseForeign(configManual);
	const files = [executable, manual, configManual, documents, libraries].filter((path) =>
		fs.existsSync(staging + path),
	);
	for (const path of files) fs.rmSync(staging + path, { recursive: true });
	process.stdout.write(
		files.length === 0 ? `Nothing of ${MARK} is installed in ${prefix}.\n` : `Removed ${files.join(", ")}.\n`,
	);
}
