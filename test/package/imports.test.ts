/*
 * Imports within src/ go one way: wire and posix import nothing of ours; then
 * come log, files, session, ops and server, each importing only those before it;
 * settings never imports server; main.ts imports everything.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

/** The folders that the files of a folder may import, besides each other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
	wire: [],
	posix: [],
	log: ["wire", "posix"],
	files: ["wire", "posix", "log"],
	session: ["wire", "posix", "log", "files"],
	ops: ["wire", "posix", "log", "files", "session"],
	server: ["wire", "posix", "log", "files", "session", "ops"],
	settings: ["wire", "posix", "log", "files", "session", "ops"],
};

/* An import, an export from another file, or a module loaded on demand. */
const IMPORT = /(?:\bfrom\s+|^import\s+|\brequire\()"(\.[^"]+\.ts)"/gm;

interface Import {
	readonly importer: string;
	readonly imported: string;
}

const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
	name.endsWith(".ts"),
);

const imports: readonly Import[] = sources.flatMap((importer) =>
	[...readFileSync(join("src", importer), "utf8").matchAll(IMPORT)].map(([, path = ""]) => ({
		importer,
		imported: join(dirname(importer), path),
	})),
);

function folderOf(file: string): string {
	return file.includes("/") ? (file.split("/")[0] ?? "") : "";
}

function breaksTheRule({ importer, imported }: Import): boolean {
	const [from, to] = [folderOf(importer), folderOf(imported)];
	if (from === "" || from === to) return false;
	return MAY_IMPORT[from]?.includes(to) !== true;
}

describe("imports within src/", () => {
	it("go one way", () => {
		const broken = imports.filter(breaksTheRule);
		assert.deepEqual(
			broken.map(({ importer, imported }) => `${importer} imports ${imported}`),
			[],
		);
	});

	it("are found", () => {
		assert.ok(imports.length > sources.length);
		assert.ok(imports.some(({ importer }) => importer === "main.ts"));
		for (const { imported } of imports) assert.ok(sources.includes(imported), imported);
	});
});
