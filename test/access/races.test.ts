/*
 * Names that another process or a second session exchanges while a session tries to
 * change what the rules of Access protect: a directory and a link, the directories
 * above, a file between OPEN and FSETSTAT. What is protected stays as it is.
 */
import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { during } from "../confine/exchange.ts";
import { Jail, USERS, type User } from "../confine/jail.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import type { Question, ServerSession } from "../helpers/server-session.ts";

/** How often names are exchanged at least, and requests are made. */
const EXCHANGES = 3000;
const ROUNDS = 40;
const ROUNDS_MAX = 5000;

const PROTECTED = "protected";
const RIGHTS = ["read", "add", "drop", "hidden"] as const;
const POSIX_RENAME = "posix-rename@openssh.com";

/**
 * A jail in which `safe/dir` is protected by a rule. In `full`, `p/d` is a directory and
 * `q/d` a link to `safe/dir`, and `file` a file and `link` a link to one in it.
 */
class Ground {
	readonly jail: Jail;
	readonly #before: string;

	private constructor(jail: Jail) {
		this.jail = jail;
		for (const path of ["safe", "safe/dir", "safe/dir/sub", "full", "full/p", "full/p/d", "full/q"])
			jail.directory(path);
		for (const name of ["victim", "other"]) jail.file(`safe/dir/${name}`, PROTECTED);
		jail.link("safe/dir/link", "other");
		jail.link("full/q/d", "../../safe/dir");
		jail.file("full/file", "");
		jail.link("full/link", "../safe/dir/victim");
		this.#before = this.#state();
	}

	static async make(test: TestContext, user: User): Promise<Ground> {
		return new Ground(await Jail.make(test, user));
	}

	path(name: string): string {
		return join(this.jail.inside, name);
	}

	session(right: string): Promise<ServerSession> {
		return this.jail.start(["--access", `${right} ${this.path("safe")}/**`]);
	}

	/** Everything is there as it was, under one name, with its mode and times. */
	check(): void {
		assert.equal(this.#state(), this.#before);
	}

	#state(): string {
		return ["dir", "dir/sub", "dir/victim", "dir/other", "dir/link"]
			.map((name) => {
				const path = this.path(`safe/${name}`);
				const { ino, mode, nlink, mtimeNs } = lstatSync(path, { bigint: true });
				/* Something may have been added to a directory. */
				const rest = name === "dir" ? [] : [nlink, mtimeNs];
				const content = /victim|other/.test(name) ? readFileSync(path, "utf8") : "";
				return [name, ino, mode.toString(8), ...rest, content].join(" ");
			})
			.join("\n");
	}
}

/** Attempts at a directory that may be the protected one just then; `seen` gets what was answered. */
async function attack(session: ServerSession, directory: string, round: number, seen: Set<string>) {
	const ask = async (...question: Question): Promise<Buffer | undefined> => {
		const reply = await session.ask(...question);
		assert.ok(reply.kind === "handle" || reply.kind === "status", reply.kind);
		seen.add(`${question[0]} ${reply.kind === "status" ? reply.code : reply.kind}`);
		return reply.kind === "handle" ? reply.handle : undefined;
	};
	const file = `${directory}/victim`;
	for (const flags of [FXF.WRITE | FXF.CREAT, FXF.WRITE | FXF.TRUNC, FXF.WRITE | FXF.APPEND, FXF.READ]) {
		const handle = await ask(FXP.OPEN, file, flags, attrs());
		if (handle === undefined) continue;
		if (flags !== FXF.READ) await ask(FXP.WRITE, handle, 0n, "attacked");
		await ask(FXP.FSETSTAT, handle, attrs({ size: 1n, mode: 0o777 }));
		await ask(FXP.CLOSE, handle);
	}
	for (const set of [attrs({ size: 0n }), attrs({ mode: 0o777 }), attrs({ times: [round, round] })])
		await ask(FXP.SETSTAT, file, set);
	await ask("lsetstat@openssh.com", `${directory}/link`, attrs({ times: [round, round] }));
	const mine = await ask(FXP.OPEN, "full/mine", FXF.WRITE | FXF.CREAT, attrs());
	if (mine !== undefined) await ask(FXP.CLOSE, mine);
	const questions: readonly Question[] = [
		["hardlink@openssh.com", file, `full/linked-${round}`],
		[POSIX_RENAME, "full/mine", file],
		[FXP.RENAME, file, `full/taken-${round}`],
		[POSIX_RENAME, `${directory}/other`, `full/moved-${round}`],
		[POSIX_RENAME, `${directory}/link`, `${directory}/victim`],
		[FXP.REMOVE, file],
		[FXP.REMOVE, `${directory}/link`],
		[FXP.RMDIR, `${directory}/sub`],
		[FXP.SYMLINK, "elsewhere", `${directory}/link`],
		[FXP.MKDIR, `${directory}/sub`, attrs()],
	];
	for (const question of questions) await ask(...question);
}

/** Whether it was a race: requests of each kind were answered in one way and in another. */
function hasRaced(seen: ReadonlySet<string>, what: readonly (number | string)[]): boolean {
	return what.every((one) => [...seen].filter((answer) => answer.startsWith(`${one} `)).length >= 2);
}

function assertRaced(seen: ReadonlySet<string>, what: readonly (number | string)[]): void {
	assert.ok(hasRaced(seen, what), `${what}: ${[...seen].sort().join("; ")}`);
}

