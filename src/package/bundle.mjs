/*
 * Bundles src/ into dist/: sftp-server.cjs, which every session loads, and one file for
 * each part that few sessions need, loaded by `require` on demand. V8 compiles a file
 * before it runs its first line: in a single file, the parser of options, pino and
 * minimatch cost every session 5 ms. None of the files needs node_modules. The addon is
 * beside them as posix.node (compile-addon.cjs).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { bundledLicenses } from "./licenses.mjs";
import { root } from "./root.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The parts loaded on demand: what src/ requires, and the bundle that contains it. */
const LAZY = {
	"./settings/load.ts": "settings.cjs",
	commander: "commander.cjs",
	"./json.ts": "json-log.cjs",
	minimatch: "minimatch.cjs",
};

const lazyParts = {
	name: "lazy-parts",
	setup(context) {
		context.onResolve({ filter: /^(\.\/settings\/load\.ts|\.\/json\.ts|commander|minimatch)$/ }, (args) =>
			args.kind === "require-call" && args.path in LAZY
				? { path: `./${LAZY[args.path]}`, external: true }
				: undefined,
		);
	},
};

/**
 * Parts of node that commander and pino load but this program does not use: 1 to 2 ms
 * each. They are loaded when one of their properties is accessed.
 */
const touchedLater = {
	name: "touched-later",
	setup(context) {
		context.onResolve({ filter: /^(node:)?(assert|child_process)$/ }, ({ path, namespace }) =>
			namespace === "touched-later" ? { path, external: true } : { path, namespace: "touched-later" },
		);
		context.onLoad({ filter: /./, namespace: "touched-later" }, ({ path }) => ({
			contents: `module.exports = new Proxy(function () {}, {
				get: (_, name) => require("${path}")[name],
				apply: (_, self, args) => require("${path}").apply(self, args),
			});`,
		}));
	},
};

function bundle(entry, file, plugins) {
	return build({
		entryPoints: [entry],
		outfile: join(root, "dist", file),
		plugins,
		bundle: true,
		platform: "node",
		target: "node20.19",
		format: "cjs",
		minify: true,
		legalComments: "none",
		/* The global Buffer is a getter, with which REALPATHs and OPENs took 3 to 5 % more CPU. */
		banner: { js: 'const { Buffer } = require("node:buffer");' },
		metafile: true,
		absWorkingDir: root,
		logLevel: "warning",
		external: ["*.node"],
		define: {
			POSIX_ADDON: JSON.stringify("./posix.node"),
			PACKAGE_VERSION: JSON.stringify(version),
		},
	});
}

/* A file from an earlier version would be packed and installed with the others. */
mkdirSync(join(root, "dist"), { recursive: true });
for (const name of readdirSync(join(root, "dist")))
	if (/\.cjs(\.cache)?$/.test(name)) rmSync(join(root, "dist", name));

const bundles = [
	await bundle(join(root, "src/main.ts"), "sftp-server.cjs", [lazyParts]),
	await bundle(join(root, "src/settings/load.ts"), LAZY["./settings/load.ts"], [lazyParts]),
	await bundle("commander", LAZY.commander, [touchedLater]),
	await bundle(join(root, "src/log/json.ts"), LAZY["./json.ts"], [touchedLater]),
	await bundle("minimatch", LAZY.minimatch, []),
];
const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(root, "dist/licenses.txt"), bundledLicenses(root, inputs));
