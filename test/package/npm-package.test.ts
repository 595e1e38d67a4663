/*
 * npm's package, as npm publish packs it: what is in it, and that it installs in an
 * empty folder without a compiler where its addon loads, and with one elsewhere.
 * Without a registry: the one package that it depends on comes from node_modules.
 */
import assert from "node:assert/strict";
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { copySources } from "../helpers/built-packages.ts";
import { FXP, INIT } from "../helpers/packets.ts";
import { type CommandResult, mustRun, runCommand } from "../helpers/run-command.ts";

const directory = mkdtempSync(join(tmpdir(), "sftp-npm-"));
const PREBUILT = `prebuilt/linux-${process.arch}/posix.node`;
after(() => rmSync(directory, { recursive: true }));

const env = { PATH: process.env["PATH"] ?? "", HOME: directory };

function pack(place: string, ...options: readonly string[]): Promise<string> {
	return mustRun("npm", ["pack", "--pack-destination", directory, ...options], { cwd: place, env });
}

/** Every file below a folder, sorted. */
function filesIn(folder: string): readonly string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)))
		.sort();
}

describe("npm's package", () => {
	const sources = join(directory, "sources");
	/** The unpacked package. */
	const content = join(directory, "package");
	let tarball: string;
	let headers: string;

	before(async () => {
		copySources(sources, { dist: true });
		cpSync("dist/posix.node", join(sources, "dist/posix.node"));
		await pack(sources);
		await pack(join(process.cwd(), "node_modules/node-api-headers"), "--ignore-scripts");
		const find = (start: string): string => {
			const name = readdirSync(directory).find((entry) => entry.startsWith(start) && entry.endsWith(".tgz"));
			assert.ok(name !== undefined, start);
			return join(directory, name);
		};
		tarball = find("sftp-subsystem-");
		headers = find("node-api-headers-");
		await mustRun("tar", ["-xzf", tarball, "-C", directory]);
	});

	/** Installs a tarball in an empty folder; returns what npm said and where the package is. */
	async function install(
		name: string,
		from: string,
		variables: Readonly<Record<string, string>>,
	): Promise<{ readonly result: CommandResult; readonly installed: string }> {
		const folder = join(directory, name);
		mkdirSync(folder);
		writeFileSync(join(folder, "package.json"), "{}");
		const quiet = ["--offline", "--no-audit", "--no-fund", "--foreground-scripts"];
		const result = await runCommand("npm", ["install", ...quiet, from, headers], {
			cwd: folder,
			env: { ...env, ...variables },
		});
		return { result, installed: join(folder, "node_modules/sftp-subsystem") };
	}

	async function assertServes(installed: string): Promise<void> {
		const command = join(installed, "../.bin/sftp-server");
		const { status, stdout, stderr } = await runCommand(command, [], { input: INIT, env });
		assert.equal(stdout[4], FXP.VERSION, `${stderr}`);
		assert.equal(status, 0);
	}

	it("has what an installation needs and nothing that only a build from the sources needs", () => {
		const needed = [
			...["package.json", "README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md", "bin/sftp-server", PREBUILT],
			...readdirSync("man").map((name) => `man/${name}`),
			...readdirSync("src/launcher").map((name) => `src/launcher/${name}`),
			...readdirSync("src/posix/native").map((name) => `src/posix/native/${name}`),
			...["code-cache", "compile-addon", "compile-launcher", "install-system", "start"].map(
				(name) => `src/package/${name}.cjs`,
			),
			...["commander", "json-log", "minimatch", "settings", "sftp-server"].map((name) => `dist/${name}.cjs`),
			"dist/licenses.txt",
		];
		assert.deepEqual(filesIn(content), needed.sort());
	});

	it("leaves no addon in the sources, which would be used instead of a new build", () => {
		assert.equal(existsSync(join(sources, "prebuilt")), false);
	});

	it("depends on nothing that its bundles contain", () => {
		const { dependencies } = JSON.parse(readFileSync(join(content, "package.json"), "utf8"));
		assert.deepEqual(Object.keys(dependencies), ["node-api-headers"]);
	});

	it("installs in an empty folder without a compiler, and serves", async () => {
		const { result, installed } = await install("without-compiler", tarball, { CC: "/nonexistent/cc" });
		assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
		assert.ok(readFileSync(join(installed, "dist/posix.node")).equals(readFileSync(join(content, PREBUILT))));
		assert.deepEqual(readdirSync(join(installed, "..")).sort(), [
			...[".bin", ".package-lock.json", "node-api-headers", "sftp-subsystem"],
		]);
		assert.ok(existsSync(join(installed, "dist/sftp-server.cjs.cache")));
		await assertServes(installed);
	});

	it("compiles the addon where the prebuilt one can't be loaded", async () => {
		writeFileSync(join(content, PREBUILT), "an addon for another system");
		const other = join(directory, "other.tgz");
		await mustRun("tar", ["-czf", other, "-C", directory, "package"]);
		const without = await install("other-without-compiler", other, { CC: "/nonexistent/cc" });
		assert.match(
			`${without.result.stderr}`,
			/the addon needs a C compiler, and "\/nonexistent\/cc" can't be run/,
		);
		assert.notEqual(without.result.status, 0);
		const { result, installed } = await install("other", other, {});
		assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
		assert.ok(existsSync(join(installed, PREBUILT)));
		await assertServes(installed);
	});
});
