/*
 * Converts a session to text and back. Differences are printed this way, saved in
 * found/, and run again by file name. A line is a setting, the start of a sequence,
 * or one of its packets.
 */
import type { Packet } from "./packet.ts";
import { packetText, quote, readPacket, tokens, unquote } from "./packet-text.ts";
import type { Delivery, Sequence, Session, TreeName, User } from "./session.ts";

function sequenceText(sequence: Sequence): string {
	const { delivery } = sequence;
	const words = ["sequence", delivery.how === "cuts" ? `cuts=${delivery.seed}` : delivery.how, sequence.end];
	if (sequence.unread) words.push("unread");
	if (sequence.takeBytes !== DEFAULT_TAKE) words.push(`take=${sequence.takeBytes}`);
	if (sequence.missingBytes > 0) words.push(`missing=${sequence.missingBytes}`);
	return [words.join(" "), ...sequence.packets.map((packet) => `\t${packetText(packet)}`)].join("\n");
}

const DEFAULT_TAKE = 65536;

function readSequence(words: readonly string[]): Sequence & { packets: Packet[] } {
	let delivery: Delivery = { how: "each" };
	let [end, unread, takeBytes, missingBytes]: ["held" | "early", boolean, number, number] = [
		"held",
		false,
		DEFAULT_TAKE,
		0,
	];
	for (const word of words) {
		const [key = "", value = ""] = word.split("=");
		if (key === "each" || key === "burst" || key === "bytes") delivery = { how: key };
		else if (key === "cuts") delivery = { how: "cuts", seed: Number(value) };
		else if (key === "held" || key === "early") end = key;
		else if (key === "unread") unread = true;
		else if (key === "take") takeBytes = Number(value);
		else if (key === "missing") missingBytes = Number(value);
		else throw new Error(`not a delivery: ${word}`);
	}
	return { packets: [], delivery, end, unread, takeBytes, missingBytes };
}

/** The whole session as text. */
export function sessionText(session: Session): string {
	const lines = [`user ${session.user}`, `tree ${session.tree}`];
	const words = (key: string, texts: readonly string[]): string =>
		[key, ...texts.map((text) => quote(Buffer.from(text, "latin1")))].join(" ");
	lines.push(words("args", session.args), words("env", session.env));
	if (session.fileSize !== undefined) lines.push(`file-size ${session.fileSize}`);
	if (session.files !== undefined) lines.push(`files ${session.files}`);
	return `${[...lines, ...session.sequences.map(sequenceText)].join("\n")}\n`;
}

/** Reads what `sessionText` wrote; lines that start with `#` are comments. Throws on anything else. */
export function readSession(text: string): Session {
	const session: { -readonly [K in keyof Session]: Session[K] } & { sequences: Sequence[] } = {
		user: "root",
		tree: "small",
		args: [],
		env: [],
		sequences: [],
	};
	let packets: Packet[] = [];
	for (const line of text.split("\n").map((one) => one.trim())) {
		const [key = "", ...rest] = tokens(line);
		if (line === "" || line.startsWith("#")) continue;
		if (key === "user") session.user = rest[0] === "root" ? "root" : ("tester" satisfies User);
		else if (key === "tree") session.tree = rest[0] === "wide" ? "wide" : ("small" satisfies TreeName);
		else if (key === "args") session.args = rest.map((word) => unquote(word).toString("latin1"));
		else if (key === "env") session.env = rest.map((word) => unquote(word).toString("latin1"));
		else if (key === "file-size") session.fileSize = Number(rest[0]);
		else if (key === "files") session.files = Number(rest[0]);
		else if (key === "sequence") {
			const sequence = readSequence(rest);
			packets = sequence.packets;
			session.sequences.push(sequence);
		} else packets.push(readPacket(line));
	}
	return session;
}
