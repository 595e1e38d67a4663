/*
 * STATs that arrive together are answered from a directory that is kept open. The rules
 * must give each of them the same answer as a STAT that arrives alone.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Jail, USERS } from "../confine/jail.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import type { Question } from "../helpers/server-session.ts";

const RULES = ["hidden secret", "hidden *.key", "hidden TOP/h/**", "drop TOP/box", "read TOP/d", "none *.no"];

const PATHS = [
	...[
		"d/file",
		"d/secret",
		"d/a.key",
		"d/missing",
		"d/a.no",
		"d/sub",
		"d/sub/file",
		"d/sub/.",
		"d/sub/../file",
	],
	...[
		"h/file",
		"h/sub",
		"h/missing",
		"h",
		"box/foreign",
		"box/own",
		"box/dir",
		"box/missing",
		"box/dir/foreign",
	],
	...[
		"link/file",
		"link/secret",
		"to-hidden",
		"to-hidden/sub",
		"to-secret",
		"d/to-secret",
		"d//file",
		"d/file/",
	],
	...["./d/file", "d/./secret", `d/${"n".repeat(256)}`, "d/file/x", "secret", "secret/x", ""],
];

for (const [form, pathOf] of [
	["absolute paths", (top: string, path: string) => `${top}/${path}`],
	["relative paths", (_top: string, path: string) => path],
] as const)
	describe(`STATs that arrive together, with ${form}`, () => {
		for (const user of USERS)
			it(`get the same answers as one at a time, for ${user.name}`, { skip: user.skip }, async (test) => {
				const jail = await Jail.make(test, user);
				for (const name of ["d/sub", "h", "h/sub", "box", "box/dir", "secret"]) jail.directory(name);
				for (const name of [
					"d/secret",
					"d/a.key",
					"d/a.no",
					"d/sub/file",
					"h/file",
					"box/foreign",
					"secret/x",
				])
					jail.file(name, name);
				jail.file("box/dir/foreign", "foreign");
				jail.link("link", "d");
				jail.link("to-hidden", "h");
				jail.link("to-secret", "d/secret");
				jail.link("d/to-secret", "secret");
				const rules = RULES.flatMap((rule) => ["-o", `Access ${rule.replace("TOP", jail.inside)}`]);
				const session = await jail.start([...rules, "-d", jail.inside]);
				const made = await session.open(
					FXP.OPEN,
					join(jail.inside, "box/own"),
					FXF.WRITE | FXF.CREAT,
					attrs(),
				);
				await session.ask(FXP.CLOSE, made);
				for (const what of [FXP.STAT, FXP.LSTAT])
					for (const path of PATHS.map((one) => pathOf(jail.inside, one))) {
						const alone = await session.ask(what, path);
						const neighbour = path.slice(0, path.lastIndexOf("/") + 1);
						const together: Question[] = [
							[what, `${neighbour}file`],
							[what, `${neighbour}file`],
							[what, path],
							[what, `${neighbour}foreign`],
							[what, path],
						];
						const replies = await session.askAll(together);
						assert.deepEqual([replies[2], replies[4]], [alone, alone], `${what} ${path}`);
					}
				const { kind } = await session.ask(FXP.STAT, join(jail.inside, "box/own"));
				assert.equal(kind, "attrs");
				assert.equal((await session.ask(FXP.STAT, join(jail.inside, "d/secret"))).kind, "status");
				assert.equal((await session.stop()).status, 0);
			});
	});
