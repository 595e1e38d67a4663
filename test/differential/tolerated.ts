// What may differ between the two servers, and why: the differences that this
// server has on purpose, each as narrow as it can be said, and what depends on
// the moment. Anything else is a mistake, and nearly always this server's.
//
// Two more are met by how the input is sent, not here. OpenSSH drops what it has
// read but not served at the end of input: its input is held open until it waits,
// whatever this server is given (run.ts). OpenSSH reads the fields of a packet on
// into whatever is queued behind it: a damaged packet travels alone (run.ts).
import type { Packet } from "./packet.ts";
import { readStatus } from "./replies.ts";

/** What the rules need to know of the session. */
export interface Context {
	/** Ids of requests whose type OpenSSH does not know. */
	readonly unknownTypes: ReadonlySet<number>;
	/** Ids of copy-data requests with a length, given or by their offset. */
	readonly copies: ReadonlySet<number>;
	/** Whether the session's log level shows debug1 lines, and debug2 lines. */
	readonly showsDebug1: boolean;
	readonly showsDebug2: boolean;
}

interface Rule {
	readonly name: string;
	readonly reason: string;
	/** Whether this reply may stand for the reference's. */
	readonly reply?: (reference: Buffer, ours: Buffer, context: Context) => boolean;
	/** Whether this reply may stand where the reference has none. */
	readonly extraReply?: (ours: Buffer, context: Context) => boolean;
	/** Whether this log line may stand for the reference's. */
	readonly line?: (reference: string, ours: string, context: Context) => boolean;
	/** Whether this log line may stand where the reference has none. `before` is our line above it. */
	readonly extraLine?: (ours: string, before: string, context: Context) => boolean;
}

const [OK, FAILURE, OP_UNSUPPORTED] = [0, 4, 8];
/** strerror's words: what code 4 may say instead of "Failure". */
const FAILURES = new Set([
	"Argument list too long",
	"Cannot allocate memory",
	"Device or resource busy",
	"Directory not empty",
	"Disk quota exceeded",
	"File exists",
	"File too large",
	"Illegal seek",
	"Input/output error",
	"Invalid cross-device link",
	"Is a directory",
	"No data available",
	"No space left on device",
	"No such device or address",
	"No such device",
	"Operation not supported",
	"Read-only file system",
	"Text file busy",
	"Too many links",
	"Too many open files",
	"Value too large for defined data type",
]);

const sentStatus = /^(?:debug3: )?request (\d+): sent status (\d+)$/;

function statusLine(line: string): { id: number; code: number } | undefined {
	const [, id, code] = sentStatus.exec(line) ?? [];
	return id === undefined ? undefined : { id: Number(id), code: Number(code) };
}

export const rules: readonly Rule[] = [
	{
		name: "unknown packet type",
		reason:
			"OpenSSH gives no answer; OP_UNSUPPORTED is what draft-02 section 3 asks for, and a client must not hang",
		extraReply: (ours, { unknownTypes }) => {
			const status = readStatus(ours);
			return status !== undefined && status.code === OP_UNSUPPORTED && unknownTypes.has(status.id);
		},
		extraLine: (ours, before, { unknownTypes }) => {
			const status = statusLine(ours);
			return status !== undefined
				? status.code === OP_UNSUPPORTED && unknownTypes.has(status.id)
				: ours === "sent status Operation unsupported" &&
						(/^(?:error: )?Unknown message \d+$/.test(before) || statusLine(before)?.code === OP_UNSUPPORTED);
		},
	},
	{
		name: "words of code 4",
		reason: "strerror's words instead of \"Failure\": clients other than OpenSSH's show them to their users",
		reply: (reference, ours) => {
			const [theirs, own] = [readStatus(reference), readStatus(ours)];
			return (
				theirs?.message === "Failure" &&
				theirs.code === FAILURE &&
				own?.code === FAILURE &&
				own.id === theirs.id &&
				own.message !== undefined &&
				FAILURES.has(own.message)
			);
		},
	},
	{
		name: "copy-data that does not copy all",
		reason:
			"OpenSSH counts a piece of 64 KiB before it reads it, so the end of the file, or an error, in the last piece is OK; " +
			"here OK means that all was copied",
		reply: (reference, ours, { copies }) => {
			const [theirs, own] = [readStatus(reference), readStatus(ours)];
			return (
				theirs?.code === OK &&
				own !== undefined &&
				own.code !== OK &&
				own.id === theirs.id &&
				copies.has(own.id)
			);
		},
		line: (reference, ours, { copies }) => {
			const [theirs, own] = [statusLine(reference), statusLine(ours)];
			return theirs === undefined || own === undefined
				? reference === "sent status Success" && ours.startsWith("sent status ") && copies.size > 0
				: theirs.code === OK && own.code !== OK && own.id === theirs.id && copies.has(own.id);
		},
		/* Below debug1 only a status that is neither OK nor EOF is logged. */
		extraLine: (ours, _before, { copies, showsDebug1 }) =>
			!showsDebug1 && copies.size > 0 && ours.startsWith("sent status "),
	},
	{
		name: "short write",
		reason:
			"OpenSSH says FAILURE after a short write; here the rest is written, and what stops that is logged",
		line: (reference, ours) =>
			/^debug2: process_write: nothing at all written$/.test(reference) && writeFailed.test(ours),
		extraLine: (ours, _before, { showsDebug2 }) => !showsDebug2 && writeFailed.test(ours),
	},
];

const writeFailed =
	/^(?:error: )?process_write: write ".*": (?:No space left on device|File too large|Disk quota exceeded)$/s;

/** The context of the packets that were sent; `wire` is what each became. */
export function contextOf(
	sent: readonly { packet: Packet; wire: Buffer; known: boolean }[],
	args: readonly string[],
): Context {
	const level = args.find((arg, i) => args[i - 1] === "-l" || arg.startsWith("-el")) ?? "";
	const id = (wire: Buffer): number => (wire.length >= 9 ? wire.readUInt32BE(5) : -1);
	/* Up to the end, from where a device alone can be read, has a length too: what an offset can still name. */
	const isCopy = ({ packet }: { packet: Packet }): boolean => {
		const [, offset, length] = packet.values;
		return (
			packet.name === "copy-data" &&
			(packet.damage.length > 0 ||
				(length?.kind === "u64" && length.value !== 0n) ||
				(offset?.kind === "u64" && offset.value >= 1n << 63n))
		);
	};
	return {
		unknownTypes: new Set(sent.filter(({ known }) => !known).map(({ wire }) => id(wire))),
		copies: new Set(sent.filter(isCopy).map(({ wire }) => id(wire))),
		showsDebug1: /debug/i.test(level),
		showsDebug2: /debug[23]/i.test(level),
	};
}
