/*
 * How the two servers of the campaign are started on their trees: this one with its
 * rules, and OpenSSH's without any, so that both sides see the same paths.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OPENSSH, type Program, ServerSession, type SessionOptions } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { buildChrooted } from "../helpers/worlds.ts";
import type { Rule } from "./model.ts";

/** What stands between this server and the rest of the system besides rules. */
export const GUARDS = ["none", "root", "confine"] as const;
export type Guard = (typeof GUARDS)[number];

export interface SetupOptions {
	readonly guard?: Guard;
	/** Both servers run as this user and group, whose trees are; else as whoever runs the campaign. */
	readonly uid?: number;
}

const SESSION_MILLISECONDS = 600_000;

export class Setup {
	readonly uid: number | undefined;
	readonly guard: Guard;
	readonly #program: Program;
	readonly #staging: string;

	/**
	 * @param program this server, of which another user gets a copy of the built one
	 * @param base a directory of the caller's, which every user can reach
	 */
	constructor(program: Program, base: string, { guard = "none", uid }: SetupOptions = {}) {
		this.uid = uid;
		this.guard = guard;
		this.#staging = join(base, "staging");
		mkdirSync(this.#staging);
		this.#program = uid === undefined ? program : [stageServer(this.#staging).executable];
	}

	/** What stands before a path from the tree's top in the paths of a session: nothing where the tree is "/". */
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

	/** In a root, OpenSSH's server by chroot(2), which needs root. */
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
