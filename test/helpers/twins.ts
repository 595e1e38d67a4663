/*
 * Runs this server and OpenSSH's together, each in a directory with the same
 * contents. Both get every request; their replies must be the same except for what
 * depends on the moment and what differences.ts allows. At the end their logs at
 * debug3, exit statuses and trees are compared too.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inOpensshWords, withoutOwnExtensions, withoutOwnLines } from "./differences.ts";
import { escapedStderr } from "./escaped-stderr.ts";
import { type Field, INIT } from "./packets.ts";
import { decodeReply, type ReplyAttrs, type ServerReply } from "./server-replies.ts";
import {
	type Ended,
	OPENSSH,
	OURS,
	type Program,
	type Question,
	ServerSession,
	type SessionOptions,
} from "./server-session.ts";
import { stageServer } from "./server-under-test.ts";
import { snapshotTree } from "./tree-snapshot.ts";

/** A field, or a function that gives it for a twin's directory. */
export type TwinField = Field | ((directory: string) => Field);

/** Modification time of the trees' files (seconds), in September 2001. */
export const OLD_SECONDS = 1_000_000_000;

/** Stands for a time that the clock set. */
export const RECENT = -1;

export interface TwinOptions extends Omit<SessionOptions, "cwd" | "stdin" | "stdout" | "paused"> {
	/** A program with arguments that starts the server, for example prlimit. */
	readonly through?: Program;
	/** Fills a twin's directory before its server starts there. */
	readonly build?: (directory: string) => void;
}

export class Twins {
	readonly #base: string;
	readonly #sinceMilliseconds: number;
	readonly ours: ServerSession;
	readonly openssh: ServerSession;
	/** Name and data of each extension in our VERSION. */
	offered: readonly (readonly string[])[] = [];

	private constructor(base: string, ours: ServerSession, openssh: ServerSession) {
		this.#base = base;
		/* A file's times may be those of the previous clock tick. */
		this.#sinceMilliseconds = Date.now() - 60_000;
		this.ours = ours;
		this.openssh = openssh;
	}

	/** Starts both servers in their directories and exchanges INIT and VERSION, which must be the same. */
	static async start({ build, through, ...options }: TwinOptions = {}): Promise<Twins> {
		const base = mkdtempSync(join(tmpdir(), "twins-"));
		chmodSync(base, 0o755);
		for (const name of ["ours", "peer"]) {
			const directory = join(base, name);
			mkdirSync(directory);
			build?.(directory);
			if (options.uid !== undefined) chownSync(directory, options.uid, options.gid ?? 0);
		}
		const settings = { ...options, args: ["-e", "-l", "debug3", ...(options.args ?? [])] };
		/* Another user may not be able to read the program in the checkout. */
		const program: Program = options.uid === undefined ? OURS : [stageServer(base).executable];
		const startedBy = (server: Program): Program => (through ? [...through, ...server] : server);
		const twins = new Twins(
			base,
			new ServerSession(startedBy(program), { ...settings, cwd: join(base, "ours") }),
			new ServerSession(startedBy(OPENSSH), { ...settings, cwd: join(base, "peer") }),
		);
		await Promise.all([twins.ours.send(INIT), twins.openssh.send(INIT)]);
		const [ours, openssh] = await Promise.all([twins.ours.next(), twins.openssh.next()]);
		const [version, theirs] = [ours, openssh].map((packet) => packet && decodeReply(packet).reply);
		assert.deepEqual(version && withoutOwnExtensions(version), theirs);
		if (version?.kind === "version") twins.offered = version.extensions;
		return twins;
	}

