/*
 * The STATs and LSTATs at the front of the input. A client that walks a tree sends
 * thousands of them, and of a session's first thousands of requests V8 interprets
 * every step: so these take the shortest way there is. What is done and answered is
 * what the dispatcher does and answers. To it are left the packets that are in any
 * way not plain, and sessions whose log tells of them.
 */
import { Level } from "../log/levels.ts";
import { failure } from "../ops/operation.ts";
import { lstatOperation, statOperation } from "../ops/stat.ts";
import { registers } from "../posix/addon.ts";
import { pathsAreDirect } from "../posix/files.ts";
import { hot, PATH_HAS_NUL } from "../posix/hot-calls.ts";
import type { Session } from "../session/session.ts";
import { FXP } from "../wire/constants.ts";
import type { PacketFramer } from "../wire/framer.ts";
import { writeAttrsReply } from "../wire/replies.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Output } from "./output.ts";

export class StatRun {
	readonly #session: Session;
	readonly #framer: PacketFramer;
	readonly #output: Output;
	readonly #dispatcher: Dispatcher;
	readonly #plain: boolean;

	constructor(session: Session, framer: PacketFramer, output: Output, dispatcher: Dispatcher) {
		this.#session = session;
		this.#framer = framer;
		this.#output = output;
		this.#dispatcher = dispatcher;
		const { log, policy } = session;
		const permitted = policy.wouldPermit(statOperation) && policy.wouldPermit(lstatOperation);
		this.#plain = log.level < Level.VERBOSE && permitted && pathsAreDirect();
	}

	/** Serves up to `most` requests, whose replies the output has room for; tells how many. */
	serve(most: number): number {
		if (!this.#plain || this.#session.clientVersion === undefined) return 0;
		const framer = this.#framer;
		const { bytes } = framer;
		const writer = this.#output.plainWriter;
		if (writer === undefined) return 0;
		let served = 0;
		while (served < most && framer.nextWithString()) {
			const { type, stringStart, stringLength } = framer;
			let result: number;
			if (type === FXP.STAT) result = hot.stat(bytes, stringStart, stringLength);
			else if (type === FXP.LSTAT) result = hot.lstat(bytes, stringStart, stringLength);
			else break;
			if (result === PATH_HAS_NUL) break;
			framer.takeWithString();
			if (result >= 0) writeAttrsReply(writer, framer.id, registers);
			else this.#dispatcher.reply(framer.id, failure(-result));
			served++;
		}
		return served;
	}
}
