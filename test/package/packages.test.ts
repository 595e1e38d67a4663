/*
 * `npm run package`: what it builds, and that equal sources give equal bytes.
 * npm-package.test.ts and test/debian show that the packages work where users
 * install them.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildPackages, copySources } from "../helpers/built-packages.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { mustRun, runCommand } from "../helpers/run-command.ts";

const directory = mkdtempSync(join(tmpdir(), "sftp-packages-"));
const skip = existsSync("/usr/bin/dpkg-deb") ? false : "needs dpkg-deb";
const lintian = { skip: unlessInstalled("lintian") };
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
after(() => rmSync(directory, { recursive: true }));

function build(name: string): Promise<string> {
	const copy = join(directory, name);
	copySources(copy, { dist: false });
	return buildPackages(copy, ["--only=npm,deb"]);
}

async function assertLintianSilent(deb: string): Promise<void> {
	const args = ["--allow-root", "--fail-on=warning", "--tag-display-limit=0", deb];
	const { status, stdout, stderr } = await runCommand("lintian", args);
	assert.equal(`${stdout}${stderr}`, "");
	assert.equal(status, 0);
}

describe("npm run package", { skip }, () => {
	let output: string;
	before(async () => {
		output = await build("one");
	});

	it("builds a Debian package and npm's", () => {
		const [deb, tarball, ...others] = readdirSync(output).sort().reverse();
		assert.match(deb ?? "", new RegExp(`^sftp-subsystem_${version}_\\w+\\.deb$`));
		assert.equal(tarball, `sftp-subsystem-${version}.tgz`);
		assert.deepEqual(others, []);
	});

	it("builds the same bytes in another directory", async () => {
		const second = await build("another-directory");
		const names = readdirSync(output);
		assert.deepEqual(readdirSync(second), names);
		for (const name of names)
			assert.ok(readFileSync(join(output, name)).equals(readFileSync(join(second, name))), name);
	});

	it("gives lintian nothing to report", lintian, async () => {
		for (const name of readdirSync(output).filter((name) => name.endsWith(".deb")))
			await assertLintianSilent(join(output, name));
	});

	it("builds the Debian package for arm64", {
		skip:
			process.arch === "arm64"
				? "this machine is of that kind"
				: unlessInstalled("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "lintian"),
	}, async () => {
		const copy = join(directory, "arm64");
		copySources(copy, { dist: false });
		const place = await buildPackages(copy, ["--only=deb", "--arch=arm64"]);
		const names = readdirSync(place);
		assert.deepEqual(names, [`sftp-subsystem_${version}_arm64.deb`]);
		const deb = join(place, names[0] ?? "");
		assert.equal(await mustRun("dpkg-deb", ["--field", deb, "Architecture"]), "arm64\n");
		await mustRun("dpkg-deb", ["--extract", deb, join(directory, "arm64-tree")]);
		for (const name of ["libexec/sftp-server", "lib/sftp-subsystem/dist/posix.node"]) {
			const header = await mustRun("readelf", ["--file-header", join(directory, "arm64-tree/usr", name)]);
			assert.match(header, /Machine: +AArch64$/m, name);
		}
		await assertLintianSilent(deb);
	});

	it("prints one sentence about an unknown architecture", async () => {
		const { status, stderr } = await runCommand(process.execPath, ["src/package/package.mjs", "--arch=vax"]);
		assert.match(
			`${stderr}`,
			/^sftp-subsystem: There are no packages for vax\. Usage: npm run package [^\n]+\n$/,
		);
		assert.equal(status, 1);
	});

	it("prints one sentence about an unknown package", async () => {
		const { status, stderr } = await runCommand(process.execPath, ["src/package/package.mjs", "--only=rpm"]);
		assert.match(`${stderr}`, /^sftp-subsystem: There is no package rpm\. Usage: npm run package [^\n]+\n$/);
		assert.equal(status, 1);
	});
});