/** Whether another round is to be run: on a busy machine, it takes more of them to see a race. */
function goesOn(round: number, turns: number, seen: ReadonlySet<string>, what: readonly (number | string)[]) {
	return round < ROUNDS || (round < ROUNDS_MAX && (turns < EXCHANGES || !hasRaced(seen, what)));
}

const NAMES_CHANGED = [FXP.OPEN, FXP.SETSTAT, FXP.REMOVE, POSIX_RENAME] as const;

for (const user of USERS)
	describe(`races, in a session with rules of ${user.name}`, { skip: unlessInstalled("python3") }, () => {
		for (const right of RIGHTS) {
			for (const [what, one, other, path] of [
				["a directory exchanged with a link", "full/p/d", "full/q/d", "full/p/d"],
				["directories exchanged above", "full/p", "full/q", "full/p/d"],
			] as const)
				it(`never change what is ${right}, for ${what}`, async (test) => {
					const ground = await Ground.make(test, user);
					/* The link leads there from its new place too. */
					const session = await ground.session(right);
					const seen = new Set<string>();
					const exchange = {
						how: "exchange",
						one: ground.path(one),
						other: ground.path(other),
						user,
					} as const;
					await during(exchange, async (exchanges) => {
						for (let i = 0; goesOn(i, exchanges(), seen, NAMES_CHANGED); i++)
							await attack(session, path, i, seen);
					});
					assert.equal((await session.stop()).status, 0);
					ground.check();
					assertRaced(seen, NAMES_CHANGED);
				});

			it(`never change what is ${right}, for a file exchanged between OPEN and FSETSTAT`, async (test) => {
				const ground = await Ground.make(test, user);
				const session = await ground.session(right);
				const seen = new Set<string>();
				/* Where it may be read, it was opened, and not changed then. */
				const raced = [right === "read" || right === "add" ? "fsetstat" : "open"];
				const [one, other] = [ground.path("full/file"), ground.path("full/link")];
				await during({ how: "exchange", one, other, user }, async (exchanges) => {
					for (let i = 0; goesOn(i, exchanges(), seen, raced); i++)
						for (const flags of [FXF.READ, FXF.WRITE]) {
							const opened = await session.ask(FXP.OPEN, "full/file", flags, attrs());
							seen.add(`open ${opened.kind}`);
							if (opened.kind !== "handle") continue;
							for (const set of [attrs({ mode: 0o640 + (i % 8) }), attrs({ times: [i, i] })])
								seen.add(`fsetstat ${JSON.stringify(await session.ask(FXP.FSETSTAT, opened.handle, set))}`);
							await session.ask(FXP.CLOSE, opened.handle);
						}
				});
				assert.equal((await session.stop()).status, 0);
				ground.check();
				assertRaced(seen, raced);
			});
		}

		it("never change what is protected, for directories that a second session renames", async (test) => {
			const ground = await Ground.make(test, user);
			const [session, second] = [await ground.session("read"), await ground.session("read")];
			const seen = new Set<string>();
			let isOver = false;
			let turns = 0;
			const renaming = (async () => {
				for (; !isOver; turns++) {
					const replies = await second.askAll([
						[POSIX_RENAME, "full/p", "full/t"],
						[POSIX_RENAME, "full/q", "full/p"],
						[POSIX_RENAME, "full/t", "full/q"],
					]);
					for (const reply of replies) assert.ok(reply.kind === "status" && reply.code === 0);
				}
			})();
			for (let i = 0; goesOn(i, 100 * turns, seen, NAMES_CHANGED); i++)
				await attack(session, "full/p/d", i, seen);
			isOver = true;
			await renaming;
			for (const one of [session, second]) assert.equal((await one.stop()).status, 0);
			ground.check();
			assertRaced(seen, NAMES_CHANGED);
		});

		it("never take from a session what it adds under a name that another one wants", async (test) => {
			const ground = await Ground.make(test, user);
			const [backup, attacker] = [await ground.session("add"), await ground.session("add")];
			const seen = new Set<string>();
			let isOver = false;
			const attacking = (async () => {
				for (let i = 0; !isOver; i++) await attack(attacker, "safe", i, seen);
			})();
			let added = 0;
			const raced = [FXP.OPEN, FXP.REMOVE, POSIX_RENAME];
			for (let i = 0; goesOn(i, 100 * added, seen, raced); i++) {
				const flags = FXF.WRITE | FXF.CREAT | FXF.EXCL;
				const opened = await backup.ask(FXP.OPEN, "safe/victim", flags, attrs());
				if (opened.kind !== "handle") continue;
				const replies = await backup.askAll([
					[FXP.WRITE, opened.handle, 0n, `added ${added}`],
					[FXP.FSETSTAT, opened.handle, attrs({ mode: 0o600 })],
					[FXP.CLOSE, opened.handle],
					[POSIX_RENAME, "safe/victim", `safe/added-${added}`],
				]);
				for (const reply of replies) assert.ok(reply.kind === "status" && reply.code === 0);
				added++;
			}
			isOver = true;
			await attacking;
			for (const one of [backup, attacker]) assert.equal((await one.stop()).status, 0);
			ground.check();
			const names = readdirSync(ground.path("safe")).filter((name) => name.startsWith("added-"));
			assert.ok(added > 0);
			assert.equal(names.length, added);
			for (const name of names)
				assert.equal(readFileSync(ground.path(`safe/${name}`), "utf8"), name.replace("-", " "));
			assertRaced(seen, raced);
		});
	});
