/*
 * On slow storage, requests that wait already and only read are done side by
 * side, ahead of their turn; their replies keep the order, and are what they
 * would have been one by one. A run of such requests ends at the first that is
 * anything else than a READ, STAT or LSTAT. On fast storage none of this
 * happens: whether storage is slow is seen by the clock and by the scheduler.
 */
import { readOperation } from "../ops/read.ts";
import { lstatOperation, statOperation } from "../ops/stat.ts";
import { addon } from "../posix/addon.ts";
import { Batch } from "../posix/batch.ts";
import type { HandleTable } from "../session/handles.ts";
import type { Policy } from "../session/policy.ts";
import type { ResultsAhead } from "../session/session.ts";
import { FXP, MAX_READ_BYTES } from "../wire/constants.ts";
import { Frame, type PacketFramer } from "../wire/framer.ts";
import { MalformedPacket } from "../wire/malformed.ts";
import { PacketReader } from "../wire/reader.ts";
import type { Output } from "./output.ts";

/** A run of fewer requests is served the usual way. */
const RUN_MIN = 2;

export class Lookahead implements ResultsAhead {
	readonly #output: Output;
	/** Made when it is first needed, then kept. */
	#batch: Batch | undefined;
	#next = 0;
	#slow = false;
	/** Requests of the current round; the clock is read after 1, 2, 4, 8 ... of them. */
	#served = 0;
	#measuredAt = 0;
	left = 0;

	constructor(output: Output) {
		this.#output = output;
	}

	/** A round of serving begins. */
	begin(): void {
		this.#served = 0;
		this.#measuredAt = 0;
	}

	/** How many requests may be served before `served` has to be told; 0 while results are ahead, or should be. */
	get untilNextLook(): number {
		if (this.left > 0 || this.#slow) return 0;
		return this.#served === 0 ? 1 : 2 * this.#measuredAt - this.#served;
	}

	/** So many requests were served, not more than `untilNextLook`; `more` says whether others wait. */
	served(count: number, more: boolean): void {
		if (this.left > 0 || this.#slow || !more) return;
		this.#served += count;
		const served = this.#served;
		if (served === 1) {
			addon.stopwatchStart();
			this.#measuredAt = 1;
		} else if (served === 2 * this.#measuredAt) {
			this.#slow = addon.stopwatchWaited(served - this.#measuredAt) === 1;
			this.#measuredAt = served;
		}
	}

	/** Before a request is served: does it and those that follow it, if storage is slow. */
	prepare(framer: PacketFramer, handles: HandleTable, policy: Policy): void {
		if (!this.#slow || this.left > 0) return;
		this.#batch ??= new Batch();
		const batch = this.#batch;
		batch.clear();
		collect(batch, framer, handles, policy);
		if (batch.count < RUN_MIN) return;
		this.#slow = batch.run(framer.bytes);
		this.left = batch.count;
		this.#next = 0;
		if (!this.#slow) this.begin();
	}

	takeStat(): number {
		const { batch, index } = this.#take();
		const result = batch.result(index);
		if (result >= 0) batch.loadStat(index);
		return result;
	}

	takeRead(): number {
		const { batch, index } = this.#take();
		const result = batch.result(index);
		if (result > 0) this.#output.copy(batch.data, batch.dataStart(index), result);
		return result;
	}

	#take(): { readonly batch: Batch; readonly index: number } {
		if (this.#batch === undefined || this.left === 0) throw new Error("no result ahead");
		this.left--;
		return { batch: this.#batch, index: this.#next++ };
	}
}

/** Adds the requests at the front of the input, up to the first that is not one of a run. */
function collect(batch: Batch, framer: PacketFramer, handles: HandleTable, policy: Policy): void {
	const reader = new PacketReader(framer.bytes);
	const start = framer.consumed;
	try {
		while (framer.next() === Frame.PACKET) {
			reader.reset(framer.start, framer.end);
			if (!addRequest(batch, reader, handles, policy)) break;
		}
	} catch (error) {
		/* It will be noticed again, and answered, when its turn comes. */
		if (!(error instanceof MalformedPacket)) throw error;
	}
	framer.goBack(start);
}

/** Adds one request; false when it can't be part of a run, or the batch is full. */
function addRequest(batch: Batch, reader: PacketReader, handles: HandleTable, policy: Policy): boolean {
	const type = reader.byte();
	reader.requestId();
	switch (type) {
		case FXP.READ:
			return policy.wouldPermit(readOperation) && addRead(batch, reader, handles);
		case FXP.STAT:
		case FXP.LSTAT: {
			if (!policy.wouldPermit(type === FXP.STAT ? statOperation : lstatOperation)) return false;
			reader.skipPath();
			return batch.addStat(type === FXP.STAT, reader.stringStart, reader.stringLength);
		}
		default:
			return false;
	}
}

function addRead(batch: Batch, reader: PacketReader, handles: HandleTable): boolean {
	const file = handles.file(reader.handle());
	const offsetHigh = reader.uint32();
	const offsetLow = reader.uint32();
	const length = Math.min(reader.uint32(), MAX_READ_BYTES);
	if (file === undefined || length === 0) return false;
	return batch.addRead(file.fd, offsetHigh, offsetLow, length);
}
