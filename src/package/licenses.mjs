/*
 * Collects the licences of the packages in a bundle: each must be distributed with the
 * code.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The packages' names, versions and licences, sorted by name, as one text.
 *
 * @param root the directory that node_modules is in
 * @param inputs the paths of all bundled files, relative to `root`
 */
export function bundledLicenses(root, inputs) {
	const folders = new Set();
	for (const input of inputs) {
		const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
		if (folder !== undefined) folders.add(folder);
	}
	return [...folders]
		.sort()
		.map((folder) => describe(join(root, folder)))
		.join("\n");
}

function describe(folder) {
	const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
	const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
	if (file === undefined) throw new Error(`${name} ${version} comes without its licence`);
	return `=== ${name} ${version} ===\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
