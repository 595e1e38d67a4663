/*
 * Chooses packets: small tasks, such as opening a file, working on it and
 * closing it, mixed with single requests of every kind with fields of every
 * kind.
 */
import type { Packet, Value } from "./packet.ts";
import type { Paths } from "./paths.ts";
import type { Random } from "./random.ts";
import type { User } from "./session.ts";
import {
	changeAttributes,
	creationAttributes,
	offset,
	openFlags,
	ownerId,
	readLength,
	writeData,
} from "./values.ts";

const latin = (text: string): Buffer => Buffer.from(text, "latin1");
const u32 = (value: number): Value => ({ kind: "u32", value });
const u64 = (value: bigint): Value => ({ kind: "u64", value });
const bytes = (value: Buffer): Value => ({ kind: "bytes", bytes: value });

const READ = 0x01;
const WRITE = 0x02;
/** Flags with which an existing file can be opened. */
const SURE_FLAGS = [0x01, 0x01, 0x01, 0x03, 0x03, 0x03, 0x0b, 0x1b, 0x02, 0x0a, 0x1a, 0x06, 0x07] as const;
const COPY_TARGET_FLAGS = [0x02, 0x0a, 0x1a, 0x1b, 0x06, 0x0e, 0x03] as const;
const FAR_IDS = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1] as const;
const UNKNOWN_USERS = ["nosuchuser", "Tester", "x".repeat(300)] as const;
const TILDES = [
	"~",
	"~/",
	"~/a/file",
	"~//a",
	"~tester",
	"~tester/sub",
	"~tester//..//a",
	"~nosuch/x",
] as const;
const MORE_TILDES = [
	"~nohome",
	"~nohome/a",
	"~averylongusername/..",
	"~/../..",
	"~root",
	"a/~",
	"",
	"~/missing",
] as const;

/** Makes the packets of one sequence, in order. Knows roughly which handles are open. */
export class Requests {
	readonly #random: Random;
	readonly #paths: Paths;
	readonly #user: User;
	#lastId = 0;
	/** Handle numbers that are probably open, and those freed, the last freed last. */
	readonly #open: number[] = [];
	readonly #freed: number[] = [];
	#highest = 0;

	constructor(random: Random, paths: Paths, user: User) {
		this.#random = random;
		this.#paths = paths;
		this.#user = user;
	}

	/** An INIT, mostly of version 3. */
	init(): Packet {
		const random = this.#random;
		const version = random.chance(88) ? 3 : random.pick([0, 1, 2, 4, 5, 6, 2 ** 32 - 1]);
		const tail = random.chance(8) ? latin("\0\0\0\x01a\0\0\0\x01b") : Buffer.alloc(0);
		return this.#packet("init", u32(version), { kind: "tail", bytes: tail });
	}