	/** Does the same in both directories. */
	make(build: (directory: string) => void): void {
		for (const name of ["ours", "peer"]) build(join(this.#base, name));
	}

	/** Creates a file with old times in both directories. */
	file(name: string, content: string | Buffer = "", mode = 0o644): void {
		this.make((directory) => oldFile(join(directory, name), content, mode));
	}

	/** Asks both and returns their common reply, with recent times as RECENT and the directory as ROOT. */
	async ask(what: number | string, ...fields: readonly TwinField[]): Promise<ServerReply> {
		const { ours, openssh } = await this.askBoth(what, ...fields);
		assertAlike(ours, openssh);
		return ours;
	}

	/** As `ask`, for replies that are known to differ. */
	async askBoth(
		what: number | string,
		...fields: readonly TwinField[]
	): Promise<{ readonly ours: ServerReply; readonly openssh: ServerReply }> {
		const one = async (session: ServerSession, name: string): Promise<ServerReply> => {
			const directory = join(this.#base, name);
			const resolved = fields.map((field) => (typeof field === "function" ? field(directory) : field));
			return this.#withoutMoment(await session.ask(what, ...resolved), directory);
		};
		const [ours, openssh] = await Promise.all([one(this.ours, "ours"), one(this.openssh, "peer")]);
		return { ours, openssh };
	}

	/**
	 * Asks ours for everything at once and OpenSSH's server one by one; returns their
	 * common replies. Paths are relative.
	 */
	async askInOnePiece(questions: readonly Question[]): Promise<ServerReply[]> {
		const oneByOne = async (): Promise<ServerReply[]> => {
			const answers: ServerReply[] = [];
			for (const question of questions) answers.push(await this.openssh.ask(...question));
			return answers;
		};
		const replies = await Promise.all([this.ours.askAll(questions), oneByOne()]);
		const [ours = [], openssh = []] = replies.map((answers, i) => {
			const directory = join(this.#base, i === 0 ? "ours" : "peer");
			return answers.map((reply) => this.#withoutMoment(reply, directory));
		});
		for (const [i, reply] of ours.entries())
			assertAlike(reply, openssh[i] ?? assert.fail("a reply too many"), `request ${i}: ${questions[i]?.[0]}`);
		return ours;
	}

	/** As `ask`, for an OPEN or OPENDIR that succeeds; returns its handle. */
	async open(what: number, ...fields: readonly TwinField[]): Promise<Buffer> {
		const reply = await this.ask(what, ...fields);
		assert.equal(reply.kind, "handle");
		return reply.kind === "handle" ? reply.handle : Buffer.alloc(0);
	}

	/** Ends both sessions and compares logs, exit statuses and trees. */
	async stop(compared: { readonly logs: boolean } = { logs: true }): Promise<void> {
		try {
			const [ours, openssh] = await Promise.all([this.ours.stop(), this.openssh.stop()]);
			if (compared.logs) {
				const stderr = escapedStderr(openssh.stderr);
				assert.deepEqual(withoutOwnLines(this.#logOf(ours)), this.#logOf({ ...openssh, stderr }));
			}
			assert.deepEqual([ours.status, ours.signal], [openssh.status, openssh.signal]);
			const options = { recentSinceMilliseconds: this.#sinceMilliseconds };
			const [tree, peerTree] = ["ours", "peer"].map((name) => snapshotTree(join(this.#base, name), options));
			assert.deepEqual(tree, peerTree);
		} finally {
			rmSync(this.#base, { recursive: true, force: true });
		}
	}

	#logOf({ stderr }: Ended): string[] {
		return this.#withoutDirectory(stderr).split("\r\n");
	}

	#withoutDirectory(text: string): string {
		return text.replaceAll(join(this.#base, "ours"), "ROOT").replaceAll(join(this.#base, "peer"), "ROOT");
	}

	#withoutMoment(reply: ServerReply, directory: string): ServerReply {
		if (reply.kind === "attrs") return { ...reply, attrs: this.#withoutRecent(reply.attrs) };
		if (reply.kind !== "names") return reply;
		const names = reply.names.map((entry) => {
			const attrs = this.#withoutRecent(entry.attrs);
			const longname = attrs?.mtime === RECENT ? entry.longname.replace(DATE, " (recent) ") : entry.longname;
			const [name, shown] = [entry.name, longname].map((text) => text.replaceAll(directory, "ROOT"));
			return { name: name ?? "", longname: shown ?? "", attrs };
		});
		return { kind: "names", names };
	}

	#withoutRecent(attrs: ReplyAttrs | undefined): ReplyAttrs | undefined {
		if (attrs === undefined) return undefined;
		const since = Math.floor(this.#sinceMilliseconds / 1000);
		const shown = (seconds: number): number =>
			seconds >= since && seconds < since + 3600 ? RECENT : seconds;
		return { ...attrs, atime: shown(attrs.atime), mtime: shown(attrs.mtime) };
	}
}

const DATE = / [A-Z][a-z]{2} [ \d]\d (?:\d\d:\d\d| \d{4}) /;

/** Creates a file whose modification time is OLD_SECONDS. */
export function oldFile(path: string, content: string | Buffer = "", mode = 0o644): void {
	writeFileSync(path, content);
	chmodSync(path, mode);
	utimesSync(path, OLD_SECONDS, OLD_SECONDS);
}

/** Asserts that two replies are the same, except for what the table of differences allows. */
export function assertAlike(ours: ServerReply, openssh: ServerReply, message?: string): void {
	assert.deepEqual(inOpensshWords(ours), openssh, message);
}
