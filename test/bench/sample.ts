/*
 * Runs a native program of this folder once and reads what it printed; load.c
 * describes the fields.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export type Sample = {
	readonly wallNs: number;
	readonly cpuNs: number;
	readonly userNs: number;
	readonly systemNs: number;
	readonly switches: number;
	readonly loadCpuNs: number;
	readonly loadSwitches: number;
	readonly peakKiB: number;
	readonly requests: number;
	readonly bytes: number;
};

/** The environment of everything that is timed: none of it reads certificates. */
export function timedEnvironment(): NodeJS.ProcessEnv {
	const environment = { ...process.env };
	delete environment["NODE_EXTRA_CA_CERTS"];
	return environment;
}

function field(line: object, name: string): number {
	const value: unknown = Reflect.get(line, name);
	if (typeof value !== "number") throw new Error(`no ${name} in ${JSON.stringify(line)}`);
	return value;
}

/** Throws an Error unless the text is one line from such a program. */
export function parseSample(text: string): Sample {
	const line: unknown = JSON.parse(text);
	if (typeof line !== "object" || line === null) throw new Error(`not a sample: ${text}`);
	return {
		wallNs: field(line, "wallNs"),
		cpuNs: field(line, "cpuNs"),
		userNs: field(line, "userNs"),
		systemNs: field(line, "systemNs"),
		switches: field(line, "switches"),
		loadCpuNs: field(line, "loadCpuNs"),
		loadSwitches: field(line, "loadSwitches"),
		peakKiB: field(line, "peakKiB"),
		requests: field(line, "requests"),
		bytes: field(line, "bytes"),
	};
}

/** Runs a program to its end. Throws an Error with its stderr unless it exits 0. */
export function runChecked(program: string, args: readonly string[], cwd?: string): string {
	const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
		encoding: "utf8",
		env: timedEnvironment(),
		stdio: ["ignore", "pipe", "pipe"],
		...(cwd === undefined ? {} : { cwd }),
	});
	if (error) throw error;
	if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${signal ?? status}: ${stderr.trim()}`);
	return stdout;
}

const interruption = new AbortController();

/** Ends the running measurement and makes every later call of measure() fail. */
export function interrupt(reason: string): void {
	interruption.abort(new Error(reason));
}

/** Throws the reason after interrupt(). */
export function throwIfInterrupted(): void {
	interruption.signal.throwIfAborted();
}

/** Runs the program and parses the last line that it printed. Throws as runChecked() does. */
export async function measure(program: string, args: readonly string[]): Promise<Sample> {
	throwIfInterrupted();
	const child = spawn(program, args, {
		env: timedEnvironment(),
		stdio: ["ignore", "pipe", "pipe"],
		signal: interruption.signal,
	});
	const [stdout, stderr, [status, signal]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "exit"),
	]);
	if (status !== 0)
		throw new Error(`${program} ${args.join(" ")}: ${String(signal ?? status)}: ${stderr.trim()}`);
	return parseSample(stdout.trimEnd().split("\n").at(-1) ?? "");
}
