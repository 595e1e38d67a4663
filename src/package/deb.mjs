/*
 * Makes Debian packages from a tree that install-system.cjs wrote: adds the files that
 * Debian requires and the maintainer scripts, and builds the archive.
 *
 * dpkg-deb takes the time of every file from SOURCE_DATE_EPOCH, so the same tree gives
 * the same bytes.
 */
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "./root.mjs";

const LIBRARIES = "usr/lib/sftp-subsystem";

/** The two packages: the server for the system's node, and with one of its own. */
export const VARIANTS = {
	"sftp-subsystem": {
		summary: "drop-in replacement for OpenSSH's sftp-server, on Node.js",
		depends: ["nodejs (>= 20.19)"],
		text: " It runs on the system's Node.js.",
	},
	"sftp-subsystem-bundled": {
		summary: "drop-in replacement for OpenSSH's sftp-server, with its own Node.js",
		depends: ["libatomic1", "libgcc-s1", "libstdc++6 (>= 5.2)"],
		text: " This package carries its own Node.js, for systems whose Node.js is older\n than 20.19 or missing, and needs none of the system's.",
	},
};

/**
 * Turns the tree below `tree`, whose prefix is /usr, into `output`.
 * `node` is the bundled node ({ license, version }), or undefined.
 */
export function buildDeb({
	name,
	version,
	architecture,
	maintainer,
	epochSeconds,
	tree,
	node,
	tools,
	output,
}) {
	const variant = VARIANTS[name];
	addDocuments({ name, version, maintainer, epochSeconds, tree, node });
	cpSync(join(root, "src/package/code-cache.cjs"), join(tree, LIBRARIES, "code-cache.cjs"));
	const control = join(tree, "DEBIAN");
	mkdirSync(control, { mode: 0o755 });
	const other = Object.keys(VARIANTS).filter((one) => one !== name);
	const fields = {
		Package: name,
		Version: version,
		Architecture: architecture,
		Maintainer: maintainer,
		"Installed-Size": installedKilobytes(tree),
		Depends: [libcDependency(tree), ...variant.depends].join(", "),
		Recommends: "openssh-server",
		Conflicts: other.join(", "),
		Replaces: other.join(", "),
		Section: "net",
		Priority: "optional",
		Description: [
			variant.summary,
			" sshd starts one process of it for each SFTP session. It behaves as",
			" OpenSSH's sftp-server does, and can confine users to directories, log",
			" in JSON and take rules for each user from a configuration file.",
			" .",
			variant.text,
		].join("\n"),
	};
	const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
	writeFileSync(join(control, "control"), lines.join(""));
	const interpreter = node === undefined ? "/usr/bin/node" : `/${LIBRARIES}/node`;
	writeFileSync(join(control, "postinst"), postinst(interpreter), { mode: 0o755 });
	writeFileSync(join(control, "prerm"), PRERM, { mode: 0o755 });
	/* The cache is valid for one version of node. A bundled node changes only with its package. */
	if (node === undefined) writeFileSync(join(control, "triggers"), `interest-noawait ${interpreter}\n`);
	run(`${tools}strip`, ["--strip-unneeded", join(tree, LIBRARIES, "dist/posix.node")]);
	writeFileSync(join(control, "md5sums"), md5sums(tree));
	normalizeModes(tree);
	run("dpkg-deb", ["--root-owner-group", "-Zxz", "--build", tree, output], {
		SOURCE_DATE_EPOCH: `${epochSeconds}`,
	});
}

/** The server works without the cache, so a failure to make it does not fail the installation. */
function postinst(interpreter) {
	return `#!/bin/sh
set -e

case "$1" in
configure | triggered | abort-upgrade | abort-remove | abort-deconfigure)
	# V8's cache, with which sessions start some milliseconds earlier.
	umask 022
	if [ -x ${interpreter} ]; then
		timeout 60 ${interpreter} /${LIBRARIES}/code-cache.cjs /${LIBRARIES}/dist || true
	fi
	;;
esac

if [ "$1" = configure ] && [ -z "$2" ]; then
	cat <<'EOF'
In /etc/ssh/sshd_config, replace the line that begins with Subsystem sftp with:

Subsystem sftp /usr/libexec/sftp-server

Then check with sshd -t, and reload sshd.
EOF
fi
`;
}

/** Removes the cache, and the remains of an unfinished one. */
const PRERM = `#!/bin/sh
set -e

rm -f /${LIBRARIES}/dist/*.cache /${LIBRARIES}/dist/*.cjs.*
`;

