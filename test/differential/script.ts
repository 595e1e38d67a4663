// A session as text and back: what is printed for a difference, kept in found/
// and run again by file name. A line is a setting, the start of a sequence, or a
// packet: name, id, fields, then damage behind bars.
import { type Attrs, type Damage, layouts, type Packet, type Value } from "./packet.ts";
import type { Delivery, Sequence, Session, TreeName, User } from "./session.ts";

const RUN_MIN = 24;

function quote(bytes: Buffer): string {
	const plain = (byte: number): string =>
		byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c
			? `\\x${byte.toString(16).padStart(2, "0")}`
			: String.fromCharCode(byte);
	const pieces: string[] = [];
	let open = "";
	for (let at = 0; at < bytes.length; ) {
		let end = at;
		while (end < bytes.length && bytes[end] === bytes[at]) {
			end++;
		}
		const one = plain(bytes[at] ?? 0);
		if (end - at >= RUN_MIN) {
			pieces.push(...(open === "" ? [] : [`"${open}"`]), `"${one}"*${end - at}`);
			open = "";
		} else {
			open += one.repeat(end - at);
		}
		at = end;
	}
	return [...pieces, ...(open === "" && pieces.length > 0 ? [] : [`"${open}"`])].join("+");
}

function unquote(text: string): Buffer {
	const pieces = [...text.matchAll(/"((?:[^"\\]|\\x[0-9a-f]{2})*)"(?:\*(\d+))?(?:\+|$)/g)];
	if (pieces.map(([all]) => all).join("") !== text) {
		throw new Error(`not a quoted text: ${text}`);
	}
	return Buffer.concat(
		pieces.map(([, body = "", times = "1"]) => {
			const one = Buffer.from(
				body.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
				"latin1",
			);
			return Buffer.concat(Array.from({ length: Number(times) }, () => one));
		}),
	);
}

function attrsText(attrs: Attrs): string {
	const words: string[] = [];
	if (attrs.size !== undefined) words.push(`size=${attrs.size}`);
	if (attrs.owner !== undefined) words.push(`owner=${attrs.owner.join(":")}`);
	if (attrs.mode !== undefined) words.push(`mode=0${attrs.mode.toString(8)}`);
	if (attrs.times !== undefined) words.push(`times=${attrs.times.join(":")}`);
	if (attrs.extended !== undefined) {
		words.push(`extended=${attrs.extended.map((pair) => pair.map(quote).join(":")).join(",")}`);
	}
	if (attrs.bits !== undefined) words.push(`bits=0x${attrs.bits.toString(16)}`);
	return `{${words.join(" ")}}`;
}

function pair(text: string): [number, number] {
	const [first = Number.NaN, second = Number.NaN] = text.split(":").map(Number);
	return [first, second];
}

function readExtended(text: string): [Buffer, Buffer][] {
	const quoted = /"[^"]*"(?:\*\d+)?(?:\+"[^"]*"(?:\*\d+)?)*/g;
	const all = [...text.matchAll(quoted)].map(([one]) => unquote(one));
	return Array.from({ length: all.length / 2 }, (_, i) => [
		all[2 * i] ?? Buffer.alloc(0),
		all[2 * i + 1] ?? Buffer.alloc(0),
	]);
}

function readAttrs(text: string): Attrs {
	const attrs: { -readonly [K in keyof Attrs]: Attrs[K] } = {};
	for (const word of tokens(text.slice(1, -1))) {
		const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(word) ?? [];
		if (key === "size") attrs.size = BigInt(value);
		else if (key === "owner") attrs.owner = pair(value);
		else if (key === "mode") attrs.mode = Number.parseInt(value, 8);
		else if (key === "times") attrs.times = pair(value);
		else if (key === "extended") attrs.extended = readExtended(value);
		else if (key === "bits") attrs.bits = Number(value);
		else throw new Error(`not an attribute: ${word}`);
	}
	return attrs;
}

/** Words between blanks; blanks inside quotes and braces do not end one. */
function tokens(line: string): string[] {
	return line.match(/(?:"[^"]*"|\{(?:"[^"]*"|[^"}])*\}|[^\s"{])+/g) ?? [];
}

function valueText(value: Value): string {
	switch (value.kind) {
		case "bytes":
		case "tail":
			return quote(value.bytes);
		case "handle":
			return value.bytes.length === 4 ? `#${value.bytes.readUInt32BE()}` : quote(value.bytes);
		case "u32":
		case "u64":
			return String(value.value);
		case "data":
			return `${value.data.length}*${value.data.seed}`;
		case "attrs":
			return attrsText(value.attrs);
	}
}

function readValue(kind: Value["kind"], text: string): Value {
	switch (kind) {
		case "bytes":
		case "tail":
			return { kind, bytes: unquote(text) };
		case "handle": {
			if (!text.startsWith("#")) return { kind, bytes: unquote(text) };
			const bytes = Buffer.alloc(4);
			bytes.writeUInt32BE(Number(text.slice(1)));
			return { kind, bytes };
		}
		case "u32":
			return { kind, value: Number(text) };
		case "u64":
			return { kind, value: BigInt(text) };
		case "data": {
			const [length = 0, seed = 0] = text.split("*").map(Number);
			return { kind, data: { length, seed } };
		}
		case "attrs":
			return { kind, attrs: readAttrs(text) };
	}
}

function damageText(damage: Damage): string {
	if (damage.how === "flip") return ` | flip ${damage.at} ${damage.mask}`;
	return ` | ${damage.how} ${damage.how === "length" ? damage.value : damage.count}`;
}

function readDamage(text: string): Damage {
	const [how = "", first = "", second = ""] = text.trim().split(" ");
	if (how === "flip") return { how, at: Number(first), mask: Number(second) };
	if (how === "length") return { how, value: Number(first) };
	if (how === "cut" || how === "grow") return { how, count: Number(first) };
	throw new Error(`not a damage: ${text}`);
}

/** One packet as one line. */
export function packetText(packet: Packet): string {
	const fields = packet.values.map(valueText);
	return [packet.name, packet.id, ...fields].join(" ") + packet.damage.map(damageText).join("");
}

function readPacket(line: string): Packet {
	const [body = "", ...damage] = line.split(/ \| (?=(?:cut|grow|flip|length) )/);
	const [name = "", id = "", ...fields] = tokens(body);
	const kinds = layouts[name]?.fields;
	if (kinds === undefined || fields.length !== kinds.length) {
		throw new Error(`not a packet: ${line}`);
	}
	const values = kinds.map((kind, i) => readValue(kind, fields[i] ?? ""));
	return { name, id: Number(id), values, damage: damage.map(readDamage) };
}

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

/** Reads what `sessionText` wrote; lines that start with `#` are remarks. Throws on anything else. */
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
