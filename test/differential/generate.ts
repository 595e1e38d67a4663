/*
 * Generates sessions from a seed: how the servers start, how many sequences follow,
 * how their bytes arrive and end, and which packets are damaged.
 */
import { type Damage, encodePacket, layouts, type Packet } from "./packet.ts";
import { Paths } from "./paths.ts";
import { Random } from "./random.ts";
import { Requests } from "./requests.ts";
import type { Delivery, Sequence, Session, TreeName, User } from "./session.ts";

const SEQUENCES_MAX = 6;
const ERRANDS_MAX = 14;
const LENGTH_FIELD_BYTES = 4;
const REQUEST_NAMES = Object.keys(layouts).filter((name) => !["init", "extended", "unknown"].includes(name));
const LEVELS = ["QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG1", "DEBUG2", "debug3"] as const;
const FACILITIES = ["DAEMON", "USER", "AUTH", "AUTHPRIV", "LOCAL0", "local3", "LOCAL7"] as const;
const UMASKS = ["077", "0", "0777", "027", "22", " 7", "+7"] as const;
const START_FOLDERS = [
	"%d",
	"/mnt/t",
	".",
	"~",
	"%d/sub",
	"a",
	"~tester",
	"%u",
	"%U%%",
	"missing",
	"locked",
] as const;
const ZONES = [
	"TZ=UTC",
	"TZ=America/New_York",
	"TZ=:Europe/Berlin",
	"TZ=XYZ-3:30",
	"TZ=",
	"TZ=no/such",
] as const;
const CONNECTIONS = [
	"192.0.2.7 50000 192.0.2.1 22",
	"2001:db8::7 1 ::1 22",
	" leading",
	'a"b\\c\xff 1',
] as const;
/** Whether a session's arguments let its handles be closed between sequences. */
function canClose(args: readonly string[]): boolean {
	const list = (option: string): string[] | undefined => args[args.indexOf(option) + 1]?.split(",");
	return !(args.includes("-P") && list("-P")?.includes("close")) && !args.includes("-p");
}

/** -d folders that leave the server in the tree's root, which outlives the tree. */
const ROOTS = ["/mnt/t", ".", "missing", "%U%%"];

function requestList(random: Random): string {
	const names = Array.from(
		{ length: random.between(1, 6) },
		() => REQUEST_NAMES[random.below(REQUEST_NAMES.length)],
	);
	if (random.chance(15))
		names.splice(random.below(names.length), 0, random.pick(["", "no-such", " stat", "OPEN"]));
	return names.join(",");
}

function logArgs(random: Random): string[] {
	return random.weighted<() => string[]>([
		[58, () => random.pick([["-e", "-l", "debug3"], ["-eldebug3"], ["-l", "DEBUG3", "-e"]])],
		/* At these levels, requests that are not logged take faster paths. */
		[20, () => ["-e", "-l", random.pick(["QUIET", "ERROR", "INFO"])]],
		[8, () => ["-e", "-l", random.pick(LEVELS)]],
		[12, () => ["-f", random.pick(FACILITIES), "-l", random.pick(LEVELS)]],
		[2, () => []],
	])();
}

function policyArgs(random: Random): string[] {
	return [
		...(random.chance(10) ? ["-R"] : []),
		...(random.chance(8) ? ["-P", requestList(random)] : []),
		...(random.chance(8) ? ["-p", `open,read,write,${requestList(random)}`] : []),
		...(random.chance(15) ? ["-u", random.pick(UMASKS)] : []),
	];
}

function environment(random: Random): string[] {
	return [
		...(random.chance(70) ? [`SSH_CONNECTION=${random.pick(CONNECTIONS)}`] : []),
		...(random.chance(30) ? [random.pick(ZONES)] : []),
	];
}

function delivery(random: Random): Delivery {
	return random.weighted<() => Delivery>([
		[35, () => ({ how: "each" })],
		[35, () => ({ how: "burst" })],
		[8, () => ({ how: "bytes" })],
		[22, () => ({ how: "cuts", seed: random.bits() })],
	])();
}

