/*
 * The directory of --confine that a path is in, by the path's text: the innermost one
 * that it names; none once it names anything that is not above or in one.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Tree, Trees } from "../../src/files/confined-trees.ts";
import { asByteString } from "../../src/posix/byte-string.ts";

function tree(path: string, readOnly = false): Tree {
	return { fd: -1, path: asByteString(path), readOnly, linksIn: [] };
}

describe("the place of a path", () => {
	const trees = new Trees();
	const [home, inner, other] = [tree("/srv/home"), tree("/srv/home/in/ner", true), tree("/srv/other")];
	trees.add(home, asByteString("/link/to//home/"));
	trees.add(inner, inner.path);
	/* Paths with dots, and relative ones, match nothing. */
	trees.add(other, asByteString("/srv/../dots"));
	trees.add(other, asByteString("relative"));

	const rows: readonly [path: string, tree: Tree | undefined, rest?: string][] = [
		["/srv/home", home, ""],
		["/srv/home/", home, ""],
		["//srv///home//file", home, "file"],
		["/./srv/./home/./file", home, "./file"],
		["/srv/home/in/ner/file", inner, "file"],
		["/srv/home/in/nerd", home, "in/nerd"],
		["/srv/home/in", home, "in"],
		["/srv/home/in/../file", home, "in/../file"],
		["/srv/home/..", home, ".."],
		["/srv/other/../home/file", other, "../home/file"],
		["/srv/../srv/home/file", home, "file"],
		["/../srv/home", home, ""],
		["/srv/../../../srv/other", other, ""],
		["/link/to/home/file", home, "file"],
		["/link/../link/to/home/x", home, "x"],
		["/srv/homes", undefined],
		["/srv", undefined],
		["/srv/..", undefined],
		["/", undefined],
		["", undefined],
		["/etc/../srv/home", undefined],
		["/srv/elsewhere/../home", undefined],
		["/dots", undefined],
		["/srv/dots", undefined],
	];
	for (const [path, expected, rest = ""] of rows) {
		it(`is ${expected?.path ?? "nowhere"} for ${JSON.stringify(path)}`, () => {
			assert.deepEqual(trees.locate(asByteString(path)), expected && { tree: expected, rest });
		});
	}

	it("is found for every path when the root is one of the directories", () => {
		const all = new Trees();
		const root = tree("/");
		all.add(root, asByteString("/"));
		assert.deepEqual(all.locate(asByteString("/etc/passwd")), { tree: root, rest: "etc/passwd" });
		assert.deepEqual(all.locate(asByteString("/..")), { tree: root, rest: ".." });
		assert.equal(all.isAbove(asByteString("/")), false);
	});

	it("is above a directory only on that directory's own path", () => {
		for (const path of ["/", "/srv", "/srv/", "/link", "/link/to", "/srv/home/in"])
			assert.equal(trees.isAbove(asByteString(path)), true, path);
		for (const path of ["/srv/home/in/ner", "/srv/other", "/etc", "/srv/hom", "/dots"])
			assert.equal(trees.isAbove(asByteString(path)), false, path);
	});

	it("is writable when either of two equal directories is", () => {
		for (const rights of [
			[true, false],
			[false, true],
			[false, false],
		]) {
			const both = new Trees();
			for (const readOnly of rights) both.add(tree("/srv", readOnly), asByteString("/srv"));
			assert.equal(both.locate(asByteString("/srv/file"))?.tree.readOnly, false);
		}
	});
});
