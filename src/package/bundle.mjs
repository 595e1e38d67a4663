// Bundles src/ into dist/sftp-server.cjs, one CommonJS file that needs no
// node_modules. The addon is beside it as dist/posix.node (compile-addon.cjs).
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

await build({
	entryPoints: [join(root, "src/main.ts")],
	outfile: join(root, "dist/sftp-server.cjs"),
	bundle: true,
	platform: "node",
	target: "node20.19",
	format: "cjs",
	minify: true,
	keepNames: false,
	legalComments: "none",
	logLevel: "warning",
	external: ["*.node"],
	define: {
		POSIX_ADDON: JSON.stringify("./posix.node"),
		PACKAGE_VERSION: JSON.stringify(version),
	},
});
