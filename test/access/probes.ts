/*
 * Attempts to get around the rules of Access, each in a fresh tree. A probe throws if
 * an attempt succeeds, so it can also run against a server with a deliberate fault.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type Program, type Question, ServerSession } from "../helpers/server-session.ts";

const OK = 0;
const NO_SUCH_FILE = 2;
const DENIED = 3;
const FAILURE = 4;
const BAD_MESSAGE = 5;
const CREATE = FXF.WRITE | FXF.CREAT | FXF.EXCL;

/** The server to ask, and the user it runs as: the tests' own, or one with these ids. */
export interface Client {
	readonly program: Program;
	readonly uid?: number;
	readonly gid?: number;
}

/** A tree and the sessions started on it. */
class Fixture {
	readonly top = mkdtempSync(join(tmpdir(), "access-"));
	readonly #client: Client;
	readonly #sessions: ServerSession[] = [];

	constructor(client: Client) {
		this.#client = client;
		chmodSync(this.top, 0o777);
		for (const directory of ["add", "drop", "read", "full", "full/d", "hidden"])
			mkdirSync(join(this.top, directory));
		for (const directory of ["add", "drop", "read", "hidden", "full/d"])
			writeFileSync(join(this.top, directory, "foreign"), "foreign");
		this.chown();
	}

