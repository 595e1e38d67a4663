/*
 * `npm run install:system`: what it copies, what it refuses, and that a session
 * of a real sshd can start the installed server without PATH.
 */
import assert from "node:assert/strict";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { copyTree } from "../helpers/copy-tree.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";
import { opensshOptions, startSshd } from "../helpers/sshd.ts";

const INIT = Buffer.from("00000005" + "01" + "00000003", "hex");
/** The smallest environment that a session may have. */
const POOR = { PATH: "/nonexistent" };

const directory = realpathSync(mkdtempSync(join(tmpdir(), "sftp-install-")));
chmodSync(directory, 0o755);
const prefix = join(directory, "prefix");
const executable = join(prefix, "libexec/sftp-server");
const libraries = join(prefix, "lib/sftp-subsystem");
const manual = join(prefix, "share/man/man8/sftp-server.8");
const configManual = join(prefix, "share/man/man5/sftp_server_config.5");
const documents = join(prefix, "share/doc/sftp-subsystem");
const example = join(documents, "examples/sftp_server_config");
after(() => rmSync(directory, { recursive: true }));
beforeEach(() => rmSync(prefix, { recursive: true, force: true }));

test("install copies a server that starts without PATH, and prints the line for sshd_config", async () => {
	const { status, stdout, stderr } = await install([`--prefix=${prefix}`]);
	assert.equal(`${stderr}`, "");
	assert.equal(status, 0);
	assert.ok(`${stdout}`.includes(`\nSubsystem sftp ${executable}\n`), `${stdout}`);
	assert.ok(readFileSync(executable).includes(`${process.execPath}\0`));
	assert.deepEqual(readFileSync(manual), readFileSync("man/sftp-server.8"));
	assert.deepEqual(readFileSync(configManual), readFileSync("man/sftp_server_config.5"));
	assert.deepEqual(readFileSync(example), readFileSync("man/sftp_server_config.example"));
	const dist = ["licenses.txt", "posix.node", "sftp-server.cjs", "sftp-server.cjs.cache"];
	for (const name of ["LICENSE", "bin/sftp-server.cjs", ...dist.map((name) => `dist/${name}`)])
		assert.ok(existsSync(join(libraries, name)), name);
	for (const [path, mode] of [
		[executable, 0o755],
		[manual, 0o644],
		[configManual, 0o644],
		[example, 0o644],
		[libraries, 0o755],
		[join(libraries, "dist/posix.node"), 0o644],
	] as const)
		assert.equal(statSync(path).mode & 0o7777, mode, path);
	await assertServes(executable);
});

test("install takes the prefix as a separate word and strips trailing slashes", async () => {
	const { status } = await install(["--prefix", `${prefix}//`]);
	assert.equal(status, 0);
	await assertServes(executable);
});

test("the installed server uses the name that it is started under", async () => {
	await install([`--prefix=${prefix}`]);
	const other = join(prefix, "files-only");
	symlinkSync(executable, other);
	for (const [path, name] of [
		[executable, "sftp-server"],
		[other, "files-only"],
	] as const)
		assert.match(`${(await runCommand(path, ["-h"], { env: POOR })).stderr}`, new RegExp(`^usage: ${name} `));
});

test("install over an installed server replaces it", async () => {
	await install([`--prefix=${prefix}`]);
	writeFileSync(join(libraries, "dist/sftp-server.cjs"), "an older one");
	writeFileSync(join(libraries, "posix.node"), "where an older version had it");
	const { status } = await install([`--prefix=${prefix}`]);
	assert.equal(status, 0);
	await assertServes(executable);
	assert.deepEqual(readdirSync(libraries).sort(), ["LICENSE", "bin", "dist"]);
	const unfinished = readdirSync(libraries, { recursive: true }).filter((name) => /\d$/.test(`${name}`));
	assert.deepEqual(unfinished, []);
});

