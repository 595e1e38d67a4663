/*
 * npm run coverage -- [TEST ...]: lines and branches of src/ that run in the tests
 * (all of them, but those of the package and the benchmark, or those named) and in
 * the fuzzer. Works in a copy of the checkout, where the server that the tests start
 * notes what of it runs. The tests' own bundles of src/ are counted too.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { report } from "./coverage/report.mjs";
import { Tally } from "./coverage/tally.mjs";
import { root } from "./helpers/bundle.mjs";
import { copyCheckout, runNode, sharedDirectory } from "./helpers/checkout-copy.mjs";

/** They look at the build, or at speed. */
const LEFT_OUT = ["bench", "package", "helpers", "coverage"];
/** The same, and at memory. */
const FILES_LEFT_OUT = ["test/settings/lazy-parts.test.ts", "test/failing/memory.test.ts"];

const copy = copyCheckout("coverage");
const counts = sharedDirectory(copy, "counts");
const processes = sharedDirectory(copy, "processes");

runNode(copy, ["src/package/compile-addon.cjs"]);
await bundle("src/main.ts", "server-coverage.cjs", { PACKAGE_VERSION: '"0"', POSIX_ADDON: '"./posix.node"' });
await bundle("test/coverage/recorder.cjs", "sftp-server.cjs", { COVERAGE_DIRECTORY: JSON.stringify(counts) });

const named = process.argv.slice(2);
const status = runNode(copy, ["test/run.mjs", ...(named.length > 0 ? named : tests())], {
	NODE_V8_COVERAGE: processes,
});

const tally = new Tally(copy);
const servers = tally.addDirectory(counts);
const others = tally.addDirectory(processes);
const lines = report(tally.files, copy);
mkdirSync(join(root, "dist/coverage"), { recursive: true });
writeFileSync(join(root, "dist/coverage/report.txt"), `${lines.join("\n")}\n`);
process.stdout.write(`${lines.join("\n")}\n\n`);
process.stdout.write(`coverage: ${servers} runs of the server, ${others} bundles of the tests\n`);
if (status !== 0) process.stdout.write("coverage: some tests failed; they were counted all the same\n");
process.exitCode = status;

function tests() {
	return readdirSync(join(copy, "test"), { recursive: true })
		.filter((name) => name.endsWith(".test.ts") && !LEFT_OUT.includes(name.split("/")[0]))
		.map((name) => `test/${name}`)
		.filter((name) => !FILES_LEFT_OUT.includes(name))
		.sort();
}

function bundle(entry, file, define) {
	return build({
		entryPoints: [join(copy, entry)],
		outfile: join(copy, "dist", file),
		bundle: true,
		platform: "node",
		target: "node20.19",
		format: "cjs",
		sourcemap: "inline",
		logLevel: "warning",
		external: ["*.node", "./server-coverage.cjs"],
		absWorkingDir: copy,
		preserveSymlinks: true,
		define,
	});
}