	/** Makes the session's user own the whole tree, so that only the rules refuse anything. */
	chown(): void {
		if (this.#client.uid !== undefined) execFileSync("chown", ["-Rh", String(this.#client.uid), this.top]);
	}

	async session(...rules: readonly string[]): Promise<ServerSession> {
		const { program, ...user } = this.#client;
		const args = rules.flatMap((rule) => ["--access", rule.replace(" /", ` ${this.top}/`)]);
		const session = await ServerSession.start(program, {
			args: ["-e", "-l", "VERBOSE", ...args],
			cwd: this.top,
			...user,
		});
		this.#sessions.push(session);
		return session;
	}

	path(name: string): string {
		return join(this.top, name);
	}

	content(name: string): string {
		return readFileSync(this.path(name), "utf8");
	}

	end(): void {
		for (const session of this.#sessions) session.kill("SIGKILL");
		rmSync(this.top, { recursive: true, force: true });
	}
}

async function expect(session: ServerSession, code: number, ...question: Question): Promise<void> {
	const reply = await session.ask(...question);
	const got = reply.kind === "status" ? reply.code : reply.kind;
	assert.equal(got, code, question.map(String).join(" "));
}

/** The request must fail, with whatever status the system gives. */
async function expectRefused(session: ServerSession, ...question: Question): Promise<void> {
	const reply = await session.ask(...question);
	const isRefused =
		reply.kind === "status" && [NO_SUCH_FILE, DENIED, FAILURE, BAD_MESSAGE].includes(reply.code);
	assert.ok(isRefused, `${question.map(String).join(" ")}: ${JSON.stringify(reply)}`);
}

async function create(session: ServerSession, path: string, content = "own"): Promise<Buffer> {
	const handle = await session.open(FXP.OPEN, path, CREATE, attrs());
	await expect(session, OK, FXP.WRITE, handle, 0n, content);
	return handle;
}

async function names(session: ServerSession, path: string): Promise<string[]> {
	const handle = await session.open(FXP.OPENDIR, path);
	const found: string[] = [];
	for (;;) {
		const reply = await session.ask(FXP.READDIR, handle);
		if (reply.kind !== "names") break;
		found.push(...reply.names.map(({ name }) => name));
	}
	await session.ask(FXP.CLOSE, handle);
	return found.filter((name) => name !== "." && name !== "..").sort();
}

export type Probe = (fixture: Fixture) => Promise<void>;

export const probes = {
	"links and dots don't change the rights": async (fixture) => {
		symlinkSync(fixture.path("read/foreign"), fixture.path("full/link"));
		symlinkSync("../read", fixture.path("full/directory"));
		fixture.chown();
		const session = await fixture.session("read /read/**");
		for (const path of [
			...["read/foreign", "full/../read/foreign", "full/link", "full/directory/foreign", ".//read/./foreign"],
			...[fixture.path("read/foreign"), `${fixture.top}/full/directory/../read/foreign`],
		]) {
			await expect(session, DENIED, FXP.OPEN, path, FXF.WRITE, attrs());
			await expect(session, DENIED, FXP.OPEN, path, FXF.READ | FXF.TRUNC, attrs());
			await expect(session, DENIED, FXP.OPEN, path, FXF.WRITE | FXF.CREAT | FXF.APPEND, attrs());
			await expect(session, DENIED, FXP.SETSTAT, path, attrs({ size: 0n }));
			await expect(session, DENIED, FXP.SETSTAT, path, attrs({ mode: 0o777 }));
		}
		for (const path of ["read/foreign", "full/../read/foreign", "full/directory/foreign"]) {
			await expect(session, DENIED, FXP.REMOVE, path);
			await expect(session, DENIED, FXP.RENAME, path, "full/mine");
			await expect(session, DENIED, "posix-rename@openssh.com", path, "full/mine");
			await expect(session, DENIED, "hardlink@openssh.com", path, "full/mine");
		}
		await expect(session, DENIED, FXP.OPEN, "full/directory/new", CREATE, attrs());
		const handle = await session.open(FXP.OPEN, "full/link", FXF.READ, attrs());
		await expect(session, DENIED, FXP.FSETSTAT, handle, attrs({ mode: 0o777 }));
		await expect(session, DENIED, FXP.FSETSTAT, handle, attrs({ size: 0n }));
		assert.equal(fixture.content("read/foreign"), "foreign");
		assert.ok(!existsSync(fixture.path("full/mine")));
	},
	"a directory can't be renamed to where its contents would gain rights": async (fixture) => {
		mkdirSync(fixture.path("full/out"));
		mkdirSync(fixture.path("add/inner"));
		writeFileSync(fixture.path("add/inner/foreign"), "foreign");
		fixture.chown();
		const session = await fixture.session("add /add/**", "read /read/**", "drop /full/d/deep/**");
		const rename = "posix-rename@openssh.com";
		/* A foreign directory, one above a rule, and one to a place above a rule. */
		for (const [from, to] of [
			["add/inner", "full/inner"],
			["add", "full/add"],
			["full/d", "full/e"],
			["full/out", "full/d/deep"],
		] as const) {
			await expect(session, DENIED, rename, from, to);
			await expect(session, DENIED, FXP.RENAME, from, to);
		}
		/* A directory of the session's, with a file that another session put there. */
		await expect(session, OK, FXP.MKDIR, "add/own", attrs());
		writeFileSync(fixture.path("add/own/foreign"), "foreign");
		await expect(session, DENIED, rename, "add/own", "full/own");
		await expect(session, OK, rename, "add/own", "add/own2");
		await expect(session, DENIED, FXP.RMDIR, "full/d");
		/* A directory that loses rights may be renamed. */
		await expect(session, OK, rename, "full/out", "add/out");
		await expect(session, DENIED, rename, "add/out", "full/out");
	},
	"a hard link gains no rights": async (fixture) => {
		const session = await fixture.session("add /add/**", "read /read/**", "drop /drop/**");
		for (const file of ["read/foreign", "add/foreign"])
			for (const to of ["full/link", "add/link", "drop/link"])
				await expect(session, DENIED, "hardlink@openssh.com", file, to);
		await session.ask(FXP.CLOSE, await create(session, "add/own"));
		/* Another session could change it by the second name, while the first name stays. */
		await expect(session, DENIED, "hardlink@openssh.com", "add/own", "full/own");
		await expect(session, OK, "hardlink@openssh.com", "add/own", "add/own2");
		/* Nor can the link be renamed to there while the first name stays. */
		for (const what of [FXP.RENAME, "posix-rename@openssh.com"])
			await expect(session, DENIED, what, "add/own2", "full/own2");
		await expect(session, OK, "posix-rename@openssh.com", "add/own2", "add/own3");
		await expect(session, OK, FXP.REMOVE, "add/own3");
		await expect(session, OK, FXP.RENAME, "add/own", "full/own");
		await expect(session, OK, FXP.SYMLINK, fixture.path("read/foreign"), "full/symlink");
		await expect(session, DENIED, FXP.OPEN, "full/symlink", FXF.WRITE, attrs());
		/* An existing hard link has the right of its own place. */
		linkSync(fixture.path("full/d/foreign"), fixture.path("read/second"));
		await expect(session, DENIED, FXP.SETSTAT, "read/second", attrs({ mode: 0o600 }));
		await expect(session, OK, FXP.SETSTAT, "full/d/foreign", attrs({ mode: 0o600 }));
	},
	"a reused inode is not an own file": async (fixture) => {
		const session = await fixture.session("add /add/**");
		for (let attempt = 0; ; attempt++) {
			assert.ok(attempt < 10_000, "the file system reuses no inodes");
			const path = `add/own${attempt}`;
			await session.ask(FXP.CLOSE, await create(session, path));
			const { ino, birthtimeMs } = statSync(fixture.path(path));
			/* Another process removes the file; a later file gets its inode. */
			unlinkSync(fixture.path(path));
			const foreign = fixture.path(`add/foreign${attempt}`);
			writeFileSync(foreign, "foreign");
			while (statSync(foreign).birthtimeMs === birthtimeMs && statSync(foreign).ino === ino) {
				unlinkSync(foreign);
				writeFileSync(foreign, "foreign");
			}
			if (statSync(foreign).ino !== ino) continue;
			fixture.chown();
			await expect(session, DENIED, FXP.REMOVE, `add/foreign${attempt}`);
			await expect(session, DENIED, FXP.OPEN, `add/foreign${attempt}`, FXF.WRITE, attrs());
			return;
		}
	},
	"a listing continues after a batch of invisible entries": async (fixture) => {
		/* Links to one file cost a file system less than files do. */
		writeFileSync(fixture.path("full/shown"), "");
		for (let i = 0; i < 1000; i++) linkSync(fixture.path("full/shown"), fixture.path(`full/hidden-${i}`));
		const session = await fixture.session("hidden hidden*", "drop /drop/**");
		assert.deepEqual(await names(session, "full"), ["d", "shown"]);
		assert.deepEqual(await names(session, "."), ["add", "drop", "full", "read"]);
		for (let i = 0; i < 1000; i++) linkSync(fixture.path("drop/foreign"), fixture.path(`drop/foreign-${i}`));
		await session.ask(FXP.CLOSE, await create(session, "drop/own"));
		mkdirSync(fixture.path("drop/directory"));
		assert.deepEqual(await names(session, "drop"), ["directory", "own"]);
	},
	"another session never changes what was added": async (fixture) => {
		const [one, other] = [await fixture.session("add /add/**"), await fixture.session("add /add/**")];
		const handle = await create(one, "add/file");
		await expect(one, OK, FXP.FSETSTAT, handle, attrs({ mode: 0o600, times: [1, 2] }));
		await expect(one, OK, FXP.CLOSE, handle);
		await expect(one, OK, "posix-rename@openssh.com", "add/file", "add/final");
		for (const session of [other, await fixture.session("add /add/**")]) {
			for (const flags of [FXF.WRITE, FXF.WRITE | FXF.CREAT | FXF.TRUNC, FXF.WRITE | FXF.APPEND])
				await expect(session, DENIED, FXP.OPEN, "add/final", flags, attrs());
			await expect(session, DENIED, FXP.REMOVE, "add/final");
			await expect(session, DENIED, FXP.RENAME, "add/final", "add/gone");
			await session.ask(FXP.CLOSE, await create(session, "add/other", "other"));
			await expect(session, DENIED, "posix-rename@openssh.com", "add/other", "add/final");
			await expect(session, 4, FXP.RENAME, "add/other", "add/final");
			await expect(session, DENIED, FXP.SETSTAT, "add/final", attrs({ size: 0n }));
			await expect(session, OK, FXP.REMOVE, "add/other");
		}
		assert.equal(fixture.content("add/final"), "own");
		await expect(one, OK, FXP.REMOVE, "add/final");
	},
	"only the session that dropped a file sees it": async (fixture) => {
		const [one, other] = [await fixture.session("drop /drop/**"), await fixture.session("drop /drop/**")];
		await one.ask(FXP.CLOSE, await create(one, "drop/file.filepart"));
		await expect(one, OK, FXP.RENAME, "drop/file.filepart", "drop/file");
		assert.deepEqual(await names(one, "drop"), ["file"]);
		assert.deepEqual(await names(other, "drop"), []);
		for (const name of ["file", "foreign"]) {
			for (const what of [FXP.STAT, FXP.LSTAT, FXP.REMOVE, FXP.READLINK])
				await expect(other, NO_SUCH_FILE, what, `drop/${name}`);
			await expect(other, NO_SUCH_FILE, FXP.OPEN, `drop/${name}`, FXF.READ, attrs());
			await expect(other, DENIED, FXP.OPEN, `drop/${name}`, CREATE, attrs());
			await expect(other, DENIED, FXP.OPEN, `drop/${name}`, FXF.WRITE | FXF.CREAT, attrs());
			await expect(other, DENIED, FXP.MKDIR, `drop/${name}`, attrs());
			await expect(other, DENIED, FXP.SYMLINK, "x", `drop/${name}`);
		}
		await expect(one, OK, FXP.SETSTAT, "drop/file", attrs({ times: [1, 2] }));
		await expect(one, OK, FXP.REMOVE, "drop/file");
	},
	"a hidden name does not show as a component of a path either": async (fixture) => {
		symlinkSync("/etc", fixture.path("hidden-link"));
		const session = await fixture.session("hidden /hidden", "hidden /hidden-link", "hidden /missing");
		const ask = async (what: number, path: string): Promise<string> => {
			const reply = await session.ask(what, path, ...(what === FXP.OPEN ? [CREATE, attrs()] : []));
			return reply.kind === "status" ? String(reply.code) : reply.kind;
		};
		for (const name of ["hidden", "hidden-link"])
			for (const after of ["", "/", "/..", "/../full", "/x", "/passwd", "/../hidden/foreign", "/foreign/.."])
				for (const what of [FXP.STAT, FXP.LSTAT, FXP.REALPATH, FXP.OPENDIR, FXP.REMOVE, FXP.OPEN])
					assert.equal(
						await ask(what, `${name}${after}`),
						await ask(what, `missing${after}`),
						`${what} ${name}${after}`,
					);
		assert.equal((await names(session, ".")).includes("hidden"), false);
	},
	"the server's own files in /proc are not opened": async (fixture) => {
		const session = await fixture.session("read /read/**");
		for (const path of ["/proc/self/mem", "/proc/self/task/../mem", "/proc/thread-self/mem"])
			for (const flags of [FXF.READ, FXF.WRITE, FXF.READ | FXF.WRITE | FXF.CREAT])
				await expect(session, DENIED, FXP.OPEN, path, flags, attrs());
		/* A link in /proc/self/fd is judged by the location of the open file. */
		const handle = await session.open(FXP.OPEN, "read/foreign", FXF.READ, attrs());
		let number: string | undefined;
		for (const one of await names(session, "/proc/self/fd")) {
			const reply = await session.ask(FXP.READLINK, `/proc/self/fd/${one}`);
			if (reply.kind === "names" && reply.names[0]?.name === fixture.path("read/foreign")) number = one;
		}
		assert.ok(number !== undefined);
		for (const flags of [FXF.WRITE, FXF.READ | FXF.TRUNC, FXF.WRITE | FXF.CREAT | FXF.APPEND])
			await expect(session, DENIED, FXP.OPEN, `/proc/self/fd/${number}`, flags, attrs());
		for (const set of [attrs({ size: 0n }), attrs({ mode: 0o777 })])
			await expect(session, DENIED, FXP.SETSTAT, `/proc/self/fd/${number}`, set);
		await expect(session, DENIED, FXP.OPEN, "/proc/self/cwd/read/new", CREATE, attrs());
		await expect(session, DENIED, FXP.REMOVE, `/proc/self/root${fixture.path("read/foreign")}`);
		await session.ask(FXP.CLOSE, handle);
		assert.equal(fixture.content("read/foreign"), "foreign");
	},
	"a listing does not show a hidden parent directory": async (fixture) => {
		mkdirSync(fixture.path("hidden/shown"));
		for (const name of ["other", "third"]) mkdirSync(fixture.path(`hidden/${name}`));
		utimesSync(fixture.path("hidden"), 1, 1);
		fixture.chown();
		const session = await fixture.session("full /hidden/shown", "hidden /hidden");
		const handle = await session.open(FXP.OPENDIR, "hidden/shown");
		const reply = await session.ask(FXP.READDIR, handle);
		assert.ok(reply.kind === "names");
		const [here, above] = [".", ".."].map((name) => reply.names.find((entry) => entry.name === name));
		assert.notEqual(here?.attrs, undefined);
		assert.deepEqual(above?.attrs, here?.attrs);
		await expect(session, NO_SUCH_FILE, FXP.STAT, "hidden/shown/..");
	},
	"an invisible link does not reveal that its target is hidden": async (fixture) => {
		symlinkSync("../hidden", fixture.path("drop/link"));
		const session = await fixture.session("hidden /hidden", "drop /drop/**");
		for (const [what, ...fields] of [
			[FXP.OPEN, CREATE, attrs()],
			[FXP.OPEN, FXF.WRITE | FXF.CREAT, attrs()],
			[FXP.MKDIR, attrs()],
			[FXP.REMOVE],
			[FXP.STAT],
		] as const)
			for (const name of ["link", "missing"])
				await expect(session, NO_SUCH_FILE, what, `drop/${name}/new`, ...fields);
	},
	"the right depends on a file's location at the time of use": async (fixture) => {
		const session = await fixture.session("hidden /hidden/**", "read /read/**");
		const handle = await session.open(FXP.OPENDIR, "full/d");
		renameSync(fixture.path("full/d"), fixture.path("hidden/d"));
		const reply = await session.ask(FXP.READDIR, handle);
		assert.deepEqual(reply.kind === "names" ? reply.names.map(({ name }) => name).sort() : reply.kind, [
			".",
			"..",
		]);
		await expect(session, NO_SUCH_FILE, FXP.STAT, "hidden/d/foreign");
		writeFileSync(fixture.path("full/x (deleted)"), "x");
		assert.equal((await session.ask(FXP.STAT, "full/x (deleted)")).kind, "attrs");
	},
	"a dangling link creates no file where a rule forbids it": async (fixture) => {
		for (const right of ["read", "hidden", "drop"]) {
			symlinkSync(`../${right}/new`, fixture.path(`full/to-${right}`));
			symlinkSync(`../${right}/foreign`, fixture.path(`full/on-${right}`));
		}
		fixture.chown();
		const session = await fixture.session("read /read/**", "hidden /hidden", "drop /drop/**");
		for (const flags of [FXF.WRITE | FXF.CREAT, FXF.WRITE | FXF.CREAT | FXF.TRUNC, FXF.READ | FXF.CREAT]) {
			for (const right of ["read", "hidden"])
				await expect(session, DENIED, FXP.OPEN, `full/to-${right}`, flags, attrs());
			for (const right of ["hidden", "drop"])
				await expect(session, DENIED, FXP.OPEN, `full/on-${right}`, flags, attrs());
		}
		for (const right of ["read", "hidden", "drop"]) {
			await expect(session, FAILURE, FXP.OPEN, `full/to-${right}`, CREATE, attrs());
			assert.ok(!existsSync(fixture.path(`${right}/new`)));
			assert.equal(fixture.content(`${right}/foreign`), "foreign");
		}
		/* The rule for the link's own place does not matter. */
		symlinkSync("../full/made", fixture.path("read/out"));
		await session.ask(FXP.CLOSE, await session.open(FXP.OPEN, "read/out", FXF.WRITE | FXF.CREAT, attrs()));
		await expect(session, DENIED, FXP.OPEN, "read/out", CREATE, attrs());
		assert.ok(existsSync(fixture.path("full/made")));
		/* A slash at the end of a link's text asks for a directory. */
		const texts = { missing: "../full/no-directory/", file: "made/", loop: "to-loop/" };
		for (const [name, text] of Object.entries(texts)) {
			symlinkSync(text, fixture.path(`full/to-${name}`));
			await expect(session, FAILURE, FXP.OPEN, `full/to-${name}`, FXF.WRITE | FXF.CREAT, attrs());
		}
		/* Where the rule permits it, the file is created and is an own file. */
		const handle = await session.open(FXP.OPEN, "full/to-drop", FXF.WRITE | FXF.CREAT, attrs());
		await session.ask(FXP.CLOSE, handle);
		await expect(session, OK, FXP.REMOVE, "drop/new");
	},
	"slashes after a name don't change the rights": async (fixture) => {
		mkdirSync(fixture.path("read/sub"));
		symlinkSync("../read/sub", fixture.path("full/link"));
		fixture.chown();
		const session = await fixture.session("read /read/**");
		for (const slashes of ["/", "///", "/.", "/./"]) {
			for (const flags of [FXF.WRITE, FXF.WRITE | FXF.CREAT | FXF.TRUNC, FXF.READ | FXF.TRUNC])
				await expectRefused(session, FXP.OPEN, `read/foreign${slashes}`, flags, attrs());
			for (const name of ["read/sub", "full/link"]) {
				await expect(session, DENIED, FXP.SETSTAT, `${name}${slashes}`, attrs({ mode: 0o777 }));
				for (const what of [FXP.RENAME, "posix-rename@openssh.com", "hardlink@openssh.com"])
					await expectRefused(session, what, `${name}${slashes}`, "full/taken");
				await expectRefused(session, FXP.RMDIR, `${name}${slashes}`);
				await expectRefused(session, FXP.REMOVE, `${name}${slashes}`);
			}
			await expectRefused(session, FXP.REMOVE, `read/foreign${slashes}`);
			await expectRefused(session, FXP.MKDIR, `read/new${slashes}`, attrs());
			await expectRefused(session, "posix-rename@openssh.com", "full/d", `read/sub${slashes}`);
		}
		assert.equal(fixture.content("read/foreign"), "foreign");
		assert.ok(existsSync(fixture.path("read/sub")) && existsSync(fixture.path("full/d/foreign")));
		assert.ok(!existsSync(fixture.path("full/taken")) && !existsSync(fixture.path("read/new")));
	},
	"nothing can be renamed to a hidden name, whether it exists or not": async (fixture) => {
		mkdirSync(fixture.path("hidden/empty"));
		mkdirSync(fixture.path("full/directory"));
		writeFileSync(fixture.path("full/file"), "file");
		symlinkSync("../hidden", fixture.path("full/link"));
		fixture.chown();
		const session = await fixture.session("hidden /hidden", "hidden /gone");
		for (const to of ["", "/foreign", "/empty", "/missing", "/foreign/x"])
			for (const name of ["hidden", "full/../hidden", "full/link", "gone"].filter(
				(one) => to !== "" || one !== "full/link",
			))
				for (const from of ["full/file", "full/directory"])
					for (const what of [FXP.RENAME, "posix-rename@openssh.com"])
						await expect(session, DENIED, what, from, `${name}${to}`);
		for (const name of ["hidden", "gone"]) {
			await expect(session, DENIED, "hardlink@openssh.com", "full/file", `${name}/foreign`);
			await expect(session, NO_SUCH_FILE, "posix-rename@openssh.com", `${name}/foreign`, "full/taken");
			await expect(session, NO_SUCH_FILE, "hardlink@openssh.com", `${name}/foreign`, "full/taken");
			await expect(session, NO_SUCH_FILE, "posix-rename@openssh.com", name, "full/taken");
		}
		assert.equal(fixture.content("hidden/foreign"), "foreign");
		assert.ok(existsSync(fixture.path("hidden/empty")) && existsSync(fixture.path("full/directory")));
		assert.ok(!existsSync(fixture.path("hidden/missing")) && !existsSync(fixture.path("full/taken")));
	},
	"no request distinguishes a hidden name from a missing one": async (fixture) => {
		symlinkSync("hidden", fixture.path("to-hidden"));
		symlinkSync("gone", fixture.path("to-gone"));
		const session = await fixture.session("hidden /hidden", "hidden /gone");
		const answer = async (name: string, what: number | string, rest: Question): Promise<string> => {
			const reply = await session.ask(what, ...rest.map((one) => (one === "NAME" ? name : one)));
			return JSON.stringify(reply).replaceAll("gone", "hidden");
		};
		for (const after of ["", "/", "/.", "/..", "/foreign", "/foreign/x", "/../full/d"])
			for (const before of ["", "to-", "full/../", "./", `${fixture.top}/`])
				for (const [what, ...rest] of [
					["statvfs@openssh.com", ""],
					["expand-path@openssh.com", ""],
					[FXP.REALPATH, ""],
					[FXP.READLINK, ""],
					[FXP.OPENDIR, ""],
					["lsetstat@openssh.com", "", attrs({ times: [1, 2] })],
					[FXP.SETSTAT, "", attrs({ mode: 0o700 })],
					[FXP.OPEN, "", FXF.READ, attrs()],
				] as const) {
					const fields = rest.slice(1);
					const of = (name: string): Promise<string> =>
						answer(`${before}${name}${after}`, what, ["NAME", ...fields]);
					assert.equal(await of("hidden"), await of("gone"), `${what} ${before}hidden${after}`);
				}
	},
	"a handle permits only what it was opened for, and only in its session": async (fixture) => {
		const rules = ["drop /drop/**", "read /read/**"] as const;
		const [one, other] = [await fixture.session(...rules), await fixture.session(...rules)];
		const dropped = await create(one, "drop/file", "dropped");
		await expect(other, FAILURE, FXP.READ, dropped, 0n, 100);
		await expect(other, FAILURE, FXP.FSTAT, dropped);
		const own = await other.open(FXP.OPEN, "full/copy", FXF.WRITE | FXF.CREAT, attrs());
		/* That number is a handle of the other session's own file now. */
		await expect(other, FAILURE, "copy-data", dropped, 0n, 0n, own, 0n);
		assert.equal(fixture.content("full/copy"), "");
		const readable = await other.open(FXP.OPEN, "read/foreign", FXF.READ, attrs());
		await expectRefused(other, FXP.WRITE, readable, 0n, "changed");
		await expectRefused(other, "copy-data", own, 0n, 0n, readable, 0n);
		await expect(other, DENIED, FXP.FSETSTAT, readable, attrs({ size: 0n }));
		await expect(other, DENIED, FXP.FSETSTAT, readable, attrs({ times: [1, 2] }));
		await expect(other, OK, "copy-data", readable, 0n, 0n, own, 0n);
		assert.equal(fixture.content("full/copy"), "foreign");
		assert.equal(fixture.content("read/foreign"), "foreign");
		/* A session may copy its own file out of the drop box; others still don't see the original. */
		await expect(one, OK, FXP.CLOSE, dropped);
		const again = await one.open(FXP.OPEN, "drop/file", FXF.READ, attrs());
		const out = await create(one, "full/out", "");
		await expect(one, OK, "copy-data", again, 0n, 0n, out, 0n);
		assert.equal(fixture.content("full/out"), "dropped");
		await expect(other, NO_SUCH_FILE, FXP.OPEN, "drop/file", FXF.READ, attrs());
	},
} satisfies Readonly<Record<string, Probe>>;

export type ProbeName = keyof typeof probes;

/** Runs a probe; rejects if an attempt succeeds. */
export async function runProbe(name: ProbeName, client: Client): Promise<void> {
	const fixture = new Fixture(client);
	try {
		await probes[name](fixture);
	} finally {
		fixture.end();
	}
}

export const probeNames = Object.keys(probes) as readonly ProbeName[];
