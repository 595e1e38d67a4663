/*
 * npm's prepack and postpack (with --remove): puts the addon that was built here
 * into prebuilt/, from where compile-addon.cjs of the packed package takes it, and
 * removes it again. Left in the sources it would be taken in place of a new build.
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
