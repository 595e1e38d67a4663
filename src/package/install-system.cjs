// `npm run install:system -- [--prefix=DIR] [--uninstall]`: copies the built
// server to where sshd can start it, whatever PATH a session has:
//
//   PREFIX/libexec/sftp-server             the executable; names node absolutely
//   PREFIX/lib/sftp-subsystem/             what it loads
//   PREFIX/share/man/man8/sftp-server.8    the manual page
//   PREFIX/share/man/man5/sftp_server_config.5
//   PREFIX/share/doc/sftp-subsystem/       an example of a configuration file
//
// DESTDIR in the environment goes before every path that is written, and into
// none of the files, as packagers need it.
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { dirname, join } = require("node:path");
const { parseArgs } = require("node:util");

const root = join(__dirname, "..", "..");
const USAGE = "npm run install:system -- [--prefix=DIR] [--uninstall]";
/** In every file that goes to a place which another package may own. */
const MARK = "sftp-subsystem";
/** The kernel reads no more of a script's first line (BINPRM_BUF_SIZE). */
const FIRST_LINE_BYTES = 256;

function stop(sentence) {
	process.stderr.write(`sftp-subsystem: ${sentence}\n`);
	process.exit(1);
}

const { prefix, uninstall } = readArguments();
const staging = process.env.DESTDIR || "";
const libraries = join(prefix, "lib/sftp-subsystem");
const executable = join(prefix, "libexec/sftp-server");
const manual = join(prefix, "share/man/man8/sftp-server.8");
const configManual = join(prefix, "share/man/man5/sftp_server_config.5");
const documents = join(prefix, "share/doc/sftp-subsystem");

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
	const firstLine = `#!${process.execPath}\n`;
	if (/\s/.test(process.execPath) || firstLine.length > FIRST_LINE_BYTES)
		stop(`a script's first line can't name "${process.execPath}": it is too long or has a blank.`);

	const dist = join(root, "dist");
	const parts = fs.readdirSync(dist).filter((name) => /\.(cjs|node)$/.test(name) || name === "licenses.txt");
	fs.mkdirSync(staging + libraries, { recursive: true });
	for (const name of parts) put(join(libraries, name), fs.readFileSync(join(dist, name)), 0o644);
	put(join(libraries, "LICENSE"), fs.readFileSync(join(root, "LICENSE")), 0o644);
	const cacheMaker = join(__dirname, "code-cache.cjs");
	spawnSync(process.execPath, [cacheMaker, staging + libraries, libraries], { stdio: "inherit" });
	put(manual, fs.readFileSync(join(root, "man/sftp-server.8")), 0o644);
	put(configManual, fs.readFileSync(join(root, "man/sftp_server_config.5")), 0o644);
	const example = fs.readFileSync(join(root, "man/sftp_server_config.example"));
	put(join(documents, "examples/sftp_server_config"), example, 0o644);
	// Last, so that nobody starts a server of which a part is missing.
	put(executable, executableText(firstLine), 0o755);
	warnOfClosedPaths();
	process.stdout.write(
		`Installed ${executable}, which runs ${process.execPath}.\n` +
			"In /etc/ssh/sshd_config, in place of the line that begins with Subsystem sftp:\n\n" +
			`Subsystem sftp ${executable}\n\n` +
			"Then check with sshd -t, and reload sshd.\n",
	);
}

function checkBuilt() {
	for (const name of ["sftp-server.cjs", "posix.node"])
		if (!fs.existsSync(join(root, "dist", name))) stop(`dist/${name} is missing: run npm ci first.`);
}

/** bin/sftp-server with node and the library directory by their absolute paths. */
function executableText(firstLine) {
	const text = fs.readFileSync(join(root, "bin/sftp-server"), "utf8");
	const baked = text
		.replace(/^#!.*\n/, () => firstLine)
		.replace(/^const dist = .*;$/m, () => `const dist = ${JSON.stringify(libraries)};`);
	if (!baked.startsWith(firstLine) || !baked.includes(`"${libraries}"`))
		throw new Error("bin/sftp-server is not as install-system.cjs knows it");
	return baked;
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
	for (const path of [process.execPath, ...(staging === "" ? [executable, libraries] : [])])
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
