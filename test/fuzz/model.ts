// What a client's bytes must lead to, worked out from the protocol's texts alone:
// which requests there are, which reply each may get, and how the session ends.
// Shares no code with src/.

/** Kinds of replies, as test/helpers/server-replies.ts names them. */
export type ReplyKind = "version" | "status" | "handle" | "data" | "names" | "attrs" | "extended";

export interface Expected {
	/** Undefined for INIT. */
	readonly id: number | undefined;
	/** The kinds the reply may have, besides a status. */
	readonly kind: ReplyKind | undefined;
	/** The name that -p and -P know; undefined for what no server knows. */
	readonly operation: string | undefined;
	/** The packet, without its length. */
	readonly packet: Buffer;
	/** Client's version when it is served. */
	readonly version: number;
}

/** How the input as a whole ends: exit statuses of OpenSSH's server. */
export type End = { readonly status: 0 | 11 | 255; readonly reason: string };

export interface Prediction {
	readonly replies: readonly Expected[];
	readonly end: End;
}

const MAX_PACKET = 256 * 1024;
const MAX_ATTRIBUTES = 0x100000;

/*
 * The fields of a request: p a path (no NUL but at its end), s a string of any
 * bytes, u a uint32, q a uint64, a attributes, i a string of uint32s.
 */
interface Layout {
	readonly operation: string;
	readonly fields: string;
	readonly reply?: ReplyKind;
}

const byType: Readonly<Record<number, Layout>> = {
	3: { operation: "open", fields: "pua", reply: "handle" },
	4: { operation: "close", fields: "s" },
	5: { operation: "read", fields: "squ", reply: "data" },
	6: { operation: "write", fields: "sqs" },
	7: { operation: "lstat", fields: "p", reply: "attrs" },
	8: { operation: "fstat", fields: "s", reply: "attrs" },
	9: { operation: "setstat", fields: "pa" },
	10: { operation: "fsetstat", fields: "sa" },
	11: { operation: "opendir", fields: "p", reply: "handle" },
	12: { operation: "readdir", fields: "s", reply: "names" },
	13: { operation: "remove", fields: "p" },
	14: { operation: "mkdir", fields: "pa" },
	15: { operation: "rmdir", fields: "p" },
	16: { operation: "realpath", fields: "p", reply: "names" },
	17: { operation: "stat", fields: "p", reply: "attrs" },
	18: { operation: "rename", fields: "pp" },
	19: { operation: "readlink", fields: "p", reply: "names" },
	20: { operation: "symlink", fields: "pp" },
};

const byName: ReadonlyMap<string, Layout> = new Map([
	["posix-rename@openssh.com", { operation: "posix-rename", fields: "pp" }],
	["statvfs@openssh.com", { operation: "statvfs", fields: "p", reply: "extended" }],
	["fstatvfs@openssh.com", { operation: "fstatvfs", fields: "s", reply: "extended" }],
	["hardlink@openssh.com", { operation: "hardlink", fields: "pp" }],
	["fsync@openssh.com", { operation: "fsync", fields: "s" }],
	["lsetstat@openssh.com", { operation: "lsetstat", fields: "pa" }],
	["limits@openssh.com", { operation: "limits", fields: "", reply: "extended" }],
	["expand-path@openssh.com", { operation: "expand-path", fields: "p", reply: "names" }],
	["copy-data", { operation: "copy-data", fields: "sqqsq" }],
	["home-directory", { operation: "home-directory", fields: "p", reply: "names" }],
	["users-groups-by-id@openssh.com", { operation: "users-groups-by-id", fields: "ii", reply: "extended" }],
]);

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

	pass(letter: string): void {
		if (letter === "p") this.path();
		else if (letter === "s") this.string();
		else if (letter === "u") this.take(4);
		else if (letter === "q") this.take(8);
		else if (letter === "a") this.attributes();
		else if (this.string().length % 4 !== 0) throw new Malformed();
	}
}

/** What a server with this policy makes of the input. */
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
			if (packet[0] === 1) {
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
	const layout = type === 200 ? byName.get(fields.path().toString("latin1")) : byType[type];
	if (layout === undefined) return { id, kind: undefined, operation: undefined, packet, version };
	const { operation, reply } = layout;
	/* The body of a refused request is not looked at. */
	if (permits(operation)) for (const letter of layout.fields) fields.pass(letter);
	return { id, kind: reply, operation, packet, version };
}
