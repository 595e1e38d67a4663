/*
 * A session tries to change what the rules of Access protect, while another process or
 * a second session exchanges names: a directory with a link, directories above it, and
 * a file between OPEN and FSETSTAT. Protected files must not change.
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

/** The least numbers of exchanges and of rounds, and the most rounds. */
const EXCHANGES = 3000;
const ROUNDS = 40;
const ROUNDS_MAX = 5000;

const PROTECTED = "protected";
const RIGHTS = ["read", "add", "drop", "hidden"] as const;
const POSIX_RENAME = "posix-rename@openssh.com";

/**
 * A jail in which a rule protects `safe/dir`. In `full`, `p/d` is a directory and `q/d`
 * a link to `safe/dir`; `file` is a file and `link` a link to a file in `safe/dir`.
 */
class Fixture {
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

	static async make(test: TestContext, user: User): Promise<Fixture> {
		return new Fixture(await Jail.make(test, user));
	}

	path(name: string): string {
		return join(this.jail.inside, name);
	}

	session(right: string): Promise<ServerSession> {
		return this.jail.start(["--access", `${right} ${this.path("safe")}/**`]);
	}

	/** Asserts that inodes, modes, times, link counts and contents are unchanged. */
	check(): void {
		assert.equal(this.#state(), this.#before);
	}

	#state(): string {
		return ["dir", "dir/sub", "dir/victim", "dir/other", "dir/link"]
			.map((name) => {
				const path = this.path(`safe/${name}`);
				const { ino, mode, nlink, mtimeNs } = lstatSync(path, { bigint: true });
				/* The attempts may add names to `dir`. */
				const rest = name === "dir" ? [] : [nlink, mtimeNs];
				const content = /victim|other/.test(name) ? readFileSync(path, "utf8") : "";
				return [name, ino, mode.toString(8), ...rest, content].join(" ");
			})
			.join("\n");
	}
}

/** Tries to change a directory that may be the protected one at the time; adds the answers to `seen`. */
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

/** True if it was a race: requests of each kind got different answers. */
function hasRaced(seen: ReadonlySet<string>, what: readonly (number | string)[]): boolean {
	return what.every((one) => [...seen].filter((answer) => answer.startsWith(`${one} `)).length >= 2);
}

function assertRaced(seen: ReadonlySet<string>, what: readonly (number | string)[]): void {
	assert.ok(hasRaced(seen, what), `${what}: ${[...seen].sort().join("; ")}`);
}

/** True if another round is needed. On a busy machine it takes more rounds until requests race. */
function needsRound(
	round: number,
	turns: number,
	seen: ReadonlySet<string>,
	what: readonly (number | string)[],
) {
	return round < ROUNDS || (round < ROUNDS_MAX && (turns < EXCHANGES || !hasRaced(seen, what)));
}

const NAMES_CHANGED = [FXP.OPEN, FXP.SETSTAT, FXP.REMOVE, POSIX_RENAME] as const;

for (const user of USERS)
	describe(`races against a session of ${user.name} with rules of Access`, {
		skip: unlessInstalled("python3"),
	}, () => {
		for (const right of RIGHTS) {
			for (const [what, one, other, path] of [
				["a directory is exchanged with a link", "full/p/d", "full/q/d", "full/p/d"],
				["the directories above them are exchanged", "full/p", "full/q", "full/p/d"],
			] as const)
				it(`never change protected files (${right}) when ${what}`, async (test) => {
					const fixture = await Fixture.make(test, user);
					/* The link's target is the same directory from its new place. */
					const session = await fixture.session(right);
					const seen = new Set<string>();
					const exchange = {
						how: "exchange",
						one: fixture.path(one),
						other: fixture.path(other),
						user,
					} as const;
					await during(exchange, async (exchanges) => {
						for (let i = 0; needsRound(i, exchanges(), seen, NAMES_CHANGED); i++)
							await attack(session, path, i, seen);
					});
					assert.equal((await session.stop()).status, 0);
					fixture.check();
					assertRaced(seen, NAMES_CHANGED);
				});

			it(`never change protected files (${right}) when a file is exchanged between OPEN and FSETSTAT`, async (test) => {
				const fixture = await Fixture.make(test, user);
				const session = await fixture.session(right);
				const seen = new Set<string>();
				/* With a right to read, OPEN always succeeds and FSETSTAT's answers differ. */
				const raced = [right === "read" || right === "add" ? "fsetstat" : "open"];
				const [one, other] = [fixture.path("full/file"), fixture.path("full/link")];
				await during({ how: "exchange", one, other, user }, async (exchanges) => {
					for (let i = 0; needsRound(i, exchanges(), seen, raced); i++)
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
				fixture.check();
				assertRaced(seen, raced);
			});
		}

		it("never change protected files when a second session renames directories", async (test) => {
			const fixture = await Fixture.make(test, user);
			const [session, second] = [await fixture.session("read"), await fixture.session("read")];
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
			for (let i = 0; needsRound(i, 100 * turns, seen, NAMES_CHANGED); i++)
				await attack(session, "full/p/d", i, seen);
			isOver = true;
			await renaming;
			for (const one of [session, second]) assert.equal((await one.stop()).status, 0);
			fixture.check();
			assertRaced(seen, NAMES_CHANGED);
		});

		it("never take an added file from a session when another one attacks its name", async (test) => {
			const fixture = await Fixture.make(test, user);
			const [backup, attacker] = [await fixture.session("add"), await fixture.session("add")];
			const seen = new Set<string>();
			let isOver = false;
			const attacking = (async () => {
				for (let i = 0; !isOver; i++) await attack(attacker, "safe", i, seen);
			})();
			let added = 0;
			const raced = [FXP.OPEN, FXP.REMOVE, POSIX_RENAME];
			for (let i = 0; needsRound(i, 100 * added, seen, raced); i++) {
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
			fixture.check();
			const names = readdirSync(fixture.path("safe")).filter((name) => name.startsWith("added-"));
			assert.ok(added > 0);
			assert.equal(names.length, added);
			for (const name of names)
				assert.equal(readFileSync(fixture.path(`safe/${name}`), "utf8"), name.replace("-", " "));
			assertRaced(seen, raced);
		});
	});
