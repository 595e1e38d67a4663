/*
 * Another user swaps names while a session works on a file that it has just created or
 * looked up. No existing file gets another group, or a mode that is not meant for it.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	chownSync,
	lchownSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { during } from "../confine/exchange.ts";
import { scratch } from "../failing/world.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import type { Program, Question } from "../helpers/server-session.ts";
import { ServerSession } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";

/* Users and groups that every Debian has: daemon is the client's, nobody the attacker. */
const DAEMON = 1;
const BIN = 2;
const NOBODY = { name: "nobody", uid: 65534, gid: 65534 };
const OLD_GROUP = 12345;
/** How often the attacker must win the race, and the most rounds for that. */
const WINS = 10;
const ROUNDS_MAX = 5000;
/** Runs a server that pauses for two milliseconds after each of these calls. */
const slowAfter = (calls: string): readonly string[] => [
	...["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`],
	...["-e", `inject=${calls}:delay_exit=2000`],
];

/** The least number of exchanges. */
const EXCHANGES = 20_000;

const SWAP = readFileSync("test/ops/swap.py", "utf8");

/** Swaps a name with another as soon as it exists, once a round. */
class Attacker {
	readonly #child: ChildProcess;
	readonly #lines: AsyncIterator<string>;

	constructor(test: TestContext, one: string, other: string) {
		const child = spawn("python3", ["-c", SWAP, one, other], {
			stdio: ["pipe", "pipe", "inherit"],
			uid: NOBODY.uid,
			gid: NOBODY.gid,
		});
		this.#child = child;
		this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
		test.after(async () => {
			child.stdin.end();
			await once(child, "exit");
		});
	}

	/** Whether the names were swapped while `work` ran. */
	async during(work: () => Promise<void>): Promise<boolean> {
		await this.#says("ready");
		await work();
		return (await this.#turn()) === "swapped";
	}

	async #says(line: string): Promise<void> {
		assert.equal(await this.#turn(), line);
	}

	async #turn(): Promise<string> {
		this.#child.stdin?.write("\n");
		return (await this.#lines.next()).value;
	}
}

/** A directory that everybody may change, and a session of daemon's in it. */
async function start(test: TestContext, args: readonly string[], by: readonly string[], acl?: string) {
	const cwd = mkdtempSync(join(scratch(test), "work-"));
	chmodSync(cwd, 0o777);
	if (acl !== undefined) execFileSync("setfacl", ["-d", "-m", acl, cwd]);
	const { executable } = stageServer(scratch(test));
	const program: Program = ["setpriv", "--reuid=1", "--regid=1", "--groups=1,2", ...by, executable];
	const session = await ServerSession.start(program, { cwd, args });
	test.after(() => session.kill("SIGKILL"));
	return { cwd, session };
}

type Victim = readonly [what: string, make: (path: string) => void];

const directory =
	(mode: number) =>
	(path: string): void => {
		mkdirSync(path);
		writeFileSync(join(path, "file"), "content");
		chownSync(path, DAEMON, OLD_GROUP);
		chmodSync(path, mode);
	};
const link =
	(text: string) =>
	(path: string): void => {
		symlinkSync(text, path);
		lchownSync(path, DAEMON, OLD_GROUP);
	};
const file = (path: string): void => {
	writeFileSync(path, "content");
	chownSync(path, DAEMON, OLD_GROUP);
	chmodSync(path, 0o640);
};

const VICTIMS: readonly Victim[] = [
	["a private directory", directory(0o700)],
	["a sticky directory", directory(0o1755)],
	["a link", link("/etc")],
	["a file", file],
];

const MKDIR: Question = [FXP.MKDIR, "new", attrs({ mode: 0o775 })];
const SYMLINK: Question = [FXP.SYMLINK, "target", "new"];
const ACL = "u::rwx,g::rwx,o::r-x";

const SESSIONS: readonly (readonly [
	name: string,
	args: readonly string[],
	question: Question,
	acl?: string,
])[] = [
	["MKDIR with a forced group", ["--force-group=bin"], MKDIR],
	["MKDIR with a forced group under a default ACL", ["--force-group=bin"], MKDIR, ACL],
	["MKDIR with a forced mode", ["-M", "775"], MKDIR],
	["MKDIR with both and rules of Access", ["--force-group=bin", "-M775", "--access=full *"], MKDIR],
	["SYMLINK with a forced group", ["--force-group=bin"], SYMLINK],
];

describe("a file that another user puts in place of the new one", {
	skip: unlessRoot() || unlessInstalled("python3", "strace", "acl"),
}, () => {
	for (const [name, args, question, acl] of SESSIONS)
		for (const [what, make] of VICTIMS)
			it(`keeps its group and mode: ${what}, by ${name}`, async (test) => {
				const { cwd, session } = await start(test, args, slowAfter("mkdirat,symlinkat"), acl);
				const [made, victim] = [join(cwd, "new"), join(cwd, "victim")];
				make(victim);
				const state = (path: string) => {
					const { ino, uid, gid, mode } = lstatSync(path);
					return { ino, uid, gid, mode };
				};
				const before = state(victim);
				const attacker = new Attacker(test, made, victim);
				let wins = 0;
				for (let round = 0; wins < WINS && round < ROUNDS_MAX; round++) {
					let isRefused = false;
					const isSwapped = await attacker.during(async () => {
						const reply = await session.ask(...question);
						assert.ok(reply.kind === "status" && [0, 4].includes(reply.code), JSON.stringify(reply));
						isRefused = reply.code === 4;
					});
					const [where, own] = isSwapped ? [made, victim] : [victim, made];
					assert.deepEqual(state(where), before);
					/* Refused or not, the new file is closed to others, or as intended. */
					if (isRefused) {
						assert.ok(isSwapped, "refused for nothing");
						wins++;
					} else if (args[0] !== "-M") assert.equal(lstatSync(own).gid, BIN);
					rmSync(own, { recursive: true });
					if (isSwapped) renameSync(made, victim);
				}
				assert.equal(wins, WINS, "the attacker was too slow");
				assert.equal((await session.stop()).status, 0);
			});
});

describe("if only one of the two modes is forced", {
	skip: unlessRoot() || unlessInstalled("python3", "strace"),
}, () => {
	const rows: readonly (readonly [option: string, keeps: "file" | "directory"])[] = [
		["-m640", "file"],
		["-M750", "directory"],
	];
	for (const [option, keeps] of rows)
		for (const extra of [[], ["--access=full *"]])
			it(`a ${keeps} that is swapped with the other kind keeps its mode: ${[option, ...extra]}`, async (test) => {
				const { cwd, session } = await start(test, [option, ...extra], slowAfter("newfstatat,readlinkat"));
				const [one, other] = [join(cwd, "one"), join(cwd, "other")];
				mkdirSync(one);
				writeFileSync(other, "content");
				for (const path of [one, other]) {
					chownSync(path, DAEMON, OLD_GROUP);
					chmodSync(path, 0o701);
				}
				const asked = attrs({ mode: 0o777 });
				const questions: readonly Question[] = [
					[FXP.SETSTAT, "one", asked],
					["lsetstat@openssh.com", "one", asked],
				];
				const seen = new Set<number>();
				await during({ how: "exchange", one, other, user: NOBODY }, async (exchanges) => {
					for (let round = 0; round < ROUNDS_MAX && (seen.size < 2 || exchanges() < EXCHANGES); round++)
						for (const reply of await session.askAll(questions)) {
							assert.ok(reply.kind === "status" && [0, 4].includes(reply.code), JSON.stringify(reply));
							seen.add(reply.code);
						}
				});
				/* Found by type, since either may have either name. */
				for (const path of [one, other]) {
					const kept = statSync(path).isDirectory() === (keeps === "directory");
					assert.equal(statSync(path).mode & 0o777, kept ? 0o701 : 0o777, path);
				}
				assert.deepEqual([...seen].sort(), [0, 4], "nothing was swapped in between");
				assert.equal((await session.stop()).status, 0);
			});
});

it("an upload to a name that others create and remove has the group whenever the upload creates it", {
	skip: unlessRoot() || unlessInstalled("python3"),
}, async (test) => {
	const { cwd, session } = await start(test, ["--force-group=bin", "-m", "660"], []);
	const [made, victim] = [join(cwd, "new"), join(cwd, "victim")];
	file(victim);
	const before = lstatSync(victim);
	const attacker = new Attacker(test, made, victim);
	let swaps = 0;
	for (let round = 0; swaps < WINS && round < ROUNDS_MAX; round++) {
		const isSwapped = await attacker.during(async () => {
			const handle = await session.open(FXP.OPEN, "new", FXF.WRITE | FXF.CREAT, attrs());
			await session.ask(FXP.CLOSE, handle);
		});
		const own = lstatSync(isSwapped ? victim : made);
		assert.deepEqual([own.gid, own.mode & 0o7777], [BIN, 0o660]);
		const { ino, gid, mode } = lstatSync(isSwapped ? made : victim);
		assert.deepEqual([ino, gid, mode], [before.ino, before.gid, before.mode]);
		rmSync(isSwapped ? victim : made);
		if (isSwapped) renameSync(made, victim);
		swaps += Number(isSwapped);
	}
	assert.equal(swaps, WINS);
	assert.equal((await session.stop()).status, 0);
});
