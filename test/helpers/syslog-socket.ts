/*
 * A syslog socket that the test controls, and servers that have it as /dev/log.
 * Needs python3, util-linux and the right to make a mount namespace.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { OURS, type Program } from "./server-session.ts";

/** A socket at a path, for the duration of a test. */
export class SyslogSocket {
	readonly #path: string;
	readonly #host: ChildProcess;
	readonly #answers: AsyncIterator<string>;

	constructor(test: TestContext, path: string) {
		this.#path = path;
		this.#host = spawn("python3", ["test/helpers/syslog-socket.py"], { stdio: ["pipe", "pipe", "inherit"] });
		const { stdout } = this.#host;
		if (stdout === null) throw new Error("no output");
		this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
		test.after(async () => {
			this.#host.stdin?.end();
			await once(this.#host, "exit");
		});
	}

	async bind(): Promise<void> {
		await this.#do(`bind ${this.#path}`);
	}

	async close(): Promise<void> {
		await this.#do("close");
	}

	/** The datagrams in its queue, one character per byte. */
	async datagrams(): Promise<string[]> {
		return this.#do("read");
	}

	/** The texts of the datagrams, without priority, time, name and process ID. */
	async read(): Promise<string[]> {
		return (await this.datagrams()).map((datagram) =>
			datagram.replace(/^<\d+>.{15} sftp-server\[\d+\]: /, ""),
		);
	}

	async #do(command: string): Promise<string[]> {
		this.#host.stdin?.write(`${command}\n`);
		const { value, done } = await this.#answers.next();
		if (done) throw new Error(`no answer to ${command}`);
		return JSON.parse(value);
	}
}

/** The program in its own mount namespace, after lines of shell that change it. */
export function inNamespace(lines: readonly string[], program: Program = OURS): Program {
	const script = [...lines, 'exec "$@"'].join("\n");
	const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
	return ["unshare", ...asRoot, "--mount", "sh", "-ec", script, "sh", ...program];
}

/** The program with the socket at `path`, if any, as its /dev/log. */
export function withLogAt(path: string, program: Program = OURS): Program {
	const lines = [
		"dev=$(mktemp -d)",
		'mount -n -t tmpfs none "$dev"',
		"for name in null zero random urandom full tty; do",
		'	touch "$dev/$name" && mount -n --bind "/dev/$name" "$dev/$name"',
		"done",
		'ln -s /proc/self/fd "$dev/fd"',
		`ln -s '${path}' "$dev/log"`,
		'mount -n --move "$dev" /dev && rmdir "$dev"',
	];
	return inNamespace(lines, program);
}
