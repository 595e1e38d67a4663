/*
 * `npm run install:system -- [--prefix=DIR] [--own-node] [--uninstall]`: copies the
 * built server to where sshd can start it, whatever a session's PATH is:
 *
 * PREFIX/libexec/sftp-server             the launcher, with node's absolute path
 * PREFIX/lib/sftp-subsystem/             the files that node runs
 * PREFIX/share/man/man8/sftp-server.8    the manual page
 * PREFIX/share/man/man5/sftp_server_config.5
 * PREFIX/share/doc/sftp-subsystem/       an example configuration file
 *
 * --own-node also copies node, into a file that users can execute but not read: then no
 * process of the user can read a session's memory, from its first moment on
 * (SECURITY.md).
 *
 * For packagers: DESTDIR in the environment is prefixed to every path that is written
 * and appears in none of the files. --node=PATH names the node of the installed system,
 * any version that the server supports; nothing then depends on the one that runs now.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { dirname, join } = require("node:path");
const { parseArgs } = require("node:util");
const { compileLauncher } = require("./compile-launcher.cjs");

const root = join(__dirname, "..", "..");
const USAGE = "npm run install:system -- [--prefix=DIR] [--own-node] [--uninstall]";
/** Contained in every file that is installed at a path that another package may own. */
const MARK = "sftp-subsystem";
/** Passed to node if it knows them. Each saves a thread per session. */
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
		? " Run this as root, or choose another --prefix."
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
		stop(`the prefix must be an absolute path of letters, digits and -_./+=@%:, only, not "${cleaned}".`);
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
		// First, since it can fail.
		compile(unfinished);
		const known = copyLibraries();
		put(manual, fs.readFileSync(join(root, "man/sftp-server.8")), 0o644);
		put(configManual, fs.readFileSync(join(root, "man/sftp_server_config.5")), 0o644);
		const example = fs.readFileSync(join(root, "man/sftp_server_config.example"));
		put(join(documents, "examples/sftp_server_config"), example, 0o644);
		// Last, so that nobody starts an incomplete server.
		put(executable, fs.readFileSync(unfinished), 0o755);
		removeOthers(known);
	} finally {
		fs.rmSync(unfinished, { force: true });
	}
	warnOfClosedPaths();
	process.stdout.write(
		`Installed ${executable}, which runs ${node}.\n` +
			"In /etc/ssh/sshd_config, replace the line that begins with Subsystem sftp with:\n\n" +
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

/** Copies the files that node loads; returns the names that belong in the library directory. */
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
	// Without the #! line, since it is not started directly.
	const text = fs.readFileSync(join(root, "bin/sftp-server"), "utf8").replace(/^#!.*\n/, "");
	put(script, text, 0o644);
	return ["dist", "bin", "LICENSE", ...(ownNode ? ["node"] : [])];
}

/** Removes files of an earlier version from the library directory. */
function removeOthers(known) {
	for (const name of fs.readdirSync(staging + libraries))
		if (!known.includes(name)) fs.rmSync(join(staging + libraries, name), { recursive: true });
}

/** Refuses to replace or remove a file of another package. */
function refuseForeign(path) {
	if (!fs.existsSync(staging + path)) return;
	if (!fs.readFileSync(staging + path, "latin1").includes(MARK))
		stop(`${path} exists and was not installed by ${MARK}: remove it, or choose another --prefix.`);
}

/** Writes a file under another name first, so that it is never seen incomplete. */
function put(path, content, mode) {
	const target = staging + path;
	const unfinished = `${target}.${process.pid}`;
	fs.mkdirSync(dirname(target), { recursive: true });
	fs.writeFileSync(unfinished, content, { mode });
	fs.renameSync(unfinished, target);
}

/** Warns if users can't reach node or the server: a session runs as its user. */
function warnOfClosedPaths() {
	// The files in a staging directory will be elsewhere.
	const own = staging === "" ? [executable, libraries] : [];
	for (const path of ownNode || givenNode !== undefined ? own : [node, ...own])
		for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
			if ((fs.statSync(folder).mode & 0o001) === 0) {
				process.stderr.write(
					`sftp-subsystem: warning: ${folder} can't be entered by other users, so their sessions can't start ${path}.\n`,
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
