// Runs the tests: bundles every *.test.ts below the files and folders named on
// the command line (below test/ when none is named), then hands them to node's
// test runner. Working directory of the tests: the repository.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundle, root } from "./helpers/bundle.mjs";

const named = process.argv.slice(2).map((name) => resolve(name));
const files = (named.length > 0 ? named : [join(root, "test")]).flatMap((name) =>
	statSync(name).isDirectory()
		? readdirSync(name, { recursive: true })
				.filter((entry) => entry.endsWith(".test.ts"))
				.sort()
				.map((entry) => join(name, entry))
		: [name],
);
if (files.length === 0) {
	/* Given no file, node's test runner would look for some by itself. */
	process.stderr.write(`run: no tests in ${named.join(", ")}\n`);
	process.exit(1);
}
const bundles = await bundle(files);
const { status } = spawnSync(
	process.execPath,
	["--enable-source-maps", "--test", "--test-concurrency=2", ...bundles],
	{ cwd: root, stdio: "inherit" },
);
process.exitCode = status ?? 1;