	/** The packets of the next task. */
	next(): Packet[] {
		return this.#random.weighted<() => Packet[]>([
			[30, () => this.#fileErrand()],
			[10, () => this.#directoryErrand()],
			[8, () => this.#copyErrand()],
			[52, () => [this.#single()]],
		])();
	}

	/** A packet of a type that OpenSSH has no handler for. */
	unknown(): Packet {
		const random = this.#random;
		const type = random.pick([0, 2, 21, 22, 99, 101, 102, 103, 104, 105, 199, 201, 255]);
		return this.#packet("unknown", u32(type), { kind: "tail", bytes: random.bytes(random.below(12)) });
	}

	#packet(name: string, ...values: Value[]): Packet {
		const random = this.#random;
		this.#lastId++;
		const id = random.chance(96) ? this.#lastId : random.pick(FAR_IDS);
		return { name, id, values, damage: [] };
	}

	#handle(number: number): Value {
		const handle = Buffer.alloc(4);
		handle.writeUInt32BE(number >>> 0);
		return { kind: "handle", bytes: handle };
	}

	#anyHandle(): Value {
		const random = this.#random;
		return random.weighted<() => Value>([
			[70, () => this.#handle(this.#open[random.below(this.#open.length)] ?? 0)],
			[15, () => this.#handle(random.below(this.#highest + 2))],
			[5, () => this.#handle(this.#freed.at(-1) ?? 3)],
			[5, () => this.#handle(random.pick([2 ** 31, 2 ** 32 - 1, 1000, 256]))],
			[5, () => ({ kind: "handle", bytes: random.bytes(random.pick([0, 1, 3, 5, 8, 255, 256, 300])) })],
		])();
	}

	/** The number of the next handle, if the open succeeds. */
	#opened(): number {
		const number = this.#freed.pop() ?? this.#highest++;
		this.#open.push(number);
		return number;
	}

	#close(number: number): Packet {
		const at = this.#open.indexOf(number);
		if (at >= 0) {
			this.#open.splice(at, 1);
			this.#freed.push(number);
		}
		return this.#packet("close", this.#handle(number));
	}

	#fileErrand(): Packet[] {
		const random = this.#random;
		const sure = random.chance(65);
		const path = sure ? this.#paths.sure() : this.#paths.file();
		const flags = sure ? random.pick(SURE_FLAGS) : openFlags(random);
		const attrs = creationAttributes(random);
		const packets = [this.#packet("open", bytes(path), u32(flags), { kind: "attrs", attrs })];
		/* An OPEN that fails takes no number, so its success must be guessed, or later guesses are wrong. */
		const number = sure || random.chance(50) ? this.#opened() : this.#highest;
		for (let left = random.between(0, 5); left > 0; left--) {
			const handle = random.chance(92) ? this.#handle(number) : this.#anyHandle();
			packets.push(...(random.chance(12) ? this.#upload(handle) : [this.#onHandle(handle)]));
		}
		return random.chance(70) ? [...packets, this.#close(number)] : packets;
	}

	/** WRITEs that mostly continue where the one before ended. */
	#upload(handle: Value): Packet[] {
		const random = this.#random;
		let at = offset(random);
		return Array.from({ length: random.between(2, 6) }, () => {
			const data = writeData(random);
			const to = random.chance(90) ? handle : this.#anyHandle();
			const packet = this.#packet("write", to, u64(BigInt.asUintN(64, at)), { kind: "data", data });
			at += BigInt(data.length - (random.chance(8) ? 1 : 0));
			return packet;
		});
	}

	#onHandle(handle: Value): Packet {
		const random = this.#random;
		return random.weighted<() => Packet>([
			[30, () => this.#packet("read", handle, u64(offset(random)), u32(readLength(random)))],
			[
				30,
				() => this.#packet("write", handle, u64(offset(random)), { kind: "data", data: writeData(random) }),
			],
			[12, () => this.#packet("fstat", handle)],
			[14, () => this.#packet("fsetstat", handle, { kind: "attrs", attrs: changeAttributes(random) })],
			[5, () => this.#packet("fsync", handle)],
			[4, () => this.#packet("fstatvfs", handle)],
			[5, () => this.#packet("readdir", handle)],
		])();
	}

	#directoryErrand(): Packet[] {
		const random = this.#random;
		const packets = [this.#packet("opendir", bytes(this.#paths.directory()))];
		const number = this.#opened();
		for (let left = random.between(1, 4); left > 0; left--) {
			packets.push(this.#packet("readdir", random.chance(92) ? this.#handle(number) : this.#anyHandle()));
			if (random.chance(20)) {
				packets.push(this.#single());
			}
		}
		return random.chance(70) ? [...packets, this.#close(number)] : packets;
	}

	#copyErrand(): Packet[] {
		const random = this.#random;
		const none: Value = { kind: "attrs", attrs: {} };
		const path = random.chance(75) ? this.#paths.sure() : this.#paths.file();
		const from = this.#packet("open", bytes(path), u32(random.pick([READ, READ, READ | WRITE])), none);
		const source = this.#opened();
		const to = this.#packet(
			"open",
			bytes(this.#paths.copyTarget(path)),
			u32(random.pick(COPY_TARGET_FLAGS)),
			none,
		);
		const target = this.#opened();
		const copy = this.#copy(this.#handle(source), this.#handle(target));
		const after = random.chance(30) ? [this.#onHandle(this.#handle(random.pick([source, target])))] : [];
		return [
			from,
			to,
			copy,
			...after,
			...(random.chance(70) ? [this.#close(target), this.#close(source)] : []),
		];
	}

	#copy(source: Value, target: Value): Packet {
		const random = this.#random;
		const length = random.chance(35) ? 0n : offset(random);
		return this.#packet("copy-data", source, u64(offset(random)), u64(length), target, u64(offset(random)));
	}

	#single(): Packet {
		const random = this.#random;
		const paths = this.#paths;
		const onPath =
			(name: string): (() => Packet) =>
			() =>
				this.#packet(name, bytes(paths.any()));
		const change =
			(name: string): (() => Packet) =>
			() =>
				this.#packet(name, bytes(paths.any()), { kind: "attrs", attrs: changeAttributes(random) });
		const toFresh =
			(name: string): (() => Packet) =>
			() =>
				this.#packet(name, bytes(paths.any()), bytes(random.chance(65) ? paths.fresh() : paths.any()));
		return random.weighted<() => Packet>([
			[10, onPath("lstat")],
			[10, onPath("stat")],
			[10, onPath("realpath")],
			[4, onPath("readlink")],
			[5, onPath("remove")],
			[4, () => this.#packet("rmdir", bytes(random.chance(60) ? paths.directory() : paths.any()))],
			[
				6,
				() =>
					this.#packet("mkdir", bytes(paths.fresh()), { kind: "attrs", attrs: creationAttributes(random) }),
			],
			[9, change("setstat")],
			[6, change("lsetstat")],
			[8, toFresh("rename")],
			[6, toFresh("posix-rename")],
			[4, toFresh("hardlink")],
			[5, () => this.#packet("symlink", bytes(paths.target()), bytes(paths.fresh()))],
			[3, onPath("statvfs")],
			[2, () => this.#packet("limits")],
			[5, () => this.#packet("expand-path", bytes(this.#tilde()))],
			[2, () => this.#packet("home-directory", bytes(latin(this.#userName())))],
			[2, () => this.#packet("users-groups-by-id", bytes(this.#ids()), bytes(this.#ids()))],
			[3, () => this.#copy(this.#anyHandle(), this.#anyHandle())],
			[10, () => this.#onHandle(this.#anyHandle())],
			[4, () => this.#close(this.#open[random.below(this.#open.length)] ?? random.below(4))],
			[2, () => this.#packet("close", this.#anyHandle())],
			[2, () => this.#unknownExtension()],
			[1, () => this.init()],
		])();
	}

	/** Of existing users only the session's own: OpenSSH 9.2 returns its own user's folder for every other. */
	#userName(): string {
		return this.#random.chance(60) ? this.#user : this.#random.pick(UNKNOWN_USERS);
	}

	#tilde(): Buffer {
		const random = this.#random;
		return random.chance(30)
			? this.#paths.any()
			: latin(random.chance(50) ? random.pick(TILDES) : random.pick(MORE_TILDES));
	}

	#ids(): Buffer {
		const random = this.#random;
		const ids = Buffer.alloc(4 * random.below(5));
		for (let at = 0; at < ids.length; at += 4) {
			ids.writeUInt32BE(ownerId(random), at);
		}
		return ids;
	}

	#unknownExtension(): Packet {
		const random = this.#random;
		const name = random.pick([
			"no-such@example.org",
			"",
			"limits",
			"statvfs@openssh.co",
			"x".repeat(150),
			"a\nb\xff",
		]);
		return this.#packet("extended", bytes(latin(name)), {
			kind: "tail",
			bytes: random.bytes(random.below(9)),
		});
	}
}
