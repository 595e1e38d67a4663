/*
 * Saves V8's compiled code of the bundles in dist/, or in the directory of the first
 * argument, so that sessions need not compile them again: each FILE.cjs gets a
 * FILE.cjs.cache, which bin/sftp-server reads. The second argument is the directory in
 * which the bundles will be installed, if it is another. V8 compiles the functions that
 * a session uses, so a separate process serves one. A server without the cache only
 * starts some milliseconds later, so nothing here is an error.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} = require("node:fs");
const { wrap } = require("node:module");
const { tmpdir } = require("node:os");
const { join, resolve } = require("node:path");
const { Script } = require("node:vm");

const SESSION = "--session";

/** An example of everything that a configuration file can contain. */
const CONFIGURATION = `# Settings
LogLevel INFO
LogFacility "AUTH"
Include *.conf
DeniedRequests remove,rmdir
StrictRequests no

Match User user Address 192.0.2.0/24,!192.0.2.9 LocalPort 22
    StartDirectory ~/%u
    Confine %d:ro
Match Group group,x* LocalAddress 2001:db8::/32,10.*
    ReadOnly yes
Match All
    Umask 027
`;

const [first, ...others] = process.argv.slice(2);
if (first === SESSION) serveAndKeep(...others);
else makeCache(resolve(first ?? join(__dirname, "..", "..", "dist")), ...others);

function makeCache(directory, finalDirectory = directory) {
	// In an installation from the sources, the bundles are built later, and this runs again.
	if (!existsSync(join(directory, "sftp-server.cjs"))) return;
	for (const name of readdirSync(directory))
		if (name.endsWith(".cache")) rmSync(join(directory, name), { force: true });
	// V8 accepts a cache only with the flags that it was made with.
	const { NODE_OPTIONS, SSH_CONNECTION, ...env } = process.env;
	// A fixed seed gives the same bytes each time, as reproducible packages require.
	const args = ["--random-seed=1", __filename, SESSION, directory, finalDirectory];
	const { status, stderr } = spawnSync(process.execPath, args, {
		env,
		input: conversation(directory),
		stdio: ["pipe", "ignore", "pipe"],
		encoding: "utf8",
	});
	if (status !== 0)
		process.stderr.write(`sftp-subsystem: no code cache, so sessions start a little later. ${stderr}\n`);
}

/** Serves standard input with the bundle; writes the cache where the server would exit. */
function serveAndKeep(directory, finalDirectory) {
	const scripts = new Map();
	const loaded = new Map();
	const native = require(join(directory, "posix.node"));
	const addon = { ...native, exit, syslogSend: (_message, _offset, length) => length };

	function load(id) {
		if (id === "./posix.node") return addon;
		if (!id.startsWith("./")) return require(id);
		const known = loaded.get(id);
		if (known !== undefined) return known.exports;
		const filename = join(directory, id);
		const source = readFileSync(filename);
		const script = new Script(wrap(source.toString()), { filename: join(finalDirectory, id) });
		scripts.set(filename, { source, script });
		const part = { exports: {} };
		loaded.set(id, part);
		script.runInThisContext()(part.exports, load, part, filename, directory);
		return part.exports;
	}

	function exit(status) {
		for (const name of readdirSync(directory)) if (name.endsWith(".cjs")) load(`./${name}`);
		readConfiguration(load("./settings.cjs"));
		for (const [filename, { source, script }] of scripts) {
			const unfinished = `${filename}.${process.pid}`;
			writeFileSync(unfinished, Buffer.concat([source, script.createCachedData()]));
			renameSync(unfinished, `${filename}.cache`);
		}
		native.exit(status);
	}

	process.argv.splice(1, Number.POSITIVE_INFINITY, "sftp-server", "-f", "AUTH", "-l", "INFO");
	load("./sftp-server.cjs");
}

/**
 * Reads a configuration file, so that V8 compiles the functions that do: once all of its
 * lines, and once as a user for whom no file in this directory can be trusted.
 */
function readConfiguration({ loadSettings }) {
	const directory = mkdtempSync(join(tmpdir(), "sftp-cache-"));
	const file = join(directory, "config");
	writeFileSync(file, CONFIGURATION);
	writeFileSync(join(directory, "part.conf"), "LogFacility AUTHPRIV\n");
	for (const uid of [0, 1]) {
		const user = { name: "user", dir: "/", uid, gid: 0 };
		loadSettings([], {
			user,
			programName: "sftp-server",
			requestNames: [],
			lookUpUser: () => user,
			groupName: () => "group",
			connection: "192.0.2.7 40000 192.0.2.1 22",
			diagnose: { log: () => {} },
			defaultConfig: file,
		});
	}
	rmSync(directory, { recursive: true });
}

/** Clients' most frequent requests. They read only the directory and write only to /dev/null. */
function conversation(directory) {
	const file = string(join(directory, "sftp-server.cjs"));
	const folder = string(directory);
	const nowhere = string(join(directory, "sftp-server.cjs", "nowhere"));
	const handle = string(Buffer.alloc(4));
	const none = uint32(0);
	const offset = Buffer.alloc(8);
	const permissions = [uint32(4), uint32(0o644)];
	return Buffer.concat([
		packet(1, uint32(3)),
		packet(200, none, string("limits@openssh.com")),
		packet(16, none, string(".")),
		packet(17, none, folder),
		packet(7, none, nowhere),
		packet(11, none, folder),
		packet(12, none, handle),
		packet(12, none, handle),
		packet(4, none, handle),
		packet(200, none, string("users-groups-by-id@openssh.com"), string(none), string(none)),
		packet(3, none, file, uint32(1), none),
		packet(8, none, handle),
		packet(5, none, handle, offset, uint32(32768)),
		packet(5, none, handle, offset, uint32(100)),
		packet(5, none, handle, Buffer.alloc(8, 1), uint32(32768)),
		packet(4, none, handle),
		packet(3, none, string("/dev/null"), uint32(2), none),
		packet(6, none, handle, offset, string("nothing")),
		packet(4, none, handle),
		packet(9, none, nowhere, ...permissions),
		packet(13, none, nowhere),
		packet(14, none, nowhere, ...permissions),
		packet(15, none, nowhere),
		packet(200, none, string("posix-rename@openssh.com"), nowhere, nowhere),
	]);
}

function packet(type, ...fields) {
	return string(Buffer.concat([Buffer.of(type), ...fields]));
}

function string(value) {
	const bytes = Buffer.from(value);
	return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value) {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}