function damage(random: Random): Damage {
	return random.weighted<() => Damage>([
		[35, () => ({ how: "cut", count: random.pick([1, 2, 3, 4, 5, 8, 12, random.between(1, 40)]) })],
		[20, () => ({ how: "grow", count: random.pick([1, 4, 8, 100, 5000]) })],
		[
			40,
			() => ({
				how: "flip",
				at: random.below(60),
				mask: random.pick([1, 2, 4, 0x80, 0xff, random.between(1, 255)]),
			}),
		],
		[5, () => ({ how: "length", value: random.pick([262_144, 262_145, 2 ** 31, 2 ** 32 - 1, 262_143]) })],
	])();
}

/** A NUL inside a name ends the session. */
function withNul(packet: Packet, random: Random): Packet {
	const values = packet.values.map((value) =>
		value.kind === "bytes" && value.bytes.length > 1
			? {
					...value,
					bytes: Buffer.concat([value.bytes.subarray(0, 1), Buffer.of(0), value.bytes.subarray(1)]),
				}
			: value,
	);
	return random.chance(50) ? { ...packet, values } : packet;
}

/**
 * Damages some of the packets. Nothing follows a false length, or a
 * length of 0: what is read then would depend on how much has arrived.
 */
function roughen(packets: readonly Packet[], random: Random): Packet[] {
	const rough: Packet[] = [];
	for (const packet of packets) {
		const one = random.chance(6) ? damage(random) : undefined;
		const more = one !== undefined && one.how !== "length" && random.chance(15) ? [damage(random)] : [];
		const done = one === undefined ? [] : [one, ...more];
		const damaged = { ...(random.chance(2) ? withNul(packet, random) : packet), damage: done };
		rough.push(damaged);
		if (done.some(({ how }) => how === "length") || encodePacket(damaged).length <= LENGTH_FIELD_BYTES) {
			break;
		}
	}
	return rough;
}

function sequence(random: Random, tree: TreeName, user: User, last: boolean): Sequence {
	const requests = new Requests(random, new Paths(random, tree), user);
	const rough = last && random.chance(55);
	const packets = [requests.init()];
	for (let left = random.between(2, ERRANDS_MAX); left > 0; left--) {
		packets.push(...(rough && random.chance(4) ? [requests.unknown()] : requests.next()));
	}
	if (rough && random.chance(4)) {
		packets.shift();
	}
	const sent = rough && random.chance(60) ? roughen(packets, random) : packets;
	const whole = (sent.at(-1)?.damage.length ?? 0) === 0;
	return {
		packets: sent,
		delivery: delivery(random),
		end: rough && random.chance(50) ? "early" : "held",
		unread: random.chance(10),
		takeBytes: random.chance(90) ? 65_536 : random.pick([1, 3, 100, 4096]),
		missingBytes: rough && whole && random.chance(20) ? random.between(1, 12) : 0,
	};
}

/** The session with this number for this seed. */
export function generateSession(seed: number, number: number): Session {
	const random = new Random(seed, number);
	const tree: TreeName = random.chance(12) ? "wide" : "small";
	const user: User = random.chance(50) ? "root" : "tester";
	const folder = random.chance(15) ? random.pick(START_FOLDERS) : undefined;
	const policy = policyArgs(random);
	const chained = (folder === undefined || ROOTS.includes(folder)) && canClose(policy);
	const count = chained ? random.between(1, SEQUENCES_MAX) : 1;
	return {
		user,
		tree,
		args: [...logArgs(random), ...policy, ...(folder === undefined ? [] : ["-d", folder])],
		env: environment(random),
		...(random.chance(4) && { fileSize: random.pick([270_000, 1_000_000]) }),
		...(random.chance(5) && { files: random.pick([200, 256, 4096]) }),
		sequences: Array.from({ length: count }, (_, i) => sequence(random, tree, user, i === count - 1)),
	};
}
