/*
 * C programs that tests and benchmarks use, compiled when their sources are
 * newer than the program.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

function runCompiler(args: readonly string[]): void {
	const { status, error, stderr } = spawnSync("cc", args, {
		encoding: "utf8",
		stdio: ["ignore", "ignore", "pipe"],
	});
	if (error) throw error;
	if (status !== 0) throw new Error(`cc ${args.join(" ")}: ${stderr.trim()}`);
}

/**
 * Compiles the `.c` files among `files` into `program` if any of `files` is
 * newer than it; returns its absolute path. The working directory is the
 * repository. The program appears complete under its name, since test files
 * that run at the same time share it. Throws an Error with the
 * compiler's output.
 */
export function compileProgram(
	program: string,
	files: readonly string[],
	flags: readonly string[] = [],
): string {
	const path = resolve(program);
	const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
	if (!existsSync(path) || statSync(path).mtimeMs < newest) {
		mkdirSync(dirname(path), { recursive: true });
		const unfinished = `${path}.${process.pid}`;
		const code = files.filter((file) => file.endsWith(".c"));
		runCompiler([
			"-std=c17",
			"-D_GNU_SOURCE",
			"-O2",
			"-Wall",
			"-Wextra",
			"-o",
			unfinished,
			...code,
			...flags,
		]);
		renameSync(unfinished, path);
	}
	return path;
}
