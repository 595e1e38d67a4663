/*
 * STATs that arrive together are answered from a directory that is kept open. They must
 * see every change that the session makes between them, and nothing outside while
 * another process exchanges the directory.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import type { Question } from "../helpers/server-session.ts";
import { during, type Exchange } from "./exchange.ts";
import { Jail, USERS } from "./jail.ts";

interface View {
	readonly name: string;
	args(jail: Jail): readonly string[];
	/** The client's name of the jail's inside. */
	top(jail: Jail): string;
}

const VIEWS: readonly View[] = [
	{ name: "an ordinary session", args: () => [], top: ({ inside }) => inside },
	{
		name: "a confined session",
		args: ({ inside }) => ["--confine", inside],
		top: ({ inside }) => inside,
	},
	{ name: "a rooted session", args: ({ inside }) => ["--root", inside], top: () => "" },
];

/** The least numbers of exchanges and of requests. */
const EXCHANGES = 20_000;
const ROUNDS = 100;

const EXISTS = -1;
const MISSING = 2;

/** Asks several times, so that the directory is looked up, opened and used again. */
function looks(path: string, expected: number) {
	return Array.from({ length: 5 }, () => ({ question: [FXP.STAT, path] as Question, expected }));
}

const [ownUser] = USERS;
assert.ok(ownUser !== undefined);

for (const { name, args, top } of VIEWS)
	describe(`STATs that arrive together in ${name}`, () => {
		it("see what the session renames, removes and creates between them", async (test) => {
			const jail = await Jail.make(test, ownUser);
			jail.link("d/link", "file");
			const session = await jail.start(args(jail));
			const at = (path: string) => `${top(jail)}/${path}`;
			const steps = [
				...looks(at("d/file"), EXISTS),
				...looks(at("d/link"), EXISTS),
				{ question: ["posix-rename@openssh.com", at("d"), at("e")] as Question, expected: 0 },
				...looks(at("d/file"), MISSING),
				...looks(at("e/file"), EXISTS),
				...looks(at("e/link"), EXISTS),
				{ question: [FXP.REMOVE, at("e/file")] as Question, expected: 0 },
				...looks(at("e/file"), MISSING),
				...looks(at("e/link"), MISSING),
				{ question: [FXP.SYMLINK, "e", at("d")] as Question, expected: 0 },
				...looks(at("d/link"), MISSING),
				...looks(at("d/."), EXISTS),
				...looks(at("d/.."), EXISTS),
				...looks(at("d/"), EXISTS),
				...looks(at("d/link/"), MISSING),
				...looks(at("file/x"), MISSING),
				...looks(at(`d/${"n".repeat(256)}`), 5),
				...looks(at("/d"), EXISTS),
			];
			const replies = await session.askAll(steps.map(({ question }) => question));
			assert.deepEqual(
				replies.map((reply) => (reply.kind === "status" ? reply.code : EXISTS)),
				steps.map(({ expected }) => expected),
			);
			assert.equal((await session.stop()).status, 0);
		});

		it("are not answered from the directory of an earlier arrival, whose name was at the same place", async (test) => {
			const jail = await Jail.make(test, ownUser);
			jail.directory("e");
			const session = await jail.start(args(jail));
			const codes: number[] = [];
			for (const directory of ["d", "e", "d"]) {
				const asked = looks(`${top(jail)}/${directory}/file`, EXISTS);
				for (const reply of await session.askAll(asked.map(({ question }) => question)))
					codes.push(reply.kind === "status" ? reply.code : EXISTS);
			}
			assert.deepEqual(
				codes,
				[EXISTS, MISSING, EXISTS].flatMap((code) => Array.from({ length: 5 }, () => code)),
			);
			assert.equal((await session.stop()).status, 0);
		});

		/* Root, because only root can read the descriptors of a server. */
		it("leave no directory open", { skip: unlessRoot() }, async (test) => {
			const jail = await Jail.make(test, ownUser);
			const session = await jail.start(args(jail));
			const descriptors = () => readdirSync(`/proc/${session.pid}/fd`).sort();
			const stats = looks(`${top(jail)}/d/file`, EXISTS).map(({ question }) => question);
			await session.askAll(stats);
			const before = descriptors();
			await session.askAll([...stats, ...stats]);
			assert.deepEqual(descriptors(), before);
			assert.equal((await session.stop()).status, 0);
		});
	});

for (const user of USERS)
	for (const { name, args, top } of VIEWS.slice(1))
		describe(`STATs that arrive together in ${name} of ${user.name}`, {
			skip: unlessInstalled("python3"),
		}, () => {
			it("see nothing outside while their directory is exchanged with a link", async (test) => {
				const jail = await Jail.make(test, user);
				jail.link("other", join(jail.outside, "dir"));
				const session = await jail.start(args(jail));
				const seen = new Set<string>();
				const exchange: Exchange = {
					how: "exchange",
					one: join(jail.inside, "d"),
					other: join(jail.inside, "other"),
					user,
				};
				const questions = Array.from(
					{ length: 60 },
					(_, i): Question => [
						i % 3 === 0 ? FXP.LSTAT : FXP.STAT,
						`${top(jail)}/d/${i % 2 === 0 ? "file" : "secret"}`,
					],
				);
				await during(exchange, async (exchanges) => {
					for (let i = 0; i < ROUNDS || exchanges() < EXCHANGES; i++)
						for (const [j, reply] of (await session.askAll(questions)).entries())
							seen.add(`${j % 2 === 0 ? "file" : "secret"} ${reply.kind}`);
				});
				assert.deepEqual([...seen].sort(), ["file attrs", "file status", "secret status"]);
				assert.equal((await session.stop()).status, 0);
			});
		});
