/*
 * What may differ between this server and OpenSSH's, and why: the table behind
 * every comparison of the two. Each difference is intended and defined as
 * narrowly as possible. Anything else is a mistake, nearly always ours.
 *
 * The differential tester avoids two more by how it sends the input (run.ts).
 * OpenSSH drops what it has read but not served at the end of input, so its
 * input is held open until it waits. OpenSSH parses fields beyond a packet's end
 * in whatever is queued after it, so a damaged packet is sent alone.
 */
import { readStatus, splitReplies } from "../differential/replies.ts";
import { inNewerWords } from "./escaped-stderr.ts";
import { extensionPairs, namesOwn, OPENSSH_OPERATIONS, OWN_OPERATIONS } from "./operations.ts";
import { FXP, packet, uint32 } from "./packets.ts";
import { decodeReply, type ServerReply } from "./server-replies.ts";

/** What the rules need to know about the session. */
export interface Context {
	/** IDs of requests whose type OpenSSH does not know. */
	readonly unknownTypes: ReadonlySet<number>;
	/** IDs of copy-data requests with a length, given or implied by their offset. */
	readonly copies: ReadonlySet<number>;
	/** Whether a session with a root has opened a directory by a path of nearly the maximum length. */
	readonly listsLongPath: boolean;
	/** Whether the session's log level shows debug1 lines, and debug2 lines. */
	readonly showsDebug1: boolean;
	readonly showsDebug2: boolean;
}

interface Rule {
	readonly name: string;
	readonly reason: string;
	/** Whether this reply may replace the reference's. */
	readonly reply?: (reference: Buffer, ours: Buffer, context: Context) => boolean;
	/** Whether this reply may appear where the reference has none. */
	readonly extraReply?: (ours: Buffer, context: Context) => boolean;
	/** Whether this log line may replace the reference's. */
	readonly line?: (reference: string, ours: string, context: Context) => boolean;
	/** Whether this log line may appear where the reference has none. `before` is our line above it. */
	readonly extraLine?: (ours: string, before: string, context: Context) => boolean;
}

const [OK, FAILURE, OP_UNSUPPORTED] = [0, 4, 8];
/** strerror's messages, which code 4 may have instead of "Failure". */
const FAILURE_TEXTS: ReadonlySet<string> = new Set([
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

const sentNames = /^(?:debug\d: )?request \d+: sent names count \d+$/;
const sentStatus = /^(?:debug3: )?request (\d+): sent status (\d+)$/;

function statusLine(line: string): { id: number; code: number } | undefined {
	const [, id, code] = sentStatus.exec(line) ?? [];
	return id === undefined ? undefined : { id: Number(id), code: Number(code) };
}

export const rules: readonly Rule[] = [
	{
		name: "extension of our own",
		reason: "VERSION offers it after OpenSSH's, and a policy that refuses it is logged",
		reply: (reference, ours) =>
			ours[0] === FXP.VERSION && !reference.equals(ours) && reference.equals(withoutOwnPairs(ours)),
		extraLine: (ours) => namesOwn(ours),
	},
	{
		name: "the root, logged",
		reason: "a session with --root says so in its first line",
		extraLine: (ours) => /^rooted in ".*" read-(?:write|only)$/.test(ours),
	},
	{
		name: "words of OpenSSH 10.0",
		reason: "9.2 doubles a word in the line of a handle",
		line: (reference, ours) => inNewerWords(reference) === ours,
	},
	{
		name: "names at a long path",
		reason:
			"OpenSSH 9.2 looks entries up at a path that it cuts, and leaves them out or shows the directory's attributes; " +
			"with --root they are looked up in the directory",
		reply: (reference, ours, { listsLongPath }) =>
			listsLongPath && ours[0] === FXP.NAME && reference.subarray(1, 5).equals(ours.subarray(1, 5)),
		line: (reference, ours, { listsLongPath }) =>
			listsLongPath && sentNames.test(reference) && sentNames.test(ours),
	},
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
				FAILURE_TEXTS.has(own.message)
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

const opensshExtensions = new Set(extensionPairs(OPENSSH_OPERATIONS).map(([name]) => name));

/** A VERSION packet, without its length, as it would be without our own extensions. */
function withoutOwnPairs(version: Buffer): Buffer {
	if (OWN_OPERATIONS.length === 0) return version;
	const { reply } = decodeReply(Buffer.concat([uint32(version.length), version]));
	const plain = withoutOwnExtensions(reply);
	return plain.kind === "version"
		? packet(FXP.VERSION, plain.version, ...plain.extensions.flat()).subarray(4)
		: version;
}

/** A server's output with its VERSION packets as they would be without our own extensions. */
export function withoutOwnInOutput(output: Buffer): Buffer {
	if (OWN_OPERATIONS.length === 0) return output;
	const packets = splitReplies(output).map((packet) => {
		const plain = packet[0] === FXP.VERSION ? withoutOwnPairs(packet) : packet;
		return Buffer.concat([uint32(plain.length), plain]);
	});
	return Buffer.concat(packets);
}

/** The lines without those about our own extensions. */
export function withoutOwnLines(lines: readonly string[]): readonly string[] {
	return OWN_OPERATIONS.length === 0 ? lines : lines.filter((line) => !namesOwn(line));
}

/** The reply without our own extensions. */
export function withoutOwnExtensions(ours: ServerReply): ServerReply {
	if (ours.kind !== "version") return ours;
	const isOwn = ([name = ""]: readonly string[]) => namesOwn(name) && !opensshExtensions.has(name);
	return { ...ours, extensions: ours.extensions.filter((pair) => !isOwn(pair)) };
}

/** The reply as OpenSSH's server would word it: without our own extensions, and code 4 always as "Failure". */
export function inOpensshWords(ours: ServerReply): ServerReply {
	const isOwnWording = ours.kind === "status" && ours.code === FAILURE && FAILURE_TEXTS.has(ours.text ?? "");
	return isOwnWording ? { ...ours, text: "Failure" } : withoutOwnExtensions(ours);
}
