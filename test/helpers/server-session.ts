/*
 * One running server, ours or OpenSSH's, and the client's side of its session:
 * sends packets, and receives complete replies in order.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve as resolvePath } from "node:path";
import type { Readable, Writable } from "node:stream";
import { after } from "node:test";
import { type Field, FXP, INIT, packet } from "./packets.ts";
import { unlessInstalled } from "./peer-programs.ts";
import { clientEnvironment } from "./run-command.ts";
import { decodeReply, type ServerReply } from "./server-replies.ts";
import { OPENSSH_SERVER } from "./server-under-test.ts";
import { type Connection, connectBy, type Stdio } from "./stdio.ts";

/** A program and the arguments that come before those of a session. */
export type Program = readonly [string, ...string[]];

export const OURS: Program = [process.execPath, resolvePath("bin/sftp-server")];
export const OPENSSH: Program = [OPENSSH_SERVER];

/** Options for a test that compares with OpenSSH's server. */
export const needsOpenssh = { skip: unlessInstalled("openssh-sftp-server") };

export interface SessionOptions {
	readonly args?: readonly string[];
	/** Added to the plain environment of `clientEnvironment`. */
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	readonly uid?: number;
	readonly gid?: number;
	readonly stdin?: Stdio;
	readonly stdout?: Stdio;
	/** Whether replies are left unread until `startReading`. */
	readonly paused?: boolean;
	/** Time limit: a session that takes longer hangs, and is killed. */
	readonly lifeMilliseconds?: number;
}

/** A packet type or an extension's name, and the fields after the ID. */
export type Question = readonly [what: number | string, ...fields: readonly Field[]];

/** How a server ended, and what it wrote on stderr (one character per byte). */
export interface Ended {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stderr: string;
}

/** Default time limit of a session. */
const LIFE_MILLISECONDS = 120_000;

/* Servers that a failed test left running would keep its file from ending. */
const running = new Set<ChildProcess>();
after(() => {
	for (const child of running) child.kill("SIGKILL");
});

export class ServerSession {
	/** Settles when the server has ended and its stderr is read. */
	readonly ended: Promise<Ended>;
	readonly pid: number;
	readonly #child: ChildProcess;
	/** Missing if the server has a file instead. */
	readonly #input: Writable | null;
	readonly #output: () => Readable | null;
	#received: Buffer = Buffer.alloc(0);
	/** What has arrived since, joined to it only when a packet needs it. */
	#later: Buffer[] = [];
	#outputEnded = false;
	#logged = "";
	#reading = false;
	#wake: () => void = () => {};
	#lastId = 0;

	/** Starts the server and sends nothing. Its input and output are pipes, as under sshd, unless the options say otherwise. */
	constructor(program: Program, options: SessionOptions = {}, connection?: Connection) {
		const { stdin = "pipe", stdout = "pipe", args = [], env, cwd, uid, gid, paused = false } = options;
		const { lifeMilliseconds = LIFE_MILLISECONDS } = options;
		const [file, ...first] = program;
		const connected = connection ?? connectBy(stdin, stdout);
		const child = spawn(file, [...first, ...args], {
			stdio: [connected.stdin, connected.stdout, "pipe"],
			env: { ...clientEnvironment(), ...env },
			timeout: lifeMilliseconds,
			killSignal: "SIGKILL",
			...(cwd === undefined ? {} : { cwd }),
			...(uid === undefined ? {} : { uid }),
			...(gid === undefined ? {} : { gid }),
		});
		connected.release();
		running.add(child);
		this.#child = child;
		this.pid = child.pid ?? -1;
		this.#input = connected.input ?? child.stdin;
		this.#output = connected.output ?? (() => child.stdout);
		/* A server may end without reading all its input; how it ended is checked. */
		this.#input?.on("error", () => {});
		this.ended = this.#watchEnd();
		if (!paused) this.startReading();
	}

	/** Starts the server and exchanges INIT and VERSION. */
	static async start(program: Program, options: SessionOptions = {}): Promise<ServerSession> {
		const session = new ServerSession(program, options);
		await session.send(INIT);
		const version = await session.next();
		if (version?.[4] !== 2) throw new Error(`no VERSION: ${(await session.ended).stderr}`);
		return session;
	}

