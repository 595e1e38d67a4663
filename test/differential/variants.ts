// Builds this server with its source edited, as a package of its own under dist/:
// for deliberate faults, and for paths that a fast machine never takes.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { OUTPUT } from "../helpers/output.ts";

const VARIANTS_FOLDER = join(OUTPUT, "differential/variants");

/** Replaces a text of a source file; the text must stand there exactly once. */
export interface Edit {
	/** Path below src/. */
	readonly file: string;
	readonly find: string;
	readonly replace: string;
}

export interface Variant {
	readonly name: string;
	readonly edits: readonly Edit[];
}

/** Serves requests ahead of their turn, as on slow storage; a test's storage is never slow. */
export const lookaheadAlways: Variant = {
	name: "lookahead-always",
	edits: [
		{ file: "server/prefetch.ts", find: "	slow = false;", replace: "	slow = true;" },
		{
			file: "server/prefetch.ts",
			find: "this.slow = batch.run(framer.bytes);",
			replace: "batch.run(framer.bytes);",
		},
	],
};

function applyEdit(root: string, name: string, { file, find, replace }: Edit): void {
	const path = join(root, "src", file);
	const source = readFileSync(path, "utf8");
	const count = source.split(find).length - 1;
	if (count !== 1) {
		throw new Error(`${name}: src/${file} has this ${count} times: ${find}`);
	}
	writeFileSync(
		path,
		source.replace(find, () => replace),
	);
}

/** Builds the variant from the present sources; returns the path of its executable. Throws if an edit does not fit. */
export function buildVariant({ name, edits }: Variant): string {
	const root = resolve(VARIANTS_FOLDER, name.replaceAll(/[^\w-]+/g, "-"));
	rmSync(root, { recursive: true, force: true });
	mkdirSync(join(root, "dist"), { recursive: true });
	for (const part of ["src", "bin", "package.json", "LICENSE"]) {
		if (existsSync(part)) cpSync(part, join(root, part), { recursive: true });
	}
	cpSync("dist/posix.node", join(root, "dist/posix.node"));
	symlinkSync(resolve("node_modules"), join(root, "node_modules"));
	for (const edit of edits) applyEdit(root, name, edit);
	execFileSync(process.execPath, ["src/package/bundle.mjs"], { cwd: root, stdio: "inherit" });
	return join(root, "bin/sftp-server");
}

/** Takes away what `buildVariant` made. */
export function removeVariants(): void {
	rmSync(VARIANTS_FOLDER, { recursive: true, force: true });
}
