/*
 * Shrinks a session that shows a difference while it still shows one: fewer
 * sequences, fewer packets, plainer settings, plainer fields.
 */
import type { Attrs, Packet, Value } from "./packet.ts";
import type { Sequence, Session } from "./session.ts";

/** Runs a session and says whether the servers differ. */
export type Differs = (session: Session) => Promise<boolean>;

const PLAIN_ARGS = ["-e", "-l", "debug3"];

class Shrinker {
	#best: Session;
	#left: number;
	readonly #differs: Differs;

	constructor(session: Session, differs: Differs, tries: number) {
		this.#best = session;
		this.#differs = differs;
		this.#left = tries;
	}

	async #try(candidate: Session): Promise<boolean> {
		if (this.#left-- <= 0 || !(await this.#differs(candidate))) {
			return false;
		}
		this.#best = candidate;
		return true;
	}

	/** Removes runs of items, long ones first, as long as the rest still differs. */
	async #dropItems<T>(items: readonly T[], rebuild: (rest: readonly T[]) => Session): Promise<void> {
		let rest = items;
		for (let size = Math.ceil(rest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
			for (let at = rest.length - size; at >= 0; at -= size) {
				const fewer = [...rest.slice(0, at), ...rest.slice(at + size)];
				if (await this.#try(rebuild(fewer))) {
					rest = fewer;
					at = Math.min(at + size, rest.length);
				}
			}
		}
	}

	#withSequence(index: number, change: (sequence: Sequence) => Sequence): Session {
		const sequences = this.#best.sequences.map((one, i) => (i === index ? change(one) : one));
		return { ...this.#best, sequences };
	}

	#withPacket(index: number, at: number, packet: Packet): Session {
		return this.#withSequence(index, (sequence) => ({
			...sequence,
			packets: sequence.packets.map((one, i) => (i === at ? packet : one)),
		}));
	}

	async #shrinkSettings(): Promise<void> {
		const { fileSize: _size, files: _files, ...unlimited } = this.#best;
		await this.#try(unlimited);
		await this.#try({ ...this.#best, args: PLAIN_ARGS, env: [] });
		await this.#dropItems(this.#best.env, (env) => ({ ...this.#best, env }));
		await this.#dropItems(this.#best.args, (args) => ({ ...this.#best, args }));
		if (this.#best.tree !== "small") await this.#try({ ...this.#best, tree: "small" });
		if (this.#best.user !== "root") await this.#try({ ...this.#best, user: "root" });
	}

	async #shrinkDelivery(index: number): Promise<void> {
		const sequence = this.#best.sequences[index];
		if (sequence === undefined) return;
		const plain: Partial<Sequence>[] = [
			{ delivery: { how: "each" }, end: "held", unread: false, takeBytes: 65_536, missingBytes: 0 },
			{ missingBytes: 0 },
			{ takeBytes: 65_536 },
			{ unread: false },
			{ end: "held" },
			{ delivery: { how: "each" } },
			{ delivery: { how: "burst" } },
		];
		for (const part of plain) {
			await this.#try(this.#withSequence(index, (one) => ({ ...one, ...part })));
		}
	}

	async #shrinkPacket(index: number, at: number): Promise<void> {
		const packet = this.#best.sequences[index]?.packets[at];
		if (packet === undefined) return;
		await this.#dropItems(packet.damage, (damage) =>
			this.#withPacket(index, at, { ...this.#packet(index, at), damage }),
		);
		for (const [field, value] of packet.values.entries()) {
			for (const plainer of plainerValues(value)) {
				const now = this.#packet(index, at);
				const values = now.values.map((one, i) => (i === field ? plainer : one));
				if (await this.#try(this.#withPacket(index, at, { ...now, values }))) break;
			}
		}
	}

	#packet(index: number, at: number): Packet {
		const packet = this.#best.sequences[index]?.packets[at];
		if (packet === undefined) throw new Error("the packet is gone");
		return packet;
	}

	async run(): Promise<Session> {
		const { sequences } = this.#best;
		await this.#try({ ...this.#best, sequences: sequences.slice(-1) });
		await this.#dropItems(this.#best.sequences, (rest) => ({ ...this.#best, sequences: rest }));
		for (let round = 0; round < 2; round++) {
			for (let index = 0; index < this.#best.sequences.length; index++) {
				const packets = this.#best.sequences[index]?.packets ?? [];
				await this.#dropItems(packets, (rest) =>
					this.#withSequence(index, (one) => ({ ...one, packets: rest })),
				);
				await this.#shrinkDelivery(index);
			}
			await this.#shrinkSettings();
		}
		for (let index = 0; index < this.#best.sequences.length; index++) {
			for (let at = 0; at < (this.#best.sequences[index]?.packets.length ?? 0); at++) {
				await this.#shrinkPacket(index, at);
			}
		}
		return this.#best;
	}
}

function plainerAttrs(attrs: Attrs): Attrs[] {
	const { size: _size, ...noSize } = attrs;
	const { owner: _owner, ...noOwner } = attrs;
	const { mode: _mode, ...noMode } = attrs;
	const { times: _times, ...noTimes } = attrs;
	const { extended: _extended, ...noExtended } = attrs;
	const { bits: _bits, ...noBits } = attrs;
	const present = Object.keys(attrs).length;
	return [{}, noSize, noOwner, noMode, noTimes, noExtended, noBits].filter(
		(plainer) => Object.keys(plainer).length < present,
	);
}

/** Plainer values to try for a field, the plainest first. */
function plainerValues(value: Value): Value[] {
	switch (value.kind) {
		case "bytes": {
			const names = ["", "a", "new1", "a/file"].map((name) => Buffer.from(name));
			return names.filter((bytes) => bytes.length < value.bytes.length).map((bytes) => ({ ...value, bytes }));
		}
		case "handle":
			return [];
		case "tail":
			return value.bytes.length > 0 ? [{ ...value, bytes: Buffer.alloc(0) }] : [];
		case "u32":
			return [0, 1, 10].filter((small) => small < value.value).map((small) => ({ ...value, value: small }));
		case "u64":
			return [0n, 1n, 10n]
				.filter((small) => small < value.value)
				.map((small) => ({ ...value, value: small }));
		case "data":
			return [0, 1, 10]
				.filter((length) => length < value.data.length)
				.map((length) => ({ ...value, data: { length, seed: 0 } }));
		case "attrs":
			return plainerAttrs(value.attrs).map((attrs) => ({ ...value, attrs }));
	}
}

/** The smallest session that still differs, of those tried. */
export function shrink(session: Session, differs: Differs, tries = 400): Promise<Session> {
	return new Shrinker(session, differs, tries).run();
}
