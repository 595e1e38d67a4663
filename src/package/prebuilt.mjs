/*
 * npm's prepack and postpack (with --remove): copies the built addon to prebuilt/, from
 * where the packed package's compile-addon.cjs copies it, and removes it again. If it
 * remained in the sources, it would be used instead of a new build.
 */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";

const directory = join(root, "prebuilt");
rmSync(directory, { recursive: true, force: true });
if (!process.argv.includes("--remove")) {
	const place = join(directory, `linux-${process.arch}`);
	mkdirSync(place, { recursive: true });
	cpSync(join(root, "dist/posix.node"), join(place, "posix.node"));
}
