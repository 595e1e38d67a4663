/*
 * Sessions as lists of steps, each a packet and the events that it must cause.
 * Runs OpenSSH's server on the packets and writes the events' lines for
 * comparison.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { EventType } from "../../src/log/event.ts";
import { open, openReceived } from "../../src/log/events/files.ts";
import { handleSent, sentStatus, statusSent } from "../../src/log/events/packets.ts";
import { clientVersion, readEof, sessionClosed, sessionOpened } from "../../src/log/events/session.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { StderrSink } from "../../src/log/stderr.ts";
import { endOf } from "../helpers/endings.ts";
import { escapedStderr } from "../helpers/escaped-stderr.ts";
import { FXP, packet } from "../helpers/packets.ts";
import { OPENSSH } from "../helpers/server-session.ts";

/** Code and text of the statuses used here. */
export const STATUS = {
	OK: [0, "Success"],
	EOF: [1, "End of file"],
	NO_SUCH_FILE: [2, "No such file"],
	PERMISSION_DENIED: [3, "Permission denied"],
	FAILURE: [4, "Failure"],
	BAD_MESSAGE: [5, "Bad message"],
	OP_UNSUPPORTED: [8, "Operation unsupported"],
} as const;

/** Writes one event, or several. */
export type Line = (log: Logger) => void;

export interface Step {
	readonly packet: Buffer;
	readonly lines: readonly Line[];
}

/** The user who runs the tests, and OpenSSH's server in them. */
export const { username: user, homedir: home } = userInfo();

export function line<A extends readonly unknown[]>(type: EventType<A>, ...args: A): Line {
	return (log) => log.log(type, ...args);
}

/** The two lines of a STATUS reply. */
export function status(id: number, [code, text]: readonly [number, string]): Line {
	return (log) => {
		log.log(statusSent, id, code);
		log.log(sentStatus, code, text);
	};
}

export function step(bytes: Buffer, ...lines: readonly Line[]): Step {
	return { packet: bytes, lines };
}

export const initStep = step(packet(FXP.INIT, 3), line(clientVersion, 3));

/** An OPEN without attributes that succeeds with the handle `number`. */
export function openStep(id: number, path: Buffer, pflags: number, number: number): Step {
	return step(
		packet(FXP.OPEN, id, path, pflags, 0),
		line(openReceived, id, pflags),
		line(open, path, pflags, 0o666),
		line(handleSent, id, number),
	);
}

/** A handle that no server has issued. */
export const badHandle = Buffer.from("xxxx");

/** A directory with `file` (11 bytes), `other` (empty), `link` to file and the directory `empty`. */
export class Fixture {
	readonly #directory = mkdtempSync(join(tmpdir(), "session-lines-"));

	/** Removed after the test. */
	constructor(test: TestContext) {
		test.after(() => rmSync(this.#directory, { recursive: true }));
		writeFileSync(this.at("file"), "eleven byte");
		writeFileSync(this.at("other"), "");
		symlinkSync("file", this.at("link"));
		mkdirSync(this.at("empty"));
	}

	at(name: string): Buffer {
		return Buffer.from(join(this.#directory, name));
	}
}

/** What OpenSSH wrote on stderr for the steps, and what our events say; `end` gives the last lines. */
export async function linesOf(
	args: readonly string[],
	steps: readonly Step[],
	end: readonly Line[] = [line(readEof)],
): Promise<{ openssh: string[]; ours: string[] }> {
	const { stderr } = await endOf(
		OPENSSH,
		async (session) => {
			await session.send(Buffer.concat(steps.map((one) => one.packet)));
			for (const _ of steps) await session.next();
			session.endInput();
		},
		{ args },
	);
	let written = "";
	const sink = new StderrSink((bytes) => {
		written += bytes.toString("latin1");
		return bytes.length;
	});
	const log = new Logger(Level.DEBUG3, sink);
	log.log(sessionOpened, user, "UNKNOWN");
	for (const write of [...steps.flatMap(({ lines }) => lines), ...end]) write(log);
	log.log(sessionClosed, user, "UNKNOWN");
	return { openssh: escapedStderr(stderr).split("\r\n"), ours: written.split("\r\n") };
}
