/*
 * Serves packets: finds the operation, asks the policy before parsing the body, runs the
 * operation, and logs and writes the reply. Only this module knows request ids.
 */
import {
	attributesSent,
	dataSent,
	handleSent,
	malformedPacket,
	namesSent,
	overconsumed,
	sentStatus,
	statusSent,
	unknownExtended,
	unknownMessage,
} from "../log/events/packets.ts";
import { extendedBeforeInit, requestBeforeInit } from "../log/events/session.ts";
import { Level } from "../log/levels.ts";
import { operations } from "../ops/index.ts";
import type { Operation } from "../ops/operation.ts";
import type { Decision } from "../session/policy.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP, SFTP_VERSION, statusText } from "../wire/constants.ts";
import { MalformedPacket } from "../wire/malformed.ts";
import type { PacketReader } from "../wire/reader.ts";
import { type Reply, status } from "../wire/replies.ts";
import type { RequestId } from "../wire/request-id.ts";
import { serveInit } from "./init.ts";
import type { Output } from "./output.ts";
import { ExitStatus, SessionEnd } from "./session-end.ts";

const ALL_STANDARD_ATTRS = 0xf;

const DENIED = status(FX.PERMISSION_DENIED);
const UNSUPPORTED = status(FX.OP_UNSUPPORTED);

/** An operation and the policy's decision about it. */
interface Served {
	readonly operation: Operation;
	readonly decision: Decision;
}

export class Dispatcher {
	readonly #byType: (Served | undefined)[] = new Array(256).fill(undefined);
	readonly #byExtension = new Map<string, Served>();
	readonly #session: Session;
	readonly #reader: PacketReader;
	readonly #output: Output;

	constructor(session: Session, reader: PacketReader, output: Output) {
		this.#session = session;
		this.#reader = reader;
		this.#output = output;
		for (const operation of operations) {
			const served = { operation, decision: session.policy.decide(operation) };
			if ("type" in operation.wire) this.#byType[operation.wire.type] = served;
			else this.#byExtension.set(operation.wire.extension, served);
		}
	}

	/**
	 * Serves the packet from `start` to `end` of the reader's bytes, which are filled
	 * up to `filled`. Throws SessionEnd if the packet is not a request.
	 */
	serve(start: number, end: number, filled: number): void {
		const reader = this.#reader;
		if (start === end) this.#emptyPacket(start, filled);
		reader.reset(start, end);
		const type = reader.byte();
		if (type === FXP.INIT) {
			this.#init();
			return;
		}
		if (this.#session.clientVersion === undefined) this.#beforeInit(type);
		const served = this.#byType[type];
		if (served !== undefined) this.#serveOperation(this.#requestId("parse ID"), served);
		else if (type === FXP.EXTENDED) this.#extended();
		else this.#unknown(type);
	}

	#unknown(type: number): void {
		const id = this.#requestId("parse ID");
		this.#session.log.log(unknownMessage, type);
		this.reply(id, UNSUPPORTED);
	}

	#init(): void {
		try {
			const extensions = serveInit(this.#reader, this.#session);
			this.#output.version(SFTP_VERSION, extensions);
		} catch (error) {
			this.#malformed(error, "process_init", "parse");
		}
	}

	#extended(): void {
		const id = this.#requestId("parse extended ID");
		let name: Buffer;
		try {
			name = this.#reader.path();
		} catch (error) {
			this.#malformed(error, "process_extended", "parse");
		}
		const served = this.#byExtension.get(name.toString("latin1"));
		if (served !== undefined) {
			this.#serveOperation(id, served);
			return;
		}
		this.#session.log.log(unknownExtended, name);
		this.reply(id, UNSUPPORTED);
	}

	#serveOperation(id: RequestId, { operation, decision }: Served): void {
		const session = this.#session;
		session.requestId = id;
		if (decision.event !== undefined) session.log.log(decision.event, operation.name);
		if (!decision.permitted) {
			this.reply(id, DENIED);
			return;
		}
		this.#output.begin(id);
		let reply: Reply;
		try {
			reply = operation.serve(this.#reader, session);
		} catch (error) {
			this.#malformed(error, operation.functionName, operation.parseWords);
		}
		this.reply(id, reply);
	}

	/** Logs and writes the reply to a request. */
	reply(id: RequestId, reply: Reply): void {
		const session = this.#session;
		if (session.log.level >= Level.INFO) this.#logReply(id, reply);
		this.#output.reply(id, reply, session.clientVersion ?? SFTP_VERSION);
	}

	#requestId(words: string): RequestId {
		try {
			return this.#reader.requestId();
		} catch (error) {
			this.#malformed(error, "process", words);
		}
	}

	/** Ends the session for a malformed packet; every other error is a bug and is passed on. */
	#malformed(error: unknown, functionName: string, words: string): never {
		if (!(error instanceof MalformedPacket)) throw error;
		this.#session.log.log(malformedPacket, functionName, error.stage ?? words, error.reason);
		throw new SessionEnd(ExitStatus.FATAL);
	}

	#beforeInit(type: number): never {
		if (type === FXP.EXTENDED) this.#session.log.log(extendedBeforeInit);
		else this.#session.log.log(requestBeforeInit, type);
		throw new SessionEnd(ExitStatus.FATAL);
	}

	/**
	 * A packet without a type. OpenSSH's server reads the type and the request id from
	 * what follows the packet before it notices. Here the same bytes give the same log
	 * lines, but nothing is executed.
	 */
	#emptyPacket(start: number, filled: number): never {
		const reader = this.#reader;
		reader.reset(start, filled);
		const type = reader.byte();
		if (type !== FXP.INIT && this.#session.clientVersion === undefined) this.#beforeInit(type);
		this.#requestId("parse ID");
		this.#session.log.log(unknownMessage, type);
		this.#session.log.log(overconsumed, 0, filled - start - reader.remaining);
		throw new SessionEnd(ExitStatus.FATAL);
	}

	/** The lines of sftp-server.c's send_ functions. */
	#logReply(id: RequestId, reply: Reply): void {
		const { log } = this.#session;
		switch (reply.kind) {
			case "status":
				log.log(statusSent, id, reply.code);
				if (log.level > Level.VERBOSE || (reply.code !== FX.OK && reply.code !== FX.EOF))
					log.log(sentStatus, reply.code, statusText(reply.code));
				break;
			case "handle":
				log.log(handleSent, id, reply.handle);
				break;
			case "data":
				log.log(dataSent, id, reply.length);
				break;
			case "names":
				log.log(namesSent, id, reply.count);
				break;
			case "attrs":
				log.log(attributesSent, id, ALL_STANDARD_ATTRS);
				break;
			case "extended":
				break;
			default:
				reply satisfies never;
		}
	}
}