	/** Resolves when the system has accepted the bytes, or the server has ended. */
	send(bytes: Buffer): Promise<void> {
		return new Promise((resolve) => this.#input?.write(bytes, () => resolve()));
	}

	/** Ends the server's input. */
	endInput(): void {
		this.#input?.end();
	}

	/** Closes the read end of its output. */
	closeOutput(): void {
		this.#output()?.destroy();
	}

	kill(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	startReading(): void {
		const output = this.#output();
		if (this.#reading || output === null) return;
		this.#reading = true;
		output.on("error", () => {});
		output.on("data", (chunk: Buffer) => {
			this.#later.push(chunk);
			this.#wake();
		});
		output.on("close", () => {
			this.#outputEnded = true;
			this.#wake();
		});
		output.resume();
	}

	/** The next complete packet, with its length; undefined when the output ended before it. */
	async next(): Promise<Buffer | undefined> {
		for (;;) {
			const received = this.#received;
			const end = received.length < 4 ? Number.POSITIVE_INFINITY : 4 + received.readUInt32BE();
			if (received.length >= end) {
				this.#received = received.subarray(end);
				return received.subarray(0, end);
			}
			if (this.#later.length > 0) {
				this.#received = Buffer.concat([received, ...this.#later]);
				this.#later = [];
				continue;
			}
			if (this.#outputEnded) return undefined;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	/** The next reply to a request that was sent; undefined when the output ended before it. */
	async reply(): Promise<ServerReply | undefined> {
		const one = await this.next();
		return one && decodeReply(one).reply;
	}

	/** Every packet up to the end of the output. */
	async rest(): Promise<Buffer[]> {
		const packets: Buffer[] = [];
		for (let one = await this.next(); one !== undefined; one = await this.next()) packets.push(one);
		return packets;
	}

	/**
	 * Sends a request, a packet type or an extension's name with the fields after
	 * the id, and returns its reply. Throws when the session ends instead.
	 */
	async ask(...question: Question): Promise<ServerReply> {
		const [reply] = await this.askAll([question]);
		if (reply === undefined) throw new Error("a request without a reply");
		return reply;
	}

	/** As `ask`, for several requests sent in one piece; the replies in order. */
	async askAll(questions: readonly Question[]): Promise<ServerReply[]> {
		const first = this.#lastId + 1;
		this.#lastId += questions.length;
		const packets = questions.map(([what, ...fields], i) => request(what, first + i, ...fields));
		const sent = this.send(Buffer.concat(packets));
		const found: ServerReply[] = [];
		while (found.length < questions.length) {
			const answer = await this.next();
			if (answer === undefined) throw new Error(`the session ended: ${(await this.ended).stderr}`);
			const { id, reply } = decodeReply(answer);
			if (id !== first + found.length)
				throw new Error(`request ${first + found.length} got the reply to ${id}`);
			found.push(reply);
		}
		await sent;
		return found;
	}

	/** As `ask`, for an OPEN or OPENDIR that must succeed; returns its handle. */
	async open(what: number, ...fields: readonly Field[]): Promise<Buffer> {
		const reply = await this.ask(what, ...fields);
		if (reply.kind !== "handle") throw new Error(`no handle but ${JSON.stringify(reply)}`);
		return reply.handle;
	}

	/** Ends the input and waits for the server to end. */
	stop(): Promise<Ended> {
		this.endInput();
		return this.ended;
	}

	/** Resolves when the server's stderr contains the text, or has ended. */
	async logged(text: string): Promise<void> {
		while (!this.#logged.includes(text) && this.#child.stderr?.closed === false)
			await new Promise((resolve) => this.#child.stderr?.once("data", resolve).once("close", resolve));
	}

	#watchEnd(): Promise<Ended> {
		this.#child.stderr?.on("data", (chunk: Buffer) => {
			this.#logged += chunk.toString("latin1");
		});
		return new Promise((resolve, reject) => {
			this.#child.on("error", reject);
			/* Not "close", which would wait for output that nobody reads. */
			this.#child.on("exit", (status, signal) => {
				running.delete(this.#child);
				const finish = () => {
					this.#input?.destroy();
					resolve({ status, signal, stderr: this.#logged });
				};
				if (this.#child.stderr?.closed === false) this.#child.stderr.on("close", finish);
				else finish();
			});
		});
	}
}

/** A request: a packet type or an extension's name, the ID, and the fields after it. */
export function request(what: number | string, id: number, ...fields: readonly Field[]): Buffer {
	return typeof what === "number" ? packet(what, id, ...fields) : packet(FXP.EXTENDED, id, what, ...fields);
}
