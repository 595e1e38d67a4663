/*
 * Starts the campaign's two servers on their trees so that both see the same paths:
 * this one with rules, OpenSSH's without.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OPENSSH, type Program, ServerSession, type SessionOptions } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { buildChrooted } from "../helpers/worlds.ts";
import type { Rule } from "./model.ts";

/** What confines this server to the tree, besides rules. */
export const GUARDS = ["none", "root", "confine"] as const;
export type Guard = (typeof GUARDS)[number];

export interface SetupOptions {
	readonly guard?: Guard;
	/** Both servers run as this user and group, who own the trees; by default, as the campaign's user. */
	readonly uid?: number;
}

const SESSION_MILLISECONDS = 600_000;

export class Setup {
	readonly uid: number | undefined;
	readonly guard: Guard;
	readonly #program: Program;
	readonly #staging: string;

	/**
	 * @param program this server; with `uid`, a copy of the built one is used instead
	 * @param base a directory of the caller's that every user can reach
	 */
	constructor(program: Program, base: string, { guard = "none", uid }: SetupOptions = {}) {
		this.uid = uid;
		this.guard = guard;
		this.#staging = join(base, "staging");
		mkdirSync(this.#staging);
		this.#program = uid === undefined ? program : [stageServer(this.#staging).executable];
	}

	/** What precedes a path from the tree's top in a session's paths; empty if the tree is "/". */
	prefix(top: string): string {
		return this.guard === "root" ? "" : top;
	}

	startSubject(top: string, rules: readonly Rule[]): Promise<ServerSession> {
		const prefix = this.prefix(top);
		const anchored = (pattern: string): string =>
			pattern === "/" ? prefix || "/" : pattern.includes("/") ? `${prefix}${pattern}` : pattern;
		const guards = this.guard === "none" ? [] : [`--${this.guard}`, top];
		const args = rules.flatMap(({ right, pattern }) => ["--access", `${right} ${anchored(pattern)}`]);
		return ServerSession.start(this.#program, { ...this.#options(top), args: ["-e", ...guards, ...args] });
	}

	/** With the guard "root", OpenSSH's server calls chroot(2), so the tests must run as root. */
	startPeer(top: string): Promise<ServerSession> {
		const options = this.#options(top);
		if (this.guard !== "root") return ServerSession.start(OPENSSH, options);
		const { cwd, lifeMilliseconds } = options;
		const id = this.uid ?? process.getuid?.() ?? 0;
		const env = {
			LD_PRELOAD: buildChrooted(),
			CHROOTED_IN: top,
			CHROOTED_AS: `${id}:${id}`,
		};
		return ServerSession.start(OPENSSH, { cwd, lifeMilliseconds, env });
	}

	remove(): void {
		rmSync(this.#staging, { recursive: true, force: true });
	}

	#options(cwd: string) {
		const user = this.uid === undefined ? {} : { uid: this.uid, gid: this.uid };
		return { cwd, lifeMilliseconds: SESSION_MILLISECONDS, ...user } satisfies SessionOptions;
	}
}
