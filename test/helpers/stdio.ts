/*
 * A server's standard input and output and the client's ends of them: pipes as sshd
 * makes them, node's own socket pairs, one TCP connection for both, files.
 */
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { connect, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The kind of a server's descriptor. A file is opened for reading, or for writing. */
export type Stdio = "pipe" | "socket" | { readonly file: string };

/** The server's descriptors, and the client's ends. */
export interface Connection {
	/** For child_process.spawn, which makes a socket pair of "pipe". */
	readonly stdin: number | "pipe" | Socket;
	readonly stdout: number | "pipe" | Socket;
	/** Our ends, if child_process makes none. Output is read only on demand. */
	readonly input?: Socket;
	readonly output?: () => Socket;
	/** Closes what only the server needs; call it once the server runs. */
	release(): void;
}

/** Pipes, socket pairs and files, in any combination. */
export function connectBy(stdin: Stdio, stdout: Stdio): Connection {
	const [inPipe, outPipe] = makePipes([stdin === "pipe", stdout === "pipe"]);
	const childEnds = [
		inPipe?.readEnd ?? (typeof stdin === "object" ? openSync(stdin.file, "r") : "pipe"),
		outPipe?.writeEnd ?? (typeof stdout === "object" ? openSync(stdout.file, "w") : "pipe"),
	] as const;
	const release = () => {
		for (const end of childEnds) if (end !== "pipe") closeSync(end);
	};
	const input = inPipe && new Socket({ fd: inPipe.writeEnd, readable: false, writable: true });
	let opened: Socket | undefined;
	const output = () => {
		/* A stream starts reading when it is created. */
		opened ??= new Socket({ fd: outPipe?.readEnd ?? -1, readable: true, writable: false });
		return opened;
	};
	return {
		stdin: childEnds[0],
		stdout: childEnds[1],
		...(input === undefined ? {} : { input }),
		...(outPipe === undefined ? {} : { output }),
		release,
	};
}

/** One TCP connection over 127.0.0.1 for both directions, as from inetd. */
export async function connectByTcp(): Promise<Connection> {
	const listener = createServer({ pauseOnConnect: true });
	const accepted = new Promise<Socket>((resolve) => listener.once("connection", resolve));
	await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
	const address = listener.address();
	if (address === null || typeof address === "string") throw new Error("not a TCP port");
	const client = connect({ port: address.port, host: "127.0.0.1", allowHalfOpen: true });
	client.pause();
	const server = await accepted;
	listener.close();
	return {
		stdin: server,
		stdout: server,
		input: client,
		output: () => client,
		release: () => server.destroy(),
	};
}

interface Pipe {
	readonly readEnd: number;
	readonly writeEnd: number;
}

/** A pipe for each `true`. They are named pipes, which can't be told from others once they are open. */
function makePipes(wanted: readonly boolean[]): (Pipe | undefined)[] {
	if (!wanted.includes(true)) return [];
	const directory = mkdtempSync(join(tmpdir(), "pipes-"));
	try {
		const paths = wanted.map((_, i) => join(directory, String(i)));
		const { status, stderr } = spawnSync("mkfifo", paths);
		if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
		return paths.map((path, i) => (wanted[i] ? openBothEnds(path) : undefined));
	} finally {
		rmSync(directory, { recursive: true });
	}
}

function openBothEnds(path: string): Pipe {
	/* Opening a named pipe for both directions does not wait for its other end. */
	const both = openSync(path, constants.O_RDWR);
	const readEnd = openSync(path, constants.O_RDONLY);
	const writeEnd = openSync(path, constants.O_WRONLY);
	closeSync(both);
	return { readEnd, writeEnd };
}
