/*
 * Turns TypeScript under test/ into CommonJS that the machine's node can run.
 * Packages from node_modules stay outside.
 */
import {
	accessSync,
	constants,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Where tests put what they build: dist/test or, if that is read-only, a directory that is removed when this process exits. */
export const output = process.env.SFTP_TEST_OUTPUT ?? makeOutput();

function makeOutput() {
	const wanted = join(root, "dist/test");
	try {
		mkdirSync(wanted, { recursive: true });
		accessSync(wanted, constants.W_OK);
		return wanted;
	} catch {
		const directory = mkdtempSync(join(tmpdir(), "sftp-tests-"));
		process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
		symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
		return directory;
	}
}

/**
 * Bundles each file separately. Returns the bundles' paths, in the order of the
 * files.
 */
export async function bundle(files) {
	await build({ ...options(), entryPoints: files, outdir: output, outbase: join(root, "test") });
	return files.map((file) => join(output, relative(join(root, "test"), file).replace(/\.ts$/, ".cjs")));
}

/** Bundles each group of files into one, NAME-1.cjs and so on, in which they share their modules. Returns the paths. */
export async function bundleTogether(groups, name) {
	const entryPoints = groups.map((files, i) => {
		const entry = join(output, `${name}-${i + 1}.ts`);
		writeFileSync(entry, files.map((file) => `import ${JSON.stringify(file)};\n`).join(""));
		return entry;
	});
	await build({ ...options(), entryPoints, outdir: output, outbase: output });
	return entryPoints.map((entry) => entry.replace(/\.ts$/, ".cjs"));
}

/** The requests that the manual page lists, as in `-Q requests`: each one's name, and whether it makes changes. */
function manualRequests() {
	const page = readFileSync(join(root, "man/sftp-server.8"), "utf8");
	const [, section = ""] = page.split("\n.Sh REQUESTS\n");
	const [list] = section.split("\n.El\n");
	return [...list.matchAll(/^\.It Cm (\S+) Ta .*?( \*)?$/gm)].map(([, name, mark]) => ({
		name,
		writes: mark !== undefined,
	}));
}

function options() {
	const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	return {
		outExtension: { ".js": ".cjs" },
		bundle: true,
		packages: "external",
		platform: "node",
		target: "node20.19",
		format: "cjs",
		sourcemap: "inline",
		logLevel: "warning",
		external: ["*.node"],
		define: {
			POSIX_ADDON: JSON.stringify(join(root, "dist/posix.node")),
			PACKAGE_VERSION: JSON.stringify(version),
			MANUAL_REQUESTS: JSON.stringify(manualRequests()),
		},
	};
}
