/*
 * How a session ends: plays the same client to this server and to OpenSSH's, and
 * compares their replies, logs and exit statuses.
 */
import assert from "node:assert/strict";
import { withoutOwnExtensions, withoutOwnLines } from "./differences.ts";
import { escapedStderr } from "./escaped-stderr.ts";
import { decodeReply, type ServerReply } from "./server-replies.ts";
import {
	type Ended,
	OPENSSH,
	OURS,
	type Program,
	ServerSession,
	type SessionOptions,
} from "./server-session.ts";

/** What a server did until it ended. */
export interface Ending<T> extends Ended {
	/** The result of the client's part. */
	readonly result: T;
	/** Replies that the client's part did not take. */
	readonly replies: readonly ServerReply[];
}

export type ClientPart<T> = (session: ServerSession) => Promise<T> | T;

/** Plays the part to one server, which logs at debug3, and waits until it has ended. */
export async function endOf<T>(
	program: Program,
	part: ClientPart<T>,
	options: SessionOptions = {},
): Promise<Ending<T>> {
	const args = ["-e", "-l", "debug3", ...(options.args ?? [])];
	const session = new ServerSession(program, { ...options, args });
	const result = await part(session);
	const [packets, ended] = await Promise.all([session.rest(), session.ended]);
	return { ...ended, result, replies: packets.map((packet) => decodeReply(packet).reply) };
}

/** Plays the part to both and asserts that they ended alike; returns our ending. */
export async function sameEnd<T>(part: ClientPart<T>, options: SessionOptions = {}): Promise<Ending<T>> {
	const [ours, openssh] = await Promise.all([endOf(OURS, part, options), endOf(OPENSSH, part, options)]);
	assertSameEnd(ours, openssh);
	return ours;
}

/** Asserts that ours ended as OpenSSH's, except for extensions of our own. */
export function assertSameEnd<T>(ours: Ending<T>, openssh: Ending<T>): void {
	const theirs = { ...openssh, stderr: escapedStderr(openssh.stderr) };
	assert.deepEqual(withoutOwnLines(lines(ours)), lines(theirs));
	assert.deepEqual({ ...comparable(ours), stderr: "" }, { ...comparable(openssh), stderr: "" });
}

/** The ending with its replies as they would be without our own extensions. */
function comparable<T>({ result, replies, ...rest }: Ending<T>): Ending<unknown> {
	const plain = (one: unknown): unknown => (isReply(one) ? withoutOwnExtensions(one) : one);
	return {
		...rest,
		result: Array.isArray(result) ? result.map(plain) : plain(result),
		replies: replies.map(withoutOwnExtensions),
	};
}

function isReply(value: unknown): value is ServerReply {
	return typeof value === "object" && value !== null && "kind" in value;
}

/** A client's part: sends packets one by one, takes a reply to each, then ends the input. */
export function oneByOne(...packets: readonly Buffer[]): ClientPart<(ServerReply | undefined)[]> {
	return async (session) => {
		const replies: (ServerReply | undefined)[] = [];
		for (const packet of packets) {
			await session.send(packet);
			replies.push(await session.reply());
		}
		session.endInput();
		return replies;
	};
}

/** The log's lines. */
export function lines({ stderr }: Ended): readonly string[] {
	return stderr.split("\r\n").filter((line) => line !== "");
}