test("DESTDIR precedes every path that is written and appears in no file", async () => {
	const staging = join(directory, "staging");
	const { status, stdout, stderr } = await install(["--prefix=/opt/files"], { DESTDIR: staging });
	assert.equal(`${stderr}`, "");
	assert.equal(status, 0);
	assert.ok(`${stdout}`.includes("\nSubsystem sftp /opt/files/libexec/sftp-server\n"), `${stdout}`);
	const launcher = readFileSync(join(staging, "opt/files/libexec/sftp-server"));
	assert.ok(launcher.includes("\0/opt/files/lib/sftp-subsystem/bin/sftp-server.cjs\0"));
	for (const name of readdirSync(staging, { recursive: true, encoding: "utf8" }))
		if (statSync(join(staging, name)).isFile())
			assert.equal(readFileSync(join(staging, name)).includes(staging), false, name);
});

test("uninstall removes what was installed and nothing else", async () => {
	await install([`--prefix=${prefix}`]);
	const others = ["libexec/other", "lib/other", "share/man/man8/other.8"].map((name) => join(prefix, name));
	for (const path of others) writeFileSync(path, "");
	const { status, stdout } = await install([`--prefix=${prefix}`, "--uninstall"]);
	assert.equal(
		`${stdout}`,
		`Removed ${[executable, manual, configManual, documents, libraries].join(", ")}.\n`,
	);
	assert.equal(status, 0);
	for (const path of [executable, manual, configManual, documents, libraries])
		assert.equal(existsSync(path), false, path);
	for (const path of others) assert.ok(existsSync(path), path);
	const again = await install([`--prefix=${prefix}`, "--uninstall"]);
	assert.equal(`${again.stdout}`, `Nothing of sftp-subsystem is installed in ${prefix}.\n`);
	assert.equal(again.status, 0);
});

test("another package's server or manual page is neither replaced nor removed", async () => {
	for (const path of [executable, manual, configManual]) {
		rmSync(prefix, { recursive: true, force: true });
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, "another's");
		for (const args of [[], ["--uninstall"]])
			assertStopped(
				await install([`--prefix=${prefix}`, ...args]),
				`${path} exists and was not installed by sftp-subsystem: remove it, or choose another --prefix.`,
			);
		assert.equal(readFileSync(path, "utf8"), "another's");
		assert.equal(existsSync(libraries), false);
	}
});

test("install prints one sentence about a prefix that sshd_config can't contain", async () => {
	for (const bad of ["relative/path", "", "/with blank", "/with'quote", "/with$dollar", "/with\nline"])
		assertStopped(
			await install([`--prefix=${bad}`]),
			`the prefix must be an absolute path of letters, digits and -_./+=@%:, only, not "${bad}".`,
		);
});

test("install prints one sentence about unknown arguments", async () => {
	for (const args of [["--prefx=/usr"], ["/usr"], ["--uninstall=yes"]]) {
		const { status, stderr } = await install(args);
		assert.match(`${stderr}`, /^sftp-subsystem: [^\n]+\. Usage: npm run install:system [^\n]+\n$/);
		assert.equal(status, 1);
	}
});

test("install prints one sentence when the server is not built", async () => {
	const copy = copyPackage("unbuilt");
	rmSync(join(copy, "dist"), { recursive: true });
	assertStopped(
		await install([`--prefix=${prefix}`], {}, copy),
		"dist/sftp-server.cjs is missing: run npm ci first.",
	);
});

test("install prints one sentence when the launcher does not compile, and changes nothing", async () => {
	const { status, stderr } = await install([`--prefix=${prefix}`], { CC: "cc -include /nonexistent.h" });
	assert.match(`${stderr}`, /\/nonexistent\.h: No such file/);
	assert.match(`${stderr}`, /\nsftp-subsystem: the launcher did not compile; [^\n]+\n$/);
	assert.equal(status, 1);
	assert.equal(existsSync(executable), false);
});

