/*
 * The packages on Debian 12, whose node is older than the server supports: the one
 * with its own node installed, used, upgraded and removed; the other one refused.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { mustRun } from "../helpers/run-command.ts";
import { Installation, installPackage } from "./installation.ts";
import { assertCacheFits, assertLeavesNothing, buildDeb, laterVersion } from "./packages.ts";
import { Release, releaseBase } from "./release.ts";

const NODE = "/usr/lib/sftp-subsystem/node";
const skip = unlessInstalled("debootstrap", "openssh-client", "python3") || unlessRoot();

describe("the Debian packages, on Debian 12", { skip }, () => {
	const directory = mkdtempSync(join(tmpdir(), "sftp-debian12-"));
	let base: string;
	let deb: string;
	let bundled: string;
	before(async () => {
		base = releaseBase("bookworm");
		deb = await buildDeb(directory, "deb");
		bundled = await buildDeb(directory, "bundled");
	});
	after(() => rmSync(directory, { recursive: true }));

	it("with its own node serves with the line that it prints, and is upgraded under a running sshd", async (test) => {
		const installation = await Installation.make(test, base, bundled);
		await installation.assertServes();
		await assertCacheFits(installation.release, NODE);
		const printed = await installation.install(await laterVersion(bundled, directory));
		assert.doesNotMatch(printed, /Subsystem/);
		await installation.assertServes();
	});

	it("with its own node does not need the system's", async (test) => {
		const installation = await Installation.make(test, base, bundled);
		await installation.release.must("apt-get", "purge", "-y", "nodejs");
		await installation.assertServes();
	});

	it("with its own node says why it can't start when node is damaged or missing", async (test) => {
		const installation = await Installation.make(test, base, bundled);
		await installation.release.must("truncate", "--size=1M", NODE);
		await installation.assertRefuses(/^cannot start: node ended before it ran the server$/);
		rmSync(installation.release.path(NODE));
		await installation.assertRefuses(
			/^cannot start: \/usr\/lib\/sftp-subsystem\/node: No such file or directory$/,
		);
	});

	it("with its own node leaves nothing when it is removed", async (test) => {
		await assertLeavesNothing(test, base, bundled);
	});

	it("for the system's node can't be installed with a node that is too old", async (test) => {
		const release = new Release(base);
		test.after(() => release.close());
		await assert.rejects(installPackage(release, deb), /depends on nodejs \(>= 20\.19\)/);
		await release.must("dpkg", "--purge", "sftp-subsystem");
	});

	it("for the system's node serves when node is replaced by a newer one, whose V8 refuses the cache", async (test) => {
		const installation = await Installation.make(test, base, deb, "--force-depends");
		const { release } = installation;
		await installation.assertServes();
		await assertCacheFits(release, "/usr/bin/node");
		const tree = join(directory, "tree");
		await mustRun("dpkg-deb", ["--extract", bundled, tree]);
		cpSync(join(tree, NODE), release.path("usr/bin/node.new"));
		await release.must("chmod", "755", "/usr/bin/node.new");
		await release.must("mv", "/usr/bin/node.new", "/usr/bin/node");
		await assert.rejects(assertCacheFits(release, "/usr/bin/node"));
		await installation.assertServes();
	});

	it("replaces the other one", async (test) => {
		/* Installs it in spite of its dependency on node. */
		const installation = await Installation.make(test, base, deb, "--force-depends");
		const { release } = installation;
		for (const [path, name] of [
			[bundled, "sftp-subsystem-bundled"],
			[deb, "sftp-subsystem"],
		] as const) {
			await installPackage(release, path, "--force-depends");
			const installed = await release.must("dpkg", "--get-selections", "sftp-subsystem*");
			assert.equal(installed.replace(/\s+/g, " "), `${name} install `);
			await installation.assertServes();
		}
	});
});
