import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { transformSync } from "esbuild";
import { faults } from "./faults/run.ts";
import { lookaheadAlways } from "./variants.ts";

describe("deliberate faults", () => {
	for (const { name, edits } of [...faults, lookaheadAlways]) {
		it(`fits the sources: ${name}`, () => {
			const edited = new Map<string, string>();
			for (const { file, find, replace } of edits) {
				const source = edited.get(file) ?? readFileSync(join("src", file), "utf8");
				assert.equal(source.split(find).length - 1, 1, `src/${file} has this once: ${find}`);
				assert.notEqual(find, replace);
				edited.set(
					file,
					source.replace(find, () => replace),
				);
			}
			for (const source of edited.values()) transformSync(source, { loader: "ts" });
		});
	}

	it("are at least thirty, each with a name of its own", () => {
		assert.ok(faults.length >= 30);
		assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
	});
});
