/*
 * Keeps what V8 makes of the bundles in dist/ (or the directory named as the
 * first argument), so that a session need not compile them again: each FILE.cjs
 * gets a FILE.cjs.cache, which bin/sftp-server reads. The second argument is where
 * the bundles will be, if not there. For V8 to compile the functions that a
 * session uses, a process of its own serves one. A server without the cache works,
 * and starts some milliseconds later; so nothing here is an error.
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

/** Some of everything that a configuration file can say. */
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
	// At an install from the sources the bundles come later, and this runs again.
	if (!existsSync(join(directory, "sftp-server.cjs"))) return;
	for (const name of readdirSync(directory))
		if (name.endsWith(".cache")) rmSync(join(directory, name), { force: true });
	// V8 takes its data only under the flags that it was made with.
	const { NODE_OPTIONS, SSH_CONNECTION, ...env } = process.env;
	// A fixed seed gives the same bytes each time, as a package needs it.
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

/** Serves standard input with the bundle; where the server would exit, writes the cache. */
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
 * Reads a configuration file, for V8 to compile the functions that do: once with
 * all of its lines, and once as a user who trusts no file of this directory.
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

/** What clients ask for most. Reads of the directory alone, and writes only to /dev/null. */
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
