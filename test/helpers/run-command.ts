/*
 * Runs a program to completion and returns everything it printed. The environment is
 * fixed, not inherited, so that a client's output is the same on every machine. The caller
 * checks the outcome.
 */
import { spawn } from "node:child_process";

/** How a program ended, and what it printed. */
export interface CommandResult {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: Buffer;
	readonly stderr: Buffer;
}

export interface CommandOptions {
	/** Written to standard input, which is then closed. */
	readonly input?: string | Buffer;
	/** Added to the plain environment of `clientEnvironment`. */
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	/** A program that still runs then hangs, and gets SIGKILL. */
	readonly timeoutMilliseconds?: number;
}

const HUNG_MILLISECONDS = 600_000;

/** Locale, time zone and PATH in which every client runs, without the developer's variables. */
export function clientEnvironment(): Record<string, string> {
	return {
		PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		LC_ALL: "C.UTF-8",
		TZ: "UTC",
		HOME: "/nonexistent",
	};
}

/** Runs `program`; rejects only when it cannot be started. */
export function runCommand(
	program: string,
	args: readonly string[],
	options: CommandOptions = {},
): Promise<CommandResult> {
	const child = spawn(program, args, {
		env: { ...clientEnvironment(), ...options.env },
		stdio: "pipe",
		timeout: options.timeoutMilliseconds ?? HUNG_MILLISECONDS,
		killSignal: "SIGKILL",
		...(options.cwd === undefined ? {} : { cwd: options.cwd }),
	});
	const stdout: Buffer[] = [];
	const stderr: Buffer[] = [];
	child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
	child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
	// If a program ends without reading its input, its status decides.
	child.stdin.on("error", () => {});
	child.stdin.end(options.input ?? "");
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (status, signal) =>
			resolve({ status, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }),
		);
	});
}

/** Runs `program` and returns its standard output; throws, with what it printed, unless it exits 0. */
export async function mustRun(
	program: string,
	args: readonly string[],
	options: CommandOptions = {},
): Promise<string> {
	const { status, signal, stdout, stderr } = await runCommand(program, args, options);
	if (status !== 0) {
		const ended = signal === null ? `exit status ${status}` : `killed by ${signal}`;
		throw new Error(`${program} ${args.join(" ")}: ${ended}\n${stdout}${stderr}`);
	}
	return stdout.toString();
}
