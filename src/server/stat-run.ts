/*
 * Serves the STATs and LSTATs at the front of the input in a loop of their own, like the
 * dispatcher but without its steps between packets. A client that walks a tree sends
 * thousands of them, and V8 interprets a session's first few thousand requests. CPU time
 * without and with this loop, measured alternately: 16 and 12 ms for the first 2,000
 * STATs of a session, 46 and 25 for the first 5,000, 344 and 317 for 200,000.
 */
import { Level } from "../log/levels.ts";
import { lstatOperation, statOperation } from "../ops/stat.ts";
import { failure } from "../ops/status.ts";
import type { Session } from "../session/session.ts";
import { FXP } from "../wire/constants.ts";
import { Frame, type PacketFramer } from "../wire/framer.ts";
import { MalformedPacket } from "../wire/malformed.ts";
import { PacketReader } from "../wire/reader.ts";
import { writeAttrsReply } from "../wire/replies.ts";
import { decodeStat } from "../wire/requests.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Output } from "./output.ts";

export class StatRun {
	readonly #session: Session;
	readonly #framer: PacketFramer;
	readonly #output: Output;
	readonly #dispatcher: Dispatcher;
	readonly #reader: PacketReader;
	/** Whether such requests are permitted and not logged beforehand, and real owners are shown. */
	readonly #isPlain: boolean;

	constructor(session: Session, framer: PacketFramer, output: Output, dispatcher: Dispatcher) {
		this.#session = session;
		this.#framer = framer;
		this.#output = output;
		this.#dispatcher = dispatcher;
		this.#reader = new PacketReader(framer.bytes);
		const { log, policy, rules } = session;
		this.#isPlain =
			log.level < Level.VERBOSE &&
			rules.shownOwner === undefined &&
			[statOperation, lstatOperation].every((operation) => policy.decide(operation).permitted);
	}

	/** Serves up to `most` requests and returns their number. The output must have room for the replies. */
	serve(most: number): number {
		if (!this.#isPlain || this.#session.clientVersion === undefined) return 0;
		const writer = this.#output.plainWriter;
		if (writer === undefined) return 0;
		const framer = this.#framer;
		const reader = this.#reader;
		const { files } = this.#session;
		const { words } = files.attributes;
		let served = 0;
		let start = framer.consumed;
		try {
			while (served < most) {
				const type = framer.nextType;
				if ((type !== FXP.STAT && type !== FXP.LSTAT) || framer.next() !== Frame.PACKET) break;
				reader.reset(framer.start + 1, framer.end);
				const id = reader.requestId();
				const { stringStart, stringLength } = decodeStat(reader);
				const result = files.stat(reader.bytes, stringStart, stringLength, type === FXP.STAT);
				if (result >= 0) writeAttrsReply(writer, id, words);
				else this.#dispatcher.reply(id, failure(-result));
				served++;
				start = framer.consumed;
			}
		} catch (error) {
			/* The dispatcher answers the malformed packet. */
			if (!(error instanceof MalformedPacket)) throw error;
			framer.goBack(start);
		}
		return served;
	}
}
