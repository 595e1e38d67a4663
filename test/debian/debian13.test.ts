/*
 * The package for the system's node, on Debian 13 with that release's own node and
 * OpenSSH: installed, used, upgraded and removed, and what happens when node changes
 * under it.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { Installation } from "./installation.ts";
import { assertCacheFits, assertLeavesNothing, BUNDLE, buildDeb, laterVersion } from "./packages.ts";
import { releaseBase } from "./release.ts";

const CACHE = `${BUNDLE}.cache`;
const NODE = "/usr/bin/node";
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const skip = unlessInstalled("debootstrap", "openssh-client", "python3") || unlessRoot();

describe("the Debian package, on Debian 13", { skip }, () => {
	const directory = mkdtempSync(join(tmpdir(), "sftp-debian13-"));
	let base: string;
	let deb: string;
	before(async () => {
		base = releaseBase("trixie");
		deb = await buildDeb(directory, "deb");
	});
	after(() => rmSync(directory, { recursive: true }));

	const installed = (test: TestContext): Promise<Installation> => Installation.make(test, base, deb);

	it("needs neither compiler nor npm, and sshd serves with the line that it prints", async (test) => {
		const installation = await installed(test);
		for (const program of ["cc", "npm"])
			assert.notEqual((await installation.release.run("which", program)).status, 0, program);
		await installation.assertServes();
		const { stdout } = await installation.command("/usr/libexec/sftp-server --version");
		assert.equal(`${stdout}`, `sftp-server ${version}\n`);
		await assertCacheFits(installation.release, NODE);
	});

	it("is upgraded under a running sshd, without advice", async (test) => {
		const installation = await installed(test);
		const printed = await installation.install(await laterVersion(deb, directory));
		assert.doesNotMatch(printed, /Subsystem/);
		await installation.assertServes();
		await assertCacheFits(installation.release, NODE);
	});

	it("has V8's cache again after an upgrade that failed", async (test) => {
		const installation = await installed(test);
		const { ino } = statSync(installation.release.path(CACHE));
		const failing = await laterVersion(deb, directory, "#!/bin/sh\nexit 1\n");
		await assert.rejects(installation.install(failing), /pre-installation script/);
		assert.notEqual(statSync(installation.release.path(CACHE)).ino, ino);
		await assertCacheFits(installation.release, NODE);
		await installation.assertServes();
	});

	it("makes V8's cache again when nodejs is installed again", async (test) => {
		const installation = await installed(test);
		const { release } = installation;
		const { ino } = statSync(release.path(CACHE));
		/* Readable for users' sessions, whatever the administrator's umask is. */
		await release.must(
			"sh",
			"-c",
			'umask 077; exec dpkg --install "$@"',
			"sh",
			...release.archives("nodejs"),
		);
		const made = statSync(release.path(CACHE));
		assert.notEqual(made.ino, ino);
		assert.equal(made.mode & 0o777, 0o644);
		await assertCacheFits(release, NODE);
		await installation.assertServes();
	});

	it("says why it can't start when nodejs is removed, and serves when it is back", async (test) => {
		const installation = await installed(test);
		const { release } = installation;
		await release.must("dpkg", "--force-depends", "--purge", "nodejs");
		await installation.assertRefuses(/^cannot start: \/usr\/bin\/node: No such file or directory$/);
		await release.must("dpkg", "--install", ...release.archives("nodejs"));
		await assertCacheFits(release, NODE);
		await installation.assertServes();
	});

	it("says why it can't start when node is moved, not executable or not a program", async (test) => {
		const installation = await installed(test);
		const node = installation.release.path(NODE);
		const away = `${node}.away`;
		renameSync(node, away);
		await installation.assertRefuses(/^cannot start: \/usr\/bin\/node: No such file or directory$/);
		for (const [content, mode, why] of [
			["", 0o755, /^cannot start: \/usr\/bin\/node: Exec format error$/],
			["", 0o644, /^cannot start: \/usr\/bin\/node: Permission denied$/],
			["#!/bin/sh\nexit 9\n", 0o755, /^cannot start: node ended before it ran the server$/],
		] as const) {
			writeFileSync(node, content);
			chmodSync(node, mode);
			await installation.assertRefuses(why);
		}
		renameSync(away, node);
		await installation.assertServes();
	});

	it("serves with a cache that is truncated, from another node or missing", async (test) => {
		const installation = await installed(test);
		const cache = installation.release.path(CACHE);
		const bytes = readFileSync(cache);
		const { length } = readFileSync(installation.release.path(BUNDLE));
		/* Its first words are the versions that V8 compares (code-serializer.h). */
		const another = Buffer.from(bytes).fill(0, length + 4, length + 12);
		for (const content of [Buffer.alloc(0), bytes.subarray(0, length), bytes.subarray(0, -1000), another]) {
			writeFileSync(cache, content);
			await installation.assertServes();
		}
		rmSync(cache);
		await installation.assertServes();
	});

	it("says so when a part of it is missing", async (test) => {
		const installation = await installed(test);
		rmSync(installation.release.path(BUNDLE));
		await installation.assertRefuses(
			/^cannot start: the server is not built, or not built for this system: ENOENT/,
		);
	});

	it("leaves nothing when it is removed", async (test) => {
		await assertLeavesNothing(test, base, deb);
	});
});
