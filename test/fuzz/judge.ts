/* Compares what a server did with what it had to do. */
import { decodeReply, type ServerReply } from "../helpers/server-replies.ts";
import { FIXED_FILES, fixedContent } from "./fixed-files.ts";
import type { FuzzInput } from "./input.ts";
import { type Expected, predict } from "./model.ts";
import { policyOf } from "./policy.ts";
import { FILE_BYTES_MAX } from "./world.ts";

/** The outcome of an input. */
export interface Observation {
	/** The exit status, or a word for any other ending. */
	readonly end: number | string;
	readonly output: Buffer;
	readonly log: string;
}

const STATUS_OF_UNKNOWN = 8;
const DENIED = 3;
const MAX_READ = 261_120;
const MAX_REPLY = 256 * 1024;

/** What is wrong, or undefined. */
export function complaintAbout(input: FuzzInput, observed: Observation): string | undefined {
	const { end, output, log } = observed;
	if (/internal error/.test(log)) return `internal error: ${log.slice(log.indexOf("internal error"))}`;
	const policy = policyOf(input.args);
	const { replies, end: expectedEnd } = predict(input.bytes, policy.permits);
	/*
	 * A reader that hangs up, or a file at its size limit, may have got any part of the
	 * output; the server ends cleanly, because a write failed or for the input's reason.
	 */
	const isFull = input.output === "file" && output.length === FILE_BYTES_MAX;
	const hangsUp = input.takes.includes(0) || isFull;
	const ends: (number | string)[] = [expectedEnd.status, ...(isFull ? [1] : hangsUp ? [0] : [])];
	if (!ends.includes(end))
		return `ended with ${end} in place of ${ends.join(" or ")} (${expectedEnd.reason})`;
	if (log !== "" && !/session(-| )closed/.test(log)) return `no closing line: ${log.slice(-200)}`;
	const packets = splitPackets(output);
	if (!hangsUp && packets.rest.length > 0) return `${packets.rest.length} bytes behind the last whole reply`;
	if (packets.whole.length > replies.length)
		return `${packets.whole.length} replies to ${replies.length} requests`;
	if (!hangsUp && packets.whole.length < replies.length)
		return `${packets.whole.length} replies to ${replies.length} requests`;
	const contents = new OpenFixedFiles();
	for (const [i, packet] of packets.whole.entries()) {
		const expected = replies[i];
		if (expected === undefined) break;
		const problem = judgeReply(packet, expected, policy.permits) ?? contents.judge(packet, expected);
		if (problem !== undefined)
			return `reply ${i}, to ${expected.operation ?? "an unknown request"}: ${problem}`;
	}
	return undefined;
}

function judgeReply(
	packet: Buffer,
	expected: Expected,
	permits: (operation: string) => boolean,
): string | undefined {
	let decoded: ReturnType<typeof decodeReply>;
	try {
		decoded = decodeReply(packet);
	} catch (error) {
		return String(error);
	}
	const { id, reply } = decoded;
	if (id !== expected.id) return `has the id ${id} in place of ${expected.id}`;
	if (expected.kind === "version") return reply.kind === "version" ? undefined : `is a ${reply.kind}`;
	if (reply.kind === "status") return judgeStatus(reply, expected, permits);
	if (reply.kind !== expected.kind) return `is a ${reply.kind}`;
	if (expected.operation !== undefined && !permits(expected.operation)) return "is none of a refused request";
	if (packet.length - 4 > MAX_REPLY && expected.operation !== "users-groups-by-id")
		return `is ${packet.length} bytes long`;
	if (
		reply.kind === "data" &&
		reply.data.length > Math.min(MAX_READ, expected.packet.readUInt32BE(lengthAt(expected)))
	)
		return `has ${reply.data.length} bytes of data, more than were asked for`;
	return undefined;
}

function judgeStatus(
	reply: Extract<ServerReply, { kind: "status" }>,
	expected: Expected,
	permits: (operation: string) => boolean,
): string | undefined {
	const hasTexts = reply.text !== undefined && reply.language !== undefined;
	if (hasTexts !== expected.version >= 3)
		return `texts in a reply to version ${expected.version}: ${hasTexts}`;
	if (reply.code > 8) return `has the code ${reply.code}`;
	if (expected.operation === undefined)
		return reply.code === STATUS_OF_UNKNOWN ? undefined : `has the code ${reply.code}`;
	if (!permits(expected.operation)) return reply.code === DENIED ? undefined : `has the code ${reply.code}`;
	/* A request that has another kind of reply must not be answered by OK. */
	return reply.code === 0 && expected.kind !== undefined ? "is a status of OK" : undefined;
}

/** Offset of a READ's length: after type, ID, handle and offset. */
function lengthAt({ packet }: Expected): number {
	return 1 + 4 + 4 + packet.readUInt32BE(5) + 8;
}

/** The number of complete replies in an output. */
export function repliesIn(output: Buffer): number {
	return splitPackets(output).whole.length;
}

function splitPackets(output: Buffer): { whole: Buffer[]; rest: Buffer } {
	const whole: Buffer[] = [];
	let at = 0;
	while (output.length - at >= 4) {
		const end = at + 4 + output.readUInt32BE(at);
		if (end > output.length) break;
		whole.push(output.subarray(at, end));
		at = end;
	}
	return { whole, rest: output.subarray(at) };
}

/** Checks what was read from files that nobody can change. */
class OpenFixedFiles {
	/** Sizes by handle (as text). */
	readonly #open = new Map<string, number>();

	judge(packet: Buffer, { operation, packet: request }: Expected): string | undefined {
		const { reply } = decodeReply(packet);
		if (reply.kind === "handle") {
			const size =
				operation === "open" ? FIXED_FILES.get(firstString(request).toString("latin1")) : undefined;
			if (size === undefined) this.#open.delete(reply.handle.toString("hex"));
			else this.#open.set(reply.handle.toString("hex"), size);
		} else if (operation === "close" && reply.kind === "status" && reply.code === 0) {
			this.#open.delete(firstString(request).toString("hex"));
		} else if (operation === "read" && !(reply.kind === "status" && reply.code === DENIED)) {
			const handle = firstString(request);
			const size = this.#open.get(handle.toString("hex"));
			return size === undefined ? undefined : judgeContent(reply, request, handle.length, size);
		}
		return undefined;
	}
}

/** The first field after type and ID of a well-formed request. */
function firstString(request: Buffer): Buffer {
	return request.subarray(9, 9 + request.readUInt32BE(5));
}

function judgeContent(
	reply: ServerReply,
	request: Buffer,
	handleLength: number,
	size: number,
): string | undefined {
	const offset = request.readBigUInt64BE(9 + handleLength);
	const length = Math.min(MAX_READ, request.readUInt32BE(17 + handleLength));
	const wanted = offset >= BigInt(size) ? 0 : Math.min(length, size - Number(offset));
	if (reply.kind === "status") return wanted === 0 ? undefined : `is a status of code ${reply.code}`;
	if (reply.kind !== "data" || reply.data.length !== wanted)
		return `is a ${reply.kind} without the ${wanted} bytes`;
	const right = fixedContent(size).subarray(Number(offset), Number(offset) + wanted);
	return reply.data.equals(right) ? undefined : "has other bytes than the file";
}
