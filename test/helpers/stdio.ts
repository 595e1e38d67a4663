/*
 * A server's standard input and output and the client's ends of them: pipes as sshd
 * makes them, node's own socket pairs, one TCP connection for both, files.
 */
import { closeSync, openSync } from "node:fs";
import { connect, createServer, Socket } from "node:net";
import { addon } from "../../src/posix/addon.ts";

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
	const inPipe = stdin === "pipe" ? makePipe("read") : undefined;
	const outPipe = stdout === "pipe" ? makePipe("write") : undefined;
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

/** A pipe whose end for the server, which reads or writes, blocks, as sshd leaves it. */
function makePipe(server: "read" | "write"): Pipe {
	const ends = new Uint32Array(2);
	const [readEnd = 0, writeEnd = 0] = checked(addon.pipe(ends), ends);
	checked(addon.setNonBlocking(server === "read" ? readEnd : writeEnd, 0), ends);
	return { readEnd, writeEnd };
}

function checked<T>(result: number, value: T): T {
	if (result < 0) throw new Error(`pipe: errno ${-result}`);
	return value;
}
