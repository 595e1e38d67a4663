/*
 * Runs a session from its first log line to the process's exit. Every way in which a
 * session can end is caught here, and only this module exits once a session has begun.
 */
import { constants } from "node:os";
import { Files } from "../files/files.ts";
import type { Namespace } from "../files/namespace.ts";
import type { NewFiles } from "../files/new-files.ts";
import { internalError, signalReceived } from "../log/events/server.ts";
import { chdirFailed, sessionClosed, sessionOpened } from "../log/events/session.ts";
import { finishLostHandles } from "../ops/close.ts";
import { type ByteString, toBytes } from "../posix/byte-string.ts";
import { strerror } from "../posix/errno.ts";
import { Session, type SessionSettings } from "../session/session.ts";
import { MAX_PACKET_BYTES } from "../wire/constants.ts";
import { PacketFramer } from "../wire/framer.ts";
import { PacketReader } from "../wire/reader.ts";
import { Dispatcher } from "./dispatch.ts";
import type { Host } from "./host.ts";
import { InputDescriptor } from "./input-descriptor.ts";
import { Loop } from "./loop.ts";
import { Output } from "./output.ts";
import { OutputDescriptor } from "./output-descriptor.ts";
import { Prefetch } from "./prefetch.ts";
import { ExitStatus, SessionEnd, SessionSignal } from "./session-end.ts";

/** Room for two of the largest packets: one being served, one arriving. */
const INPUT_BYTES = 2 * MAX_PACKET_BYTES + 4096;

export interface ServeSettings extends SessionSettings {
	readonly namespace: Namespace;
	/** The same as the namespace's. */
	readonly newFiles?: NewFiles;
	/** Undefined: the process's working directory. */
	readonly startDirectory: ByteString | undefined;
}

/** Serves the host's input and output until the session ends, then exits. */
export function serve(settings: ServeSettings, host: Host): never {
	const descriptor = new OutputDescriptor(host);
	const output = new Output(descriptor);
	const prefetch = new Prefetch(output, host);
	const session = new Session(settings, new Files(settings.namespace, output, prefetch, settings.newFiles));
	session.log.log(sessionOpened, session.user.name, session.clientAddress);
	try {
		if (settings.startDirectory !== undefined) changeDirectory(settings.startDirectory, session);
		const framer = new PacketFramer(INPUT_BYTES);
		const dispatcher = new Dispatcher(session, new PacketReader(framer.bytes), output);
		const input = new InputDescriptor(host);
		return new Loop(session, host, { framer, input, output, descriptor, dispatcher, prefetch }).run();
	} catch (error) {
		return end(error, session, output, descriptor, host);
	}
}

/** A start directory that can't be entered does not end the session (sftp-server.c). */
function changeDirectory(directory: ByteString, session: Session): void {
	const result = session.files.changeDirectory(toBytes(directory));
	if (result < 0) session.log.log(chdirFailed, directory, strerror(-result));
}

function end(
	reason: unknown,
	session: Session,
	output: Output,
	descriptor: OutputDescriptor,
	host: Host,
): never {
	if (reason instanceof SessionSignal) {
		session.log.log(signalReceived, signalName(reason.signal));
		output.flush();
		close(session, descriptor);
		host.exitBySignal(reason.signal);
	}
	const status = reason instanceof SessionEnd ? reason.status : ExitStatus.FATAL;
	if (!(reason instanceof SessionEnd)) session.log.log(internalError, stackOf(reason));
	/* Requests served before the end must still be answered. */
	output.drain();
	close(session, descriptor);
	host.exit(status);
}

/** Finishes the open handles and writes the closing lines of the log. */
function close(session: Session, descriptor: OutputDescriptor): void {
	finishLostHandles(session);
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
