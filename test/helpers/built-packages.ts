/* Packages of this checkout, built from a copy of it: the build replaces dist/, which other tests use. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";

/**
 * Copies the sources to `copy`, a directory that does not exist yet; `dist` says
 * whether the bundles come with them.
 */
export function copySources(copy: string, { dist }: { readonly dist: boolean }): void {
	for (const part of readdirSync(".").filter(
		(part) => ![".git", "node_modules", "dist", "packages"].includes(part),
	))
		cpSync(part, join(copy, part), { recursive: true });
	mkdirSync(join(copy, "dist"));
	if (dist)
		for (const part of readdirSync("dist").filter((part) => part.endsWith(".cjs")))
			cpSync(join("dist", part), join(copy, "dist", part));
	symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
}

/** Builds packages in `copy`, which has the sources; returns the directory that they are in. */
export async function buildPackages(copy: string, options: readonly string[]): Promise<string> {
	await mustRun("npm", ["run", "--silent", "package", "--", ...options], {
		cwd: copy,
		env: {
			SOURCE_DATE_EPOCH: "1700000000",
			HOME: process.env["HOME"] ?? copy,
			PATH: process.env["PATH"] ?? "",
		},
	});
	return join(copy, "packages");
}
