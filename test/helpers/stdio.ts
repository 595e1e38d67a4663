// A server's standard input and output and the client's ends of them: pipes as
// sshd makes them, node's own socket pairs, or files.
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a descriptor of the server is. A file is opened for reading, or for writing. */
export type Stdio = "pipe" | "socket" | { readonly file: string };

/** What to start the server with, and what is then the client's. */
export interface Connection {
	/** For child_process.spawn, which makes a socket pair of "pipe". */
	readonly stdin: number | "pipe";
	readonly stdout: number | "pipe";
	/** Our ends, where there are pipes. */
	readonly input: Socket | undefined;
	readonly output: Socket | undefined;
	/** Closes what only the server needs; to be called once it runs. */
	release(): void;
}

export function connect(stdin: Stdio, stdout: Stdio): Connection {
	const [inPipe, outPipe] = makePipes([stdin, stdout].map((kind) => kind === "pipe"));
	const input = inPipe && endOfPipe(inPipe.writeEnd, { writable: true });
	const output = outPipe && endOfPipe(outPipe.readEnd, { readable: true });
	const childEnds = [
		inPipe?.readEnd ?? (typeof stdin === "object" ? openSync(stdin.file, "r") : "pipe"),
		outPipe?.writeEnd ?? (typeof stdout === "object" ? openSync(stdout.file, "w") : "pipe"),
	] as const;
	const release = () => {
		for (const end of childEnds) if (end !== "pipe") closeSync(end);
	};
	return { stdin: childEnds[0], stdout: childEnds[1], input, output, release };
}

interface Pipe {
	readonly readEnd: number;
	readonly writeEnd: number;
}

/** A pipe for each `true`. They are named pipes, which nothing shows once they are open. */
function makePipes(wanted: readonly boolean[]): (Pipe | undefined)[] {
	if (!wanted.includes(true)) return [];
	const directory = mkdtempSync(join(tmpdir(), "pipes-"));
	const paths = wanted.map((want, i) => (want ? join(directory, `${i}`) : undefined));
	try {
		const { status, stderr } = spawnSync(
			"mkfifo",
			paths.filter((path) => path !== undefined),
		);
		if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
		return paths.map((path) => path && openBothEnds(path)).map((pipe) => pipe || undefined);
	} finally {
		rmSync(directory, { recursive: true });
	}
}

function openBothEnds(path: string): Pipe {
	/* Opened for both, a named pipe does not wait for its other end. */
	const both = openSync(path, constants.O_RDWR);
	const readEnd = openSync(path, constants.O_RDONLY);
	const writeEnd = openSync(path, constants.O_WRONLY);
	closeSync(both);
	return { readEnd, writeEnd };
}

function endOfPipe(fd: number, direction: { readable?: boolean; writable?: boolean }): Socket {
	return new Socket({ fd, readable: false, writable: false, ...direction });
}
