/*
 * Requests on names that another process exchanges at the same time, and their
 * permitted results; the races themselves, of confined and of rooted sessions.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import type { ServerReply } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { during } from "./exchange.ts";
import { type Jail, SECRET, type User } from "./jail.ts";

/** The content of d/secret inside. */
const CONTENT = "inside";

export function isStatus(reply: ServerReply, ...codes: readonly number[]): boolean {
	return reply.kind === "status" && codes.includes(reply.code);
}

/**
 * Makes requests about `d`, which may be a directory inside or a link to one outside. Those that
 * succeed, succeed inside; those that fail report a missing file or missing permission.
 *
 * In a root, as in OpenSSH's server, entries of an open directory are looked up by its
 * path: when that is gone, there are none.
 */
async function askRound(
	session: ServerSession,
	number: number,
	seen: Set<string>,
	isRooted = false,
): Promise<void> {
	const looked = async (what: number | string, path: string, size: number): Promise<void> => {
		const reply = await session.ask(what, path);
		seen.add(`${what} ${reply.kind}`);
		if (reply.kind === "attrs") assert.equal(reply.attrs?.size, BigInt(size), `${what} ${path}`);
		else assert.ok(isStatus(reply, 2, 3, 5), JSON.stringify(reply));
	};
	await looked(FXP.STAT, "d/secret", CONTENT.length);
	await looked(FXP.LSTAT, "d/secret", CONTENT.length);
	await looked(FXP.STAT, "link/secret", CONTENT.length);
	await read(session, "d/secret", seen);
	await list(session, seen, isRooted);
	const names = async (what: number, path: string, expected: string): Promise<void> => {
		const reply = await session.ask(what, path);
		seen.add(`${what} ${reply.kind}`);
		if (reply.kind === "names") assert.ok(reply.names[0]?.name.endsWith(expected), JSON.stringify(reply));
		else assert.ok(isStatus(reply, 2, 3, 5), JSON.stringify(reply));
	};
	await names(FXP.REALPATH, "d/secret", isRooted ? "/d/secret" : "/in/d/secret");
	await names(FXP.READLINK, "d/link", CONTENT);
	for (const [what, ...fields] of [
		[FXP.SETSTAT, "d/secret", attrs({ mode: 0o640 })],
		[FXP.SETSTAT, "d/secret", attrs({ times: [number, number] })],
		[FXP.SETSTAT, "d/secret", attrs({ size: BigInt(CONTENT.length) })],
		["lsetstat@openssh.com", "d/secret", attrs({ times: [number, number] })],
		["statvfs@openssh.com", "d/secret"],
		[FXP.MKDIR, `d/directory-${number}`, attrs()],
		[FXP.SYMLINK, "target", `d/link-${number}`],
		["hardlink@openssh.com", "file", `d/hard-${number}`],
		["posix-rename@openssh.com", "d/secret", "d/secret"],
		["posix-rename@openssh.com", "d/victim", "d/victim-moved"],
		[FXP.REMOVE, "d/victim"],
		[FXP.RMDIR, "d/victim-directory"],
	] as const) {
		const reply = await session.ask(what, ...fields);
		seen.add(`${what} ${reply.kind === "status" ? reply.code : reply.kind}`);
		assert.ok(reply.kind === "extended" || isStatus(reply, 0, 2, 3), `${what}: ${JSON.stringify(reply)}`);
	}
}

async function read(session: ServerSession, path: string, seen: Set<string>): Promise<void> {
	const opened = await session.ask(FXP.OPEN, path, FXF.READ, attrs());
	seen.add(`open ${opened.kind}`);
	if (opened.kind !== "handle") return;
	const reply = await session.ask(FXP.READ, opened.handle, 0n, 100);
	assert.equal(reply.kind === "data" && reply.data.toString(), CONTENT);
	await session.ask(FXP.CLOSE, opened.handle);
}

async function list(session: ServerSession, seen: Set<string>, mayBeEmpty: boolean): Promise<void> {
	const opened = await session.ask(FXP.OPENDIR, "d");
	seen.add(`opendir ${opened.kind}`);
	if (opened.kind !== "handle") return;
	const reply = await session.ask(FXP.READDIR, opened.handle);
	assert.ok(reply.kind === "names" || (mayBeEmpty && isStatus(reply, 1)), reply.kind);
	for (const { name, attrs: found } of reply.kind === "names" ? reply.names : []) {
		assert.ok(!name.startsWith("only-outside"));
		if (name === "secret") assert.equal(found?.size, BigInt(CONTENT.length));
	}
	await session.ask(FXP.CLOSE, opened.handle);
}

