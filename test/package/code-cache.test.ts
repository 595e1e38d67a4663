/*
 * The executable and V8's code cache: used when it fits and ignored when it does
 * not, and one sentence when the server is missing.
 */
import assert from "node:assert/strict";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { copyTree } from "../helpers/copy-tree.ts";
import { type CommandResult, mustRun, runCommand } from "../helpers/run-command.ts";

const INIT = Buffer.from("00000005" + "01" + "00000003", "hex");
const REJECTED = "the code cache was refused\n";

const directory = realpathSync(mkdtempSync(join(tmpdir(), "sftp-cache-")));
const dist = join(directory, "dist");
const cache = join(dist, "sftp-server.cjs.cache");
const server = join(directory, "bin/sftp-server");
after(() => rmSync(directory, { recursive: true }));

/** What each test gets a copy of, since most of them damage it. */
const built = join(directory, "built");
before(async () => {
	mkdirSync(built);
	for (const name of readdirSync("dist").filter((entry) => /\.(cjs|node)$/.test(entry)))
		copyTree(join("dist", name), join(built, name));
	copyTree("bin", join(directory, "bin"));
	await mustRun(process.execPath, ["src/package/code-cache.cjs", built, dist]);
});
beforeEach(() => {
	rmSync(dist, { recursive: true, force: true });
	copyTree(built, dist);
});

test("every bundle gets a cache that V8 accepts", async () => {
	const names = readdirSync(dist);
	for (const name of names.filter((entry) => entry.endsWith(".cjs")))
		assert.ok(names.includes(`${name}.cache`), `${name} of ${names}`);
	// Options, a pattern and JSON, so that every bundle is loaded.
	assert.equal(`${(await watched(["-P", "set*", "--log-format", "json"])).stderr}`, "");
});

test("these tests detect a cache that V8 refuses", async () => {
	const bytes = readFileSync(cache);
	const data = readFileSync(join(dist, "sftp-server.cjs")).length;
	// V8 compares the version words that follow the magic number (code-serializer.h).
	bytes.fill(0, data + 4, data + 12);
	writeFileSync(cache, bytes);
	const { status, stdout, stderr } = await watched([]);
	assert.equal(`${stderr}`, REJECTED);
	assertServed({ status, stdout });
});

test("a cache made from other source is ignored", async () => {
	// The length is the same: V8 would accept the data for this source and run the old code.
	const bundle = join(dist, "sftp-server.cjs");
	const source = readFileSync(bundle, "latin1");
	assert.ok(source.includes("posix-rename@openssh.com"));
	writeFileSync(bundle, source.replace("posix-rename@openssh.com", "POSIX-RENAME@OPENSSH.COM"), "latin1");
	const { stdout } = await runCommand(server, [], { input: INIT });
	assert.ok(stdout.includes("POSIX-RENAME@OPENSSH.COM"));
});

test("the executable works when a cache is missing, empty or truncated", async () => {
	const whole = readFileSync(cache);
	rmSync(cache);
	assertServed(await runCommand(server, [], { input: INIT }));
	for (const length of [0, 100, whole.length - 1000]) {
		writeFileSync(cache, whole.subarray(0, length));
		assertServed(await runCommand(server, [], { input: INIT }));
	}
});

test("making the cache leaves no other file and logs nothing", async () => {
	const expected = readdirSync(dist).sort();
	const { status, stdout, stderr } = await runCommand(process.execPath, ["src/package/code-cache.cjs", dist]);
	assert.equal(`${stdout}${stderr}`, "");
	assert.equal(status, 0);
	assert.deepEqual(readdirSync(dist).sort(), expected);
});

test("the executable prints one sentence when the server is not built", async () => {
	for (const name of ["posix.node", "sftp-server.cjs"]) {
		rmSync(join(dist, name));
		const { status, stderr } = await runCommand(server, [], { input: INIT });
		assert.match(
			`${stderr}`,
			/^sftp-server: the server is not built, or not built for this system: [^\n]+\n$/,
			`without ${name}`,
		);
		assert.equal(status, 1);
	}
});

test("the executable prints one sentence when the addon is for another system", async () => {
	writeFileSync(join(dist, "posix.node"), "not a shared object");
	const { status, stderr } = await runCommand(server, [], { input: INIT });
	assert.match(`${stderr}`, /^sftp-server: the server is not built, or not built for this system: [^\n]+\n$/);
	assert.equal(status, 1);
});

/** Runs a session of the executable and returns what V8 says about each cache. */
async function watched(args: readonly string[]): Promise<CommandResult> {
	const preload = join(directory, "watch.cjs");
	writeFileSync(
		preload,
		`const vm = require("node:vm");
		vm.Script = class extends vm.Script {
			constructor(source, options) {
				super(source, options);
				if (options.cachedData === undefined || this.cachedDataRejected)
					process.stderr.write(${JSON.stringify(REJECTED)});
			}
		};`,
	);
	return runCommand(process.execPath, ["--require", preload, server, ...args], { input: INIT });
}

function assertServed({ status, stdout }: Pick<CommandResult, "status" | "stdout">): void {
	assert.equal(stdout[4], 2, "VERSION");
	assert.equal(status, 0);
}
