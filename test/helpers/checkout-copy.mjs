/*
 * Copies the checkout so that it can be built differently without touching dist/: for
 * coverage and for sanitizers. Everyone may read the copy; node_modules is shared.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./bundle.mjs";

const LEFT_OUT = ["dist", "node_modules", ".git"];

/** Copies the checkout and returns the copy's path; it is removed when the process exits. */
export function copyCheckout(name) {
	const copy = mkdtempSync(join(tmpdir(), `${name}-`));
	process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
	chmodSync(copy, 0o755);
	for (const entry of readdirSync(root).filter((entry) => !LEFT_OUT.includes(entry)))
		cpSync(join(root, entry), join(copy, entry), { recursive: true, verbatimSymlinks: true });
	mkdirSync(join(copy, "dist"));
	symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
	return copy;
}

/** A directory in the copy into which every user may write. */
export function sharedDirectory(copy, name) {
	const directory = join(copy, name);
	mkdirSync(directory);
	chmodSync(directory, 0o1777);
	return directory;
}

/** Runs node in the copy with additional environment; returns its status. Inherits our output. */
export function runNode(copy, args, env = {}) {
	const { status } = spawnSync(process.execPath, args, {
		cwd: copy,
		stdio: "inherit",
		env: { ...process.env, ...env },
	});
	return status ?? 1;
}
