/*
 * The fuzzer: npm run fuzz -- --seed S --seconds T (or --sessions N), or --replay with files or with
 * names in test/fuzz/found/. Starts the host in its world, starts it again when it
 * dies, and saves each failing input in dist/fuzz/. Exits 1 when there was one.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { generate } from "./generate.ts";
import { type HostOrder, host, type Message } from "./host.ts";
import { type FuzzInput, fromKept, toKept } from "./input.ts";
import { inWorld } from "./world.ts";

const KEPT = "dist/fuzz";
const FOUND = "test/fuzz/found";
const HUNG_MILLISECONDS = 60_000;
const FAILURES_MAX = 10;
const SECONDS = 60;
/** A time that never comes, as a number that JSON can represent. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** An order as passed to the host, which reads the files itself. */
interface Order extends Omit<HostOrder, "inputs"> {
	readonly files: readonly string[];
}

interface Failure {
	readonly number: number;
	readonly input: FuzzInput;
	readonly complaint: string;
}

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		seed: { type: "string", default: "1" },
		seconds: { type: "string" },
		sessions: { type: "string" },
		from: { type: "string", default: "0" },
		replay: { type: "boolean", default: false },
		host: { type: "string" },
	},
});

if (values.host !== undefined) {
	const order: Order = JSON.parse(values.host);
	void host({ ...order, inputs: order.files.map(readKept) });
} else {
	void main();
}

async function main(): Promise<void> {
	if (process.getuid?.() !== 0) {
		console.log("fuzz: not run, since only root can make the world it needs");
		return;
	}
	const seed = Number(values.seed);
	const until = values.sessions === undefined ? Date.now() + 1000 * Number(values.seconds ?? SECONDS) : NEVER;
	const to = Number(values.from) + Number(values.sessions ?? Number.MAX_SAFE_INTEGER);
	const files = values.replay ? positionals.map(fileOf) : [];
	const inputs = files.map(readKept);
	const inputOf = (number: number, mode: FuzzInput["mode"]): FuzzInput =>
		inputs[number] ?? generate(seed, number, mode);
	let from = Number(values.from);
	let sessions = 0;
	let replies = 0;
	let failures = 0;
	for (;;) {
		const run = await runHost({ seed, from, until, to, files });
		sessions += run.sessions;
		replies += run.replies;
		for (const { number, mode, complaint } of run.failed) {
			failures++;
			const name = files[number] === undefined ? `seed-${seed}-${number}` : basename(files[number], ".json");
			keep(name, { number, input: inputOf(number, mode), complaint });
		}
		from = run.last + 1;
		if (run.finished || failures >= FAILURES_MAX || files.length > 0 || from >= to || Date.now() >= until)
			break;
	}
	console.log(`fuzz: seed ${seed}, ${sessions} sessions, ${replies} replies, ${failures} failed`);
	if (failures > 0) process.exitCode = 1;
}

interface HostRun {
	readonly sessions: number;
	readonly replies: number;
	readonly failed: readonly Extract<Message, { what: "failed" }>[];
	/** The number of the session that was started last. */
	readonly last: number;
	/** False when the host died. */
	readonly finished: boolean;
}

/** Runs a host until it ends; a session in which it dies or hangs has failed. */
async function runHost(order: Order): Promise<HostRun> {
	const [program = "", ...args] = inWorld([process.execPath, "--enable-source-maps", __filename]);
	const child = spawn(program, [...args, "--host", JSON.stringify(order)], {
		stdio: ["ignore", "inherit", "inherit", "pipe"],
	});
	const failed: Extract<Message, { what: "failed" }>[] = [];
	let started: Extract<Message, { what: "start" }> = { what: "start", number: order.from, mode: "inside" };
	let sessions = 0;
	let replies = 0;
	let finished = false;
	let hung = false;
	const watch = setTimeout(() => {
		hung = true;
		child.kill("SIGKILL");
	}, HUNG_MILLISECONDS);
	const ended = new Promise<string>((resolve) =>
		child.on("exit", (status, signal) => resolve(`exit ${status}, signal ${signal}`)),
	);
	const reports = child.stdio[3];
	if (!(reports instanceof Readable)) throw new Error("no descriptor 3");
	const lines = createInterface({ input: reports });
	for await (const line of lines) {
		watch.refresh();
		const message: Message = JSON.parse(line);
		if (message.what === "failed") failed.push(message);
		else if (message.what === "over") replies += message.replies;
		else if (message.what === "done") finished = true;
		else {
			started = message;
			sessions++;
		}
	}
	clearTimeout(watch);
	const end = await ended;
	if (!finished)
		failed.push({
			...started,
			what: "failed",
			complaint: hung ? "the session hangs" : `the process died: ${end}`,
		});
	return { sessions, replies, failed, last: started.number, finished };
}

function keep(name: string, { input, complaint }: Failure): void {
	mkdirSync(KEPT, { recursive: true });
	const file = join(KEPT, `${name}.json`);
	writeFileSync(file, `${JSON.stringify(toKept(input, complaint), undefined, 2)}\n`);
	console.log(`fuzz: ${file}: ${input.mode}: ${complaint}`);
}

/** A file's path, or the name of one in test/fuzz/found/. */
function fileOf(nameOrPath: string): string {
	return existsSync(nameOrPath) ? nameOrPath : join(FOUND, `${nameOrPath}.json`);
}

function readKept(file: string): FuzzInput {
	return fromKept(JSON.parse(readFileSync(file, "utf8")));
}
