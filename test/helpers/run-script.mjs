// Runs a TypeScript program of this folder: node test/helpers/run-script.mjs FILE [argument ...]
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { bundle, root } from "./bundle.mjs";

const [file, ...args] = process.argv.slice(2);
const [script] = await bundle([resolve(file)]);
const { status, signal } = spawnSync(process.execPath, ["--enable-source-maps", script, ...args], {
	cwd: root,
	stdio: "inherit",
});
if (signal) process.kill(process.pid, signal);
process.exitCode = status ?? 1;