function addDocuments({ name, version, maintainer, epochSeconds, tree, node }) {
	const documents = join(tree, "usr/share/doc", name);
	if (name !== "sftp-subsystem") {
		mkdirSync(dirname(documents), { recursive: true });
		renameSync(join(tree, "usr/share/doc/sftp-subsystem"), documents);
	}
	/* On Debian the licences belong in the copyright file. */
	rmSync(join(tree, LIBRARIES, "LICENSE"));
	rmSync(join(tree, LIBRARIES, "dist/licenses.txt"));
	const manuals = join(tree, "usr/share/man");
	/* openssh-sftp-server has a page with the program's name. */
	renameSync(join(manuals, "man8/sftp-server.8"), join(manuals, "man8/sftp-subsystem.8"));
	for (const page of ["man5/sftp_server_config.5", "man8/sftp-subsystem.8"]) compress(join(manuals, page));
	const date = new Date(epochSeconds * 1000).toUTCString().replace("GMT", "+0000");
	writeFileSync(
		join(documents, "changelog"),
		`${name} (${version}) unstable; urgency=medium\n\n  * Release ${version}; CHANGELOG.md has the changes.\n\n -- ${maintainer}  ${date}\n`,
	);
	compress(join(documents, "changelog"));
	for (const text of ["CHANGELOG.md", "SECURITY.md", "README.md"]) {
		cpSync(join(root, text), join(documents, text));
		compress(join(documents, text));
	}
	writeFileSync(join(documents, "copyright"), copyright(node));
	if (node !== undefined) {
		cpSync(node.license, join(documents, "node-LICENSE"));
		compress(join(documents, "node-LICENSE"));
		writeFileSync(join(documents, "node-version"), nodeVersion(node));
	}
	const overrides = join(tree, "usr/share/lintian/overrides");
	mkdirSync(overrides, { recursive: true });
	writeFileSync(join(overrides, name), overridesFor(name, node));
}

function copyright(node) {
	const text = [
		readFileSync(join(root, "LICENSE"), "utf8"),
		"The program contains the following packages.\n",
		readFileSync(join(root, "dist/licenses.txt"), "utf8"),
	];
	if (node !== undefined)
		text.push(`The program is run by Node.js ${node.version}, whose licences are in node-LICENSE.gz.\n`);
	return text.join("\n");
}

function nodeVersion({ version, package: from }) {
	return `/${LIBRARIES}/node is Node.js ${version}, of npm's package ${from}.
It is updated with this package. To build the package with another version, see
src/package/bundled-node.mjs of the sources.
`;
}

/** Overrides for what lintian reports but is intended, each with the reason. */
function overridesFor(name, node) {
	const launcher = "[usr/libexec/sftp-server]";
	const own = `[${LIBRARIES}/node]`;
	const meant = [
		[
			"It stands between users' variables and node, so the dynamic linker must not obey LD_PRELOAD.",
			`statically-linked-binary ${launcher}`,
			`shared-library-lacks-prerequisites ${launcher}`,
		],
		[
			"openssh-sftp-server has the page sftp-server(8); this one is sftp-subsystem(8).",
			`no-manual-page ${launcher}`,
		],
	];
	if (node === undefined)
		meant.push([
			"The cache is for the node that the launcher starts, not for the first in PATH.",
			"command-with-path-in-maintainer-script /usr/bin/node *",
		]);
	else
		meant.push(
			[
				"Users may execute it and not read it, so that no process of theirs can look into a session.",
				`non-standard-executable-perm 0711 != 0755 ${own}`,
				`executable-is-not-world-readable 0711 ${own}`,
			],
			["It is as the Node.js project builds it.", "embedded-library *", `hardening-no-pie ${own}`],
		);
	return meant
		.map(([reason, ...tags]) => `# ${reason}\n${tags.map((tag) => `${name}: ${tag}\n`).join("")}`)
		.join("");
}

function compress(path) {
	writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
	rmSync(path);
}

function* files(directory, inner = "") {
	for (const entry of readdirSync(join(directory, inner), { withFileTypes: true })) {
		const path = join(inner, entry.name);
		if (path === "DEBIAN") continue;
		if (entry.isDirectory()) yield* files(directory, path);
		else yield path;
	}
}

/** The dependency on the C library, from the newest version that the programs' symbols need. */
function libcDependency(tree) {
	const programs = ["dist/posix.node", "node"].map((name) => join(tree, LIBRARIES, name));
	const args = ["--wide", "--version-info", ...programs.filter((path) => existsSync(path))];
	const { status, stdout } = spawnSync("readelf", args, { encoding: "utf8" });
	if (status !== 0) throw new Error("readelf failed");
	const versions = [...stdout.matchAll(/\bGLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
		Number(major),
		Number(minor),
	]);
	const [newest] = versions.sort(([a, b], [c, d]) => c - a || d - b);
	return `libc6 (>= ${newest.join(".")})`;
}

function installedKilobytes(tree) {
	let total = 0;
	for (const path of files(tree)) total += Math.ceil(statSync(join(tree, path)).size / 1024);
	return total;
}

function md5sums(tree) {
	const names = [...files(tree)].sort();
	const { status, stdout } = spawnSync("md5sum", names, { cwd: tree, encoding: "utf8" });
	if (status !== 0) throw new Error("md5sum failed");
	return stdout;
}

/** Sets modes that do not depend on the builder's umask. */
function normalizeModes(tree) {
	for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath ?? entry.path, entry.name);
		const mode = statSync(path).mode & 0o777;
		if (entry.isDirectory()) chmodSync(path, 0o755);
		else if ((mode & 0o111) === 0) chmodSync(path, 0o644);
		else if (path.endsWith(`${LIBRARIES}/node`)) chmodSync(path, 0o711);
		else chmodSync(path, 0o755);
	}
	chmodSync(tree, 0o755);
}

function run(program, args, env = {}) {
	const { status, error } = spawnSync(program, args, {
		env: { ...process.env, ...env },
		stdio: ["ignore", "ignore", "inherit"],
	});
	if (status !== 0) throw new Error(`${program} failed${error ? `: ${error.message}` : ""}`);
}
