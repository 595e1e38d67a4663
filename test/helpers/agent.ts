/*
 * The TypeScript side of the agent: compiles and starts it, prepares its world, and
 * exchanges jobs for answers. The world is a mount namespace in which the machine is
 * read-only, the tree is at /mnt/t, and users and the log socket belong to the tester.
 * The agent's C files describe the protocol.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { compileProgram } from "./compile.ts";
import { OUTPUT } from "./output.ts";

const AGENT_SOURCES = "test/helpers/agent";
const AGENT_PROGRAM = join(OUTPUT, "helpers/agent");
/** The tree's path in the servers' world; their working directory. */
export const TREE_ROOT = "/mnt/t";
/** Size of the tree's file system: room for what sequences write, but soon full when one copies endlessly. */
export const TREE_BYTES = 4 * 1024 * 1024;

/** The unprivileged user's uid and gid, the owner of nearly all of a tree. */
export const TESTER: readonly [number, number] = [4242, 4242];

function passwd(home: (path: string) => string): string {
	return [
		`root:x:0:0:root:${home("")}:/bin/sh`,
		`tester:x:4242:4242::${home("/a")}:/bin/sh`,
		`averylongusername:x:5000:5000::${home("//a/sub/")}:/bin/sh`,
		"nohome:x:5001:5001:::/bin/sh",
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
	]
		.map((line) => `${line}\n`)
		.join("");
}

/** The homes are in the tree. */
export const PASSWD = passwd((path) => TREE_ROOT + path);
/** The same homes, for a server whose root is the tree. */
export const PASSWD_IN_TREE = passwd((path) => path || "/");
const GROUP = ["root:x:0:", "tester:x:4242:", "averylonggroupname:x:5000:", "nogroup:x:65534:"];

/** The state of a server that the agent ended because its session took too long. */
export const DID_NOT_END = "did not end";

/** The result of a job's operations. */
export interface Answer {
	readonly output: Buffer;
	readonly datagrams: readonly Buffer[];
	/** "alive", "exit N", "signal N" or DID_NOT_END. */
	readonly state: string;
	/** The whole of stderr, once the server has ended. */
	readonly errors: Buffer | undefined;
	readonly trees: readonly string[];
}

/** The operations of one exchange, in order; agent.c explains the letters. */
export class Job {
	readonly #parts: Buffer[] = [];

	add(letter: string, ...payload: (Buffer | string)[]): this {
		const bytes = Buffer.concat(payload.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
		const head = Buffer.alloc(5);
		head.write(letter, "latin1");
		head.writeUInt32BE(bytes.length, 1);
		this.#parts.push(head, bytes);
		return this;
	}

	/** The job as it is sent. */
	message(): Buffer {
		const body = Buffer.concat(this.#parts);
		const head = Buffer.alloc(4);
		head.writeUInt32BE(body.length);
		return Buffer.concat([head, body]);
	}
}

/** Compiles the agent if its sources are newer; returns the program's path. */
export function buildAgent(): string {
	const sources = readdirSync(AGENT_SOURCES).map((name) => join(AGENT_SOURCES, name));
	return compileProgram(AGENT_PROGRAM, sources);
}

function sections(body: Buffer): { letter: string; payload: Buffer }[] {
	const found: { letter: string; payload: Buffer }[] = [];
	for (let at = 0; at < body.length; ) {
		const end = at + 5 + body.readUInt32BE(at + 1);
		found.push({ letter: body.toString("latin1", at, at + 1), payload: body.subarray(at + 5, end) });
		at = end;
	}
	return found;
}

function splitDatagrams(bytes: Buffer): Buffer[] {
	const found: Buffer[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = at + 4 + bytes.readUInt32BE(at);
		found.push(bytes.subarray(at + 4, end));
		at = end;
	}
	return found;
}

function readAnswer(body: Buffer): Answer {
	const all = sections(body);
	const first = (letter: string): Buffer | undefined => all.find((one) => one.letter === letter)?.payload;
	return {
		output: first("O") ?? Buffer.alloc(0),
		datagrams: splitDatagrams(first("L") ?? Buffer.alloc(0)),
		state: (first("X") ?? Buffer.alloc(0)).toString(),
		errors: first("E"),
		trees: all.filter(({ letter }) => letter === "D").map(({ payload }) => payload.toString("latin1")),
	};
}

/** One running agent. Jobs are answered in the order they are sent. */
export class Agent {
	readonly #process: ChildProcess;
	#received = Buffer.alloc(0);
	#answered: ((answer: Answer) => void) | undefined;
	#failed: ((error: Error) => void) | undefined;

	/** Starts the agent's program. `folders` of the machine are shown to the servers: path there to path here. */
	constructor(program: string, folders: ReadonlyMap<string, string>) {
		const shown = [...folders].flatMap(([there, here]) => [here, there]);
		this.#process = spawn(program, [String(TREE_BYTES), ...shown], { stdio: ["pipe", "pipe", "inherit"] });
		this.#process.stdout?.on("data", (piece: Buffer) => this.#take(piece));
		this.#process.on("exit", (status) => this.#failed?.(new Error(`the agent ended with ${status}`)));
	}

	/** Puts users, groups and symlinks (path to target) into the world, then makes all but the tree read-only. */
	async prepare(links: ReadonlyMap<string, string>, users = PASSWD): Promise<void> {
		const job = new Job()
			.add("F", "/etc/passwd\0", users)
			.add("F", "/etc/group\0", `${GROUP.join("\n")}\n`)
			.add("F", "/etc/nsswitch.conf\0", "passwd: files\ngroup: files\n");
		for (const [path, target] of links) {
			job.add("Y", `${target}\0${path}`);
		}
		await this.run(job.add("L"));
	}

	/** Sends the job; resolves to the answer when all of it is done. */
	run(job: Job): Promise<Answer> {
		return new Promise((resolve, reject) => {
			this.#answered = resolve;
			this.#failed = reject;
			this.#process.stdin?.write(job.message());
		});
	}

	/** Ends the agent together with its server and world. */
	stop(): void {
		this.#failed = undefined;
		this.#process.stdin?.end();
	}

	#take(piece: Buffer): void {
		this.#received = Buffer.concat([this.#received, piece]);
		if (this.#received.length < 4) {
			return;
		}
		const end = 4 + this.#received.readUInt32BE();
		if (this.#received.length >= end) {
			const body = this.#received.subarray(4, end);
			this.#received = this.#received.subarray(end);
			this.#answered?.(readAnswer(body));
		}
	}
}

/** The operation that rebuilds the tree. */
export function buildTree(text: Buffer): Buffer {
	return Buffer.concat([Buffer.from(`${TREE_ROOT}\0`), text]);
}