test("the launcher compiles without a warning, and is hardened", async () => {
	const { status, stderr } = await install([`--prefix=${prefix}`], { CC: "cc -Werror" });
	assert.equal(status, 0, `${stderr}`);
	const headers = `${(await runCommand("readelf", ["--wide", "--program-headers", "--dynamic", executable])).stdout}`;
	assert.match(headers, /^\s*GNU_RELRO\s/m);
	assert.match(headers, /^\s*GNU_STACK\s.*\sRW\s/m);
	assert.match(headers, /\bPIE\b/);
	assert.match(headers, /\bNOW\b|BIND_NOW/);
});

test("install prints one sentence when it may not write", async () => {
	const copy = copyPackage("readable");
	const closed = join(directory, "closed");
	mkdirSync(closed, { mode: 0o555 });
	const script = [join(copy, "src/package/install-system.cjs"), `--prefix=${closed}`];
	// Root may write everywhere.
	const { status, stderr } =
		userInfo().uid === 0
			? await runCommand("setpriv", [
					...["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath],
					...script,
				])
			: await runCommand(process.execPath, script);
	assert.match(
		`${stderr}`,
		/^sftp-subsystem: EACCES: [^\n]+\. Run this as root, or choose another --prefix\.\n$/,
	);
	assert.equal(status, 1);
	assert.deepEqual(readdirSync(closed), []);
});

test("install warns of a directory that other users can't enter", async () => {
	const closed = join(directory, "private");
	mkdirSync(closed, { mode: 0o700 });
	const { status, stderr } = await install([`--prefix=${join(closed, "prefix")}`]);
	assert.match(`${stderr}`, /^(sftp-subsystem: warning: [^\n]+\n){2}$/);
	assert.ok(`${stderr}`.includes(`${closed} can't be entered by other users`));
	assert.equal(status, 0);
});

const needsSshd = { skip: unlessInstalled("openssh-server") };

test("sshd starts the installed server with the printed line, whatever PATH is", needsSshd, async () => {
	const { stdout } = await install([`--prefix=${prefix}`]);
	const [, subsystem] = /^Subsystem sftp (.+)$/m.exec(`${stdout}`) ?? [];
	assert.ok(subsystem !== undefined);
	const place = join(directory, "sshd");
	mkdirSync(place, { mode: 0o755 });
	const sshd = await startSshd({
		directory: place,
		subsystem,
		config: () => [`SetEnv PATH=${POOR.PATH}`],
	});
	try {
		const session = await runCommand(
			"sftp",
			[
				...[...opensshOptions(sshd), "-b", "-", "-P", String(sshd.ports[0])],
				`${userInfo().username}@127.0.0.1`,
			],
			{ input: `cd ${prefix}\nls -1\n` },
		);
		assert.match(`${session.stdout}`, /^lib *\nlibexec *\nshare *$/m, `${session.stderr}${sshd.log()}`);
		assert.equal(session.status, 0);
	} finally {
		await sshd.stop();
	}
});

function install(
	args: readonly string[],
	env: Record<string, string> = {},
	from = process.cwd(),
): Promise<CommandResult> {
	return runCommand(process.execPath, [join(from, "src/package/install-system.cjs"), ...args], { env });
}

/** A copy of the package that every user can read. */
function copyPackage(name: string): string {
	const copy = join(directory, name);
	for (const part of ["bin", "dist", "man", "src/launcher", "src/package", "LICENSE", "package.json"])
		copyTree(part, join(copy, part), (path) => !/^dist\/(test|bench)$/.test(path));
	return copy;
}

async function assertServes(path: string): Promise<void> {
	const { status, stdout, stderr } = await runCommand(path, [], { input: INIT, env: POOR });
	assert.equal(stdout[4], 2, `VERSION; ${stderr}`);
	assert.equal(status, 0);
}

function assertStopped({ status, stdout, stderr }: CommandResult, sentence: string): void {
	assert.equal(`${stderr}`, `sftp-subsystem: ${sentence}\n`);
	assert.equal(`${stdout}`, "");
	assert.equal(status, 1);
}
