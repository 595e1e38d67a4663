/* Converts a packet to one line of text and back: name, ID, fields, then damage after bars. */
import { type Attrs, type Damage, layouts, type Packet, type Value } from "./packet.ts";

/** A unit of up to eight bytes, twelve times or more in a row. */
const RUN = /([\s\S]{1,8}?)\1{11,}/g;

/** Bytes as text: printable ones in quotes, others as \\xNN, repetitions as "text"*times; joined by +. */
export function quote(bytes: Buffer): string {
	const text = bytes.toString("latin1");
	const pieces: string[] = [];
	let at = 0;
	for (const { 0: run, 1: unit = "", index } of text.matchAll(RUN)) {
		if (index > at) pieces.push(`"${escapeText(text.slice(at, index))}"`);
		pieces.push(`"${escapeText(unit)}"*${run.length / unit.length}`);
		at = index + run.length;
	}
	if (at < text.length || at === 0) pieces.push(`"${escapeText(text.slice(at))}"`);
	return pieces.join("+");
}

function escapeText(text: string): string {
	return text.replace(/[^ -~]|["\\]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Reads what `quote` wrote. */
export function unquote(text: string): Buffer {
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

export function pair(text: string): [number, number] {
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

/** Words separated by blanks; blanks inside quotes and braces do not end a word. */
export function tokens(line: string): string[] {
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

export function readPacket(line: string): Packet {
	const [body = "", ...damage] = line.split(/ \| (?=(?:cut|grow|flip|length) )/);
	const [name = "", id = "", ...fields] = tokens(body);
	const kinds = layouts[name]?.fields;
	if (kinds === undefined || fields.length !== kinds.length) {
		throw new Error(`not a packet: ${line}`);
	}
	const values = kinds.map((kind, i) => readValue(kind, fields[i] ?? ""));
	return { name, id: Number(id), values, damage: damage.map(readDamage) };
}
