/*
 * A session from its first line in the log to the process's exit. The one place
 * where ends of all kinds are caught, and the only one that exits once a session
 * has begun.
 */
import { constants } from "node:os";
import { internalError, signalReceived } from "../log/events/server.ts";
import { chdirFailed, sessionClosed, sessionOpened } from "../log/events/session.ts";
import { logForcedCloses } from "../ops/close.ts";
import { addon } from "../posix/addon.ts";
import { strerror } from "../posix/errno.ts";
import { chdir } from "../posix/files.ts";
import { Session, type SessionSettings } from "../session/session.ts";
import { MAX_PACKET_BYTES } from "../wire/constants.ts";
import { PacketFramer } from "../wire/framer.ts";
import { PacketReader } from "../wire/reader.ts";
import { Dispatcher } from "./dispatch.ts";
import { GatheredWrites } from "./gathered-writes.ts";
import { Lookahead } from "./lookahead.ts";
import { Loop } from "./loop.ts";
import { Output } from "./output.ts";
import { OutputDescriptor } from "./output-descriptor.ts";
import { ExitStatus, SessionEnd, SessionSignal } from "./session-end.ts";

const STDIN = 0;
const STDOUT = 1;

/** Room for two of the largest packets: one being served, one arriving. */
const INPUT_BYTES = 2 * MAX_PACKET_BYTES + 4096;

export interface ServeSettings extends Omit<SessionSettings, "data" | "ahead" | "writesAhead"> {
	/** Where the session starts, one character a byte; undefined: where the process is. */
	readonly startDirectory: string | undefined;
}

/** Serves standard input and output until the session ends, then exits. */
export function serve(settings: ServeSettings): never {
	const descriptor = new OutputDescriptor(STDOUT);
	const output = new Output(descriptor);
	const lookahead = new Lookahead(output);
	const gathered = new GatheredWrites();
	const session = new Session({ ...settings, data: output, ahead: lookahead, writesAhead: gathered });
	session.log.log(sessionOpened, session.user.name, session.clientAddress);
	try {
		if (settings.startDirectory !== undefined) changeDirectory(settings.startDirectory, session);
		const framer = new PacketFramer(INPUT_BYTES);
		const dispatcher = new Dispatcher(session, new PacketReader(framer.bytes), output);
		const parts = { framer, output, descriptor, dispatcher, lookahead, gathered };
		return new Loop(session, STDIN, parts).run();
	} catch (error) {
		return end(error, session, output, descriptor);
	}
}

/** A start directory that can't be entered is no reason to end (sftp-server.c). */
function changeDirectory(directory: string, session: Session): void {
	const result = chdir(Buffer.from(directory, "latin1"));
	if (result < 0) session.log.log(chdirFailed, directory, strerror(-result));
}

function end(reason: unknown, session: Session, output: Output, descriptor: OutputDescriptor): never {
	if (reason instanceof SessionSignal) {
		session.log.log(signalReceived, signalName(reason.signal));
		output.flush();
		close(session, descriptor);
		addon.exitBySignal(reason.signal);
	}
	const status = reason instanceof SessionEnd ? reason.status : ExitStatus.FATAL;
	if (!(reason instanceof SessionEnd)) session.log.log(internalError, stackOf(reason));
	/* What was served before the end is owed. */
	output.drain();
	close(session, descriptor);
	addon.exit(status);
}

/** The closing lines of the log. */
function close(session: Session, descriptor: OutputDescriptor): void {
	logForcedCloses(session);
	session.log.log(sessionClosed, session.user.name, session.clientAddress);
	descriptor.restore();
}

function signalName(number: number): string {
	const found = Object.entries(constants.signals).find(([, value]) => value === number);
	return found === undefined ? String(number) : found[0];
}

function stackOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
