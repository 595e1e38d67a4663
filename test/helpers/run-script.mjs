/* Runs a TypeScript program below test/: node test/helpers/run-script.mjs FILE [argument ...] */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { bundle, output, root } from "./bundle.mjs";
import { hideMachineConfig } from "./machine-config.mjs";

hideMachineConfig();

const [file, ...args] = process.argv.slice(2);
const [script] = await bundle([resolve(file)]);
const { status, signal } = spawnSync(process.execPath, ["--enable-source-maps", script, ...args], {
	cwd: root,
	stdio: "inherit",
	env: { ...process.env, SFTP_TEST_OUTPUT: output },
});
if (signal) process.kill(process.pid, signal);
process.exitCode = status ?? 1;
