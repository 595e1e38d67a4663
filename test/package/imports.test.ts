/*
 * Imports within src/ go one way: wire and posix import nothing of ours; then
 * come log, files, session, ops and server, each importing only what stands
 * before it; settings never imports server; main.ts imports everything.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

/** What the files of a folder may import, besides each other. */
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

/** Imports that break the rule, importer then imported, until they are gone. */
const EXCEPTIONS: readonly string[] = [
	"posix/errno.ts wire/constants.ts",
	"posix/open-flags.ts wire/constants.ts",
];

/* An import, an export from elsewhere, or a part that is loaded when it is needed. */
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
	const broken = imports.filter(breaksTheRule).map(({ importer, imported }) => `${importer} ${imported}`);

	it("go one way", () => {
		assert.deepEqual(broken.filter((one) => !EXCEPTIONS.includes(one)).sort(), []);
	});

	it("have no exception that nothing needs", () => {
		assert.deepEqual(
			EXCEPTIONS.filter((one) => !broken.includes(one)),
			[],
		);
	});

	it("are found", () => {
		assert.ok(imports.length > sources.length);
		assert.ok(imports.some(({ importer }) => importer === "main.ts"));
		for (const { imported } of imports) assert.ok(sources.includes(imported), imported);
	});
});
