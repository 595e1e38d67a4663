/*
 * Builds variants of this server as separate packages: with deliberate faults, or
 * taking paths that a fast machine never takes. All variants share one bundle
 * (variant.ts), which selects the variant when it starts.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { OUTPUT } from "../helpers/output.ts";

const VARIANTS_FOLDER = join(OUTPUT, "differential/variants");
/** An expression that stands for a variant's name until the bundle is written. */
const VARIANT = "globalThis.SFTP_VARIANT";
/** The bundles that this process has made, by entry. */
const bundles = new Map<string, string>();

/** Builds the variant, a fault's name or SLOW_STORAGE, from the present sources; returns the path of its executable. */
export function buildVariant(name: string, entry = "test/differential/variant.ts"): string {
	const root = resolve(VARIANTS_FOLDER, name.replaceAll(/[^\w-]+/g, "-"));
	rmSync(root, { recursive: true, force: true });
	mkdirSync(join(root, "dist"), { recursive: true });
	mkdirSync(join(root, "bin"));
	cpSync("bin/sftp-server", join(root, "bin/sftp-server"));
	cpSync("dist/posix.node", join(root, "dist/posix.node"));
	cpSync("package.json", join(root, "package.json"));
	const text = bundles.get(entry) ?? bundleVariants(entry);
	bundles.set(entry, text);
	writeFileSync(join(root, "dist/sftp-server.cjs"), text.replaceAll(VARIANT, JSON.stringify(name)));
	return join(root, "bin/sftp-server");
}

/** The bundle, in which VARIANT stands for the variant's name. */
function bundleVariants(entry: string): string {
	const { version } = JSON.parse(readFileSync("package.json", "utf8"));
	const { outputFiles } = buildSync({
		entryPoints: [entry],
		write: false,
		bundle: true,
		platform: "node",
		target: "node20.19",
		format: "cjs",
		logLevel: "warning",
		external: ["*.node"],
		define: {
			POSIX_ADDON: JSON.stringify("./posix.node"),
			PACKAGE_VERSION: JSON.stringify(version),
			VARIANT,
		},
	});
	return outputFiles[0]?.text ?? "";
}

/** Removes what `buildVariant` made. */
export function removeVariants(): void {
	rmSync(VARIANTS_FOLDER, { recursive: true, force: true });
}
