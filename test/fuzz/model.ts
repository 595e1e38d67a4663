/*
 * What a client's bytes must lead to, derived from the protocol's texts alone:
 * which requests there are, which replies each may get, and how the session
 * ends. Shares no code with src/.
 */
import { type FieldKind, OPENSSH_OPERATIONS, type OperationRow } from "../helpers/operations.ts";
import { FXP, type ReplyKind } from "../helpers/packets.ts";

export interface Expected {
	/** Undefined for INIT. */
	readonly id: number | undefined;
	/** The permitted kinds of reply, besides a status. */
	readonly kind: ReplyKind | undefined;
	/** The name for -p and -P; undefined for requests that no server knows. */
	readonly operation: string | undefined;
	/** The packet, without its length. */
	readonly packet: Buffer;
	/** The client's version when the request is served. */
	readonly version: number;
}

/** How the session ends: exit statuses of OpenSSH's server. */
export type End = { readonly status: 0 | 11 | 255; readonly reason: string };

export interface Prediction {
	readonly replies: readonly Expected[];
	readonly end: End;
}

const MAX_PACKET = 256 * 1024;
const MAX_ATTRIBUTES = 0x100000;

const byWhat: ReadonlyMap<number | string, OperationRow> = new Map(
	OPENSSH_OPERATIONS.map((row) => [row.what, row]),
);

class Malformed extends Error {}

class Fields {
	readonly #bytes: Buffer;
	#at = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	take(count: number): Buffer {
		if (count > this.#bytes.length - this.#at) throw new Malformed();
		this.#at += count;
		return this.#bytes.subarray(this.#at - count, this.#at);
	}

	uint32(): number {
		return this.take(4).readUInt32BE();
	}

	string(): Buffer {
		return this.take(this.uint32());
	}

	path(): Buffer {
		const bytes = this.string();
		const nul = bytes.indexOf(0);
		if (nul >= 0 && nul < bytes.length - 1) throw new Malformed();
		return nul < 0 ? bytes : bytes.subarray(0, -1);
	}

	attributes(): void {
		const flags = this.uint32();
		for (const [bit, count] of [
			[1, 8],
			[2, 8],
			[4, 4],
			[8, 8],
		] as const)
			if ((flags & bit) !== 0) this.take(count);
		if ((flags & 0x80000000) === 0) return;
		const count = this.uint32();
		if (count > MAX_ATTRIBUTES) throw new Malformed();
		for (let i = 0; i < count; i++) {
			this.path();
			this.string();
		}
	}

	/** Skips a field; throws Malformed if it is invalid. */
	pass(kind: FieldKind): void {
		if (kind === "path") this.path();
		else if (kind === "u32") this.take(4);
		else if (kind === "u64") this.take(8);
		else if (kind === "attrs") this.attributes();
		else if (kind !== "ids") this.string();
		else if (this.string().length % 4 !== 0) throw new Malformed();
	}
}

/** What a server with this policy must do with the input. */
export function predict(input: Buffer, permits: (operation: string) => boolean): Prediction {
	const replies: Expected[] = [];
	let version: number | undefined;
	const fatal = (reason: string): Prediction => ({ replies, end: { status: 255, reason } });
	for (let at = 0; input.length - at >= 5; ) {
		const length = input.readUInt32BE(at);
		if (length > MAX_PACKET) return { replies, end: { status: 11, reason: `a packet of ${length} bytes` } };
		if (length > input.length - at - 4) break;
		const packet = input.subarray(at + 4, at + 4 + length);
		at += 4 + length;
		if (length === 0) return fatal("an empty packet");
		try {
			if (packet[0] === FXP.INIT) {
				version = new Fields(packet.subarray(1)).uint32();
				replies.push({ id: undefined, kind: "version", operation: undefined, packet, version });
			} else if (version === undefined) return fatal("a request before INIT");
			else replies.push(expectedOf(packet, version, permits));
		} catch (error) {
			if (!(error instanceof Malformed)) throw error;
			return fatal(`a malformed packet of type ${packet[0]}`);
		}
	}
	return { replies, end: { status: 0, reason: "the end of the input" } };
}

function expectedOf(packet: Buffer, version: number, permits: (operation: string) => boolean): Expected {
	const fields = new Fields(packet.subarray(1));
	const id = fields.uint32();
	const type = packet[0] ?? 0;
	const row = byWhat.get(type === FXP.EXTENDED ? fields.path().toString("latin1") : type);
	if (row === undefined) return { id, kind: undefined, operation: undefined, packet, version };
	const { name: operation, reply } = row;
	/* The body of a refused request is not parsed. */
	if (permits(operation)) for (const kind of row.fields) fields.pass(kind);
	return { id, kind: reply, operation, packet, version };
}
