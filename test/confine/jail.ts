/*
 * A directory to which clients are confined, and files outside it that they must not
 * reach although their permissions allow it. If root runs the tests, servers also run
 * as a plain user.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	chownSync,
	lchownSync,
	mkdirSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import { OURS, type Program, ServerSession, type SessionOptions } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";

/** The user that a server runs as. */
export interface User {
	readonly name: string;
	readonly uid?: number;
	readonly gid?: number;
}

const NOBODY = 65534;

/** The user who runs the tests and, if that is root, also `nobody`; with what a test's `skip` takes. */
export const USERS: readonly (User & { readonly skip: string | false })[] =
	process.getuid?.() === 0
		? [
				{ name: "root", skip: false },
				{ name: "a plain user", uid: NOBODY, gid: NOBODY, skip: unlessRoot() },
			]
		: [{ name: "a plain user", skip: false }];

/**
 * What keeps a client inside, and the program that runs the server that way: strace
 * keeps Landlock's last call from reaching the kernel.
 */
export const GUARDS: readonly Guard[] = [
	{ name: "with both guards", by: [], skip: false },
	{
		name: "with the server's own guard alone",
		by: [
			...["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=landlock_restrict_self"],
			...["-e", "inject=landlock_restrict_self:retval=0"],
		],
		skip: unlessInstalled("strace"),
	},
];

/** A program that runs a server with so low a limit that a client can use up all descriptors. */
export const FEW_DESCRIPTORS = ["prlimit", "--nofile=60:60"];

/** Opens a file until the system has no descriptor left; returns the handles. */
export async function openUntilFull(session: ServerSession, path: string): Promise<readonly Buffer[]> {
	const handles: Buffer[] = [];
	for (;;) {
		const reply = await session.ask(FXP.OPEN, path, FXF.READ, attrs());
		if (reply.kind !== "handle") {
			assert.deepEqual(reply, status(4, "Too many open files"));
			return handles;
		}
		handles.push(reply.handle);
	}
}

interface Guard {
	readonly name: string;
	readonly by: readonly string[];
	/** For a test's `skip`. */
	readonly skip: string | false;
}

/** The content of a file outside. */
export const SECRET = "secret of the outside";

export class Jail {
	/** Contains the two others. */
	readonly base: string;
	readonly inside: string;
	readonly outside: string;
	readonly #program: Program;
	readonly #user: User;
	readonly #test: TestContext;

	private constructor(test: TestContext, user: User, by: readonly string[]) {
		this.#test = test;
		this.#user = user;
		this.base = mkdtempSync(join(tmpdir(), "jail-"));
		test.after(() => rmSync(this.base, { recursive: true, force: true }));
		this.inside = join(this.base, "in");
		this.outside = join(this.base, "out");
		/* Another user may not be able to read the program in the checkout. */
		const [first, ...rest] = user.uid === undefined ? OURS : [stageServer(this.base).executable];
		const [program = first, ...args] = [...by, first, ...rest];
		this.#program = [program, ...args];
	}

	/** Creates both sides, whose contents belong to the user and are open to all. */
	static async make(test: TestContext, user: User, by: readonly string[] = []): Promise<Jail> {
		const jail = new Jail(test, user, by);
		const { base, inside, outside } = jail;
		for (const path of [base, inside, outside, join(inside, "d"), join(outside, "dir")]) {
			mkdirSync(path, { recursive: true });
			chmodSync(path, 0o777);
		}
		for (const [path, content] of [
			[join(inside, "file"), "content"],
			[join(inside, "d/file"), "content"],
			[join(outside, "secret"), SECRET],
			[join(outside, "dir/secret"), SECRET],
		] as const) {
			writeFileSync(path, content);
			chmodSync(path, 0o666);
		}
		symlinkSync("secret", join(outside, "link"));
		if (user.uid !== undefined) execFileSync("chown", ["-Rh", `${user.uid}`, inside, outside]);
		return jail;
	}

	/** Adds a FIFO and a socket outside, which belong to the client's user. */
	async addSpecialFiles(): Promise<void> {
		execFileSync("mkfifo", [join(this.outside, "fifo")]);
		const listener = createServer().listen(join(this.outside, "socket"));
		this.#test.after(() => listener.close());
		await once(listener, "listening");
		const { uid, gid } = this.#user;
		for (const name of ["fifo", "socket"]) {
			chmodSync(join(this.outside, name), 0o666);
			if (uid !== undefined) chownSync(join(this.outside, name), uid, gid ?? 0);
		}
	}

	/** Creates a symbolic link inside that belongs to the client's user. */
	link(name: string, target: string): void {
		const path = join(this.inside, name);
		symlinkSync(target, path);
		if (this.#user.uid !== undefined) lchownSync(path, this.#user.uid, this.#user.gid ?? 0);
	}

	/** A server after INIT and VERSION, confined to the inside or as `args` say. */
	async start(
		args: readonly string[] = ["--confine", this.inside],
		options: SessionOptions = {},
	): Promise<ServerSession> {
		const session = await ServerSession.start(this.#program, { ...this.#options(args), ...options });
		this.#test.after(() => session.kill("SIGKILL"));
		return session;
	}

	/** As `start`, but sends nothing, for a server that may not get so far. */
	launch(args: readonly string[], options: SessionOptions = {}): ServerSession {
		const session = new ServerSession(this.#program, { ...this.#options(args), ...options });
		this.#test.after(() => session.kill("SIGKILL"));
		return session;
	}

	/** Creates a file that belongs to the client's user, inside unless the path is absolute. */
	file(name: string, content: string): void {
		const path = resolve(this.inside, name);
		writeFileSync(path, content);
		if (this.#user.uid !== undefined) chownSync(path, this.#user.uid, this.#user.gid ?? 0);
	}

	/** Creates a directory, as `file` does a file. */
	directory(name: string): void {
		const path = resolve(this.inside, name);
		mkdirSync(path, { recursive: true });
		if (this.#user.uid !== undefined) chownSync(path, this.#user.uid, this.#user.gid ?? 0);
	}

	#options(args: readonly string[]): SessionOptions {
		const { uid, gid } = this.#user;
		return {
			args: ["-e", ...args],
			cwd: this.inside,
			...(uid === undefined ? {} : { uid }),
			...(gid === undefined ? {} : { gid }),
		};
	}
}
