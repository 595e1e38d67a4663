// Turns TypeScript under test/ into CommonJS under dist/test/, where the
// machine's node can run it. Packages from node_modules stay outside.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * Bundles each file into one of its own. Returns the bundles' paths, in the
 * order of the files.
 */
export async function bundle(files) {
	const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	await build({
		entryPoints: files,
		outdir: join(root, "dist/test"),
		outbase: join(root, "test"),
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
		},
	});
	return files.map((file) =>
		join(root, "dist/test", relative(join(root, "test"), file).replace(/\.ts$/, ".cjs")),
	);
}
