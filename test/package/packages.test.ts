/*
 * `npm run package`: what it builds, that equal sources give equal bytes, and
 * the prebuilt addon of npm's package. test/debian shows that the packages work
 * where users install them.
 */
import assert from "node:assert/strict";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildPackages, copySources } from "../helpers/built-packages.ts";
import { type CommandResult, mustRun, runCommand } from "../helpers/run-command.ts";

const directory = mkdtempSync(join(tmpdir(), "sftp-packages-"));
const skip = existsSync("/usr/bin/dpkg-deb") ? false : "needs dpkg-deb";
const lintian = { skip: existsSync("/usr/bin/lintian") ? false : "apt-get install lintian" };
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
after(() => rmSync(directory, { recursive: true }));

function build(name: string): Promise<string> {
	const copy = join(directory, name);
	copySources(copy, { dist: false });
	return buildPackages(copy, ["--only=npm,deb"]);
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
		for (const name of readdirSync(output).filter((name) => name.endsWith(".deb"))) {
			const args = ["--allow-root", "--fail-on=warning", "--tag-display-limit=0", join(output, name)];
			const { status, stdout, stderr } = await runCommand("lintian", args);
			assert.equal(`${stdout}${stderr}`, "");
			assert.equal(status, 0);
		}
	});

	it("puts a prebuilt addon and everything that a build needs into npm's package", async () => {
		const names = (await mustRun("tar", ["-tzf", join(output, `sftp-subsystem-${version}.tgz`)])).split("\n");
		for (const name of ["prebuilt/linux-x64/posix.node", "src/posix/native/addon.c", "src/launcher/main.c"])
			assert.ok(names.includes(`package/${name.replace("x64", process.arch)}`), name);
		assert.equal(existsSync(join(directory, "one/prebuilt")), false, "the sources stay as they were");
	});

	it("prints one sentence about an unknown package", async () => {
		const { status, stderr } = await runCommand(process.execPath, ["src/package/package.mjs", "--only=rpm"]);
		assert.match(`${stderr}`, /^sftp-subsystem: There is no package rpm\. Usage: npm run package [^\n]+\n$/);
		assert.equal(status, 1);
	});
});

describe("the prebuilt addon", () => {
	/** Installs a copy of npm's package that contains `addon`, without a compiler. */
	function install(name: string, addon: string | Buffer): Promise<CommandResult> {
		const copy = join(directory, name);
		copySources(copy, { dist: true });
		mkdirSync(join(copy, `prebuilt/linux-${process.arch}`), { recursive: true });
		writeFileSync(join(copy, `prebuilt/linux-${process.arch}/posix.node`), addon);
		return runCommand(process.execPath, ["src/package/compile-addon.cjs"], {
			cwd: copy,
			env: { CC: "/nonexistent/cc" },
		});
	}

	it("is used when it loads, so that no compiler is needed", async () => {
		const { status, stdout, stderr } = await install("fits", readFileSync("dist/posix.node"));
		assert.equal(`${stdout}${stderr}`, "");
		assert.equal(status, 0);
		assert.ok(readFileSync(join(directory, "fits/dist/posix.node")).equals(readFileSync("dist/posix.node")));
	});

	it("is ignored when it does not load, and the addon is compiled", async () => {
		const { status, stderr } = await install("does-not-fit", "an addon for another system");
		assert.match(
			`${stderr}`,
			/^sftp-subsystem: the addon needs a C compiler, and "\/nonexistent\/cc" can't be run: /,
		);
		assert.equal(status, 1);
	});
});