/** Goes up from a directory that may be outside at that moment. */
export async function stepOut(session: ServerSession): Promise<void> {
	for (const path of ["a/b/../secret", "a/b/c/../../secret", "a/b/c/../../dir/secret"]) {
		assert.ok(isStatus(await session.ask(FXP.STAT, path), 2, 3), path);
		assert.ok(isStatus(await session.ask(FXP.OPEN, path, FXF.READ, attrs()), 2, 3), path);
		assert.ok(isStatus(await session.ask(FXP.REMOVE, path), 2, 3), path);
	}
	const made = await session.ask(FXP.OPEN, "a/b/../made", FXF.WRITE | FXF.CREAT, attrs());
	if (made.kind === "handle") await session.ask(FXP.CLOSE, made.handle);
}

/** The least number of exchanges in a race, and of rounds of requests. */
const EXCHANGES = 30_000;
const ROUNDS = 150;

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

/** A session of a race, and the user of the process that exchanges names. */
export interface Race {
	readonly user: User;
	/** Undefined: a confined session. */
	readonly rootArgs?: readonly string[];
}

/**
 * Exchanges the directory `d` with a link to a directory outside.
 *
 * @param links the texts of a link to `d`, and of that to the directory outside
 */
export async function raceWithLink(
	jail: Jail,
	{ user, rootArgs }: Race,
	links: { readonly inside: string; readonly outside: string },
): Promise<void> {
	const isRooted = rootArgs !== undefined;
	jail.file("d/secret", CONTENT);
	jail.link("d/link", CONTENT);
	jail.link("link", links.inside);
	jail.link("other", links.outside);
	jail.file(join(jail.outside, "dir/only-outside"), "");
	jail.file(join(jail.outside, "dir/victim"), "");
	jail.directory(join(jail.outside, "dir/victim-directory"));
	const before = snapshotTree(jail.outside, NO_TIME_IS_RECENT);
	const session = await jail.start(rootArgs);
	const seen = new Set<string>();
	const [one, other] = [join(jail.inside, "d"), join(jail.inside, "other")];
	await during({ how: "exchange", one, other, user }, async (exchanges) => {
		for (let i = 0; i < ROUNDS || exchanges() < EXCHANGES; i++) await askRound(session, i, seen, isRooted);
	});
	assert.equal((await session.stop()).status, 0);
	assert.deepEqual(snapshotTree(jail.outside, NO_TIME_IS_RECENT), before);
	/* It was a race: each of these sometimes succeeded and sometimes failed. */
	for (const [good, bad] of [
		[`${FXP.STAT} attrs`, `${FXP.STAT} status`],
		["open handle", "open status"],
		["opendir handle", "opendir status"],
		[`${FXP.MKDIR} 0`, `${FXP.MKDIR} ${isRooted ? 2 : 3}`],
	] as const)
		assert.ok(seen.has(good) && seen.has(bad), `${good}, ${bad}: ${[...seen].sort().join("; ")}`);
}

/** Moves the directory `a/b` outside and back while `ask` makes requests that go up from it. */
export async function raceOverMoved(
	jail: Jail,
	{ user, rootArgs }: Race,
	ask: (session: ServerSession) => Promise<void>,
): Promise<void> {
	for (const path of ["a", "a/b", "a/b/c"]) jail.directory(path);
	const session = await jail.start(rootArgs);
	const [one, other] = [join(jail.inside, "a/b"), join(jail.outside, "b")];
	await during({ how: "move", one, other, user }, async (exchanges) => {
		for (let i = 0; i < 10 * ROUNDS || exchanges() < EXCHANGES; i++) await ask(session);
	});
	assert.equal((await session.stop()).status, 0);
	assert.deepEqual(readdirSync(jail.outside).sort(), ["dir", "link", "secret"]);
	assert.equal(readFileSync(join(jail.outside, "secret"), "utf8"), SECRET);
	assert.equal(statSync(join(jail.inside, "a/made")).size, 0);
}
