/* Generates the sessions; each is identified by a number in the seed's stream. */
import { encodePacket } from "../differential/packet.ts";
import { Paths } from "../differential/paths.ts";
import { Random } from "../differential/random.ts";
import { Requests } from "../differential/requests.ts";
import { OPERATIONS } from "../helpers/operations.ts";
import { attrs, FXF, FXP, INIT, packet, uint32 } from "../helpers/packets.ts";
import { FIXED_FILES } from "./fixed-files.ts";
import type { FuzzInput, Mode } from "./input.ts";
import { mutate } from "./mutate.ts";

/** The input with this number. */
export function generate(seed: number, number: number, mode: Mode): FuzzInput {
	const random = new Random(seed, number);
	const bytes = random.weighted<() => Buffer>([
		[25, () => session(random)],
		[40, () => mutate(session(random), random, session(random))],
		[12, () => transfers(random)],
		[6, () => mutate(transfers(random), random, session(random))],
		[10, () => randomPackets(random)],
		[3, () => Buffer.concat([INIT, random.bytes(random.below(3000))])],
		[2, () => random.bytes(random.below(300))],
		[2, () => extremes(random)],
	])();
	return {
		mode,
		args: [...logArgs(random), ...policyArgs(random), ...confinement(random, mode)],
		bytes,
		pieces: sizes(random, 60_000),
		takes: random.chance(4) ? [...sizes(random, 30_000), 0] : sizes(random, 300_000),
		output: random.pick(mode === "inside" ? ["pipe", "pipe", "pipe", "file"] : ["pipe", "socket", "file"]),
		disturbEvery: random.pick([0, 0, 1, 2, 3, 10]),
		slow: random.chance(30),
	};
}

/** Sizes of pieces: many small ones and a large one, so that the input ends in reasonable time. */
function sizes(random: Random, most: number): number[] {
	const one = (): number => random.pick([1, 3, random.between(1, 100), random.between(1, most), most]);
	return [...Array.from({ length: random.below(8) }, one), random.between(most >> 2, most)];
}

function session(random: Random): Buffer {
	const requests = new Requests(random, new Paths(random, "small"), "tester");
	const packets = [requests.init()];
	for (let left = random.between(1, 25); left > 0; left--)
		packets.push(...(random.chance(3) ? [requests.unknown()] : requests.next()));
	return Buffer.concat(packets.map((one) => encodePacket(one)));
}

/** Many READs of files that never change, among other requests that only read. */
function transfers(random: Random): Buffer {
	const files = [...FIXED_FILES];
	const opens = files.map(([path], i) => packet(FXP.OPEN, i, path, FXF.READ, attrs()));
	const listing = packet(FXP.OPENDIR, files.length, "/mnt/fixed");
	const requests = Array.from({ length: random.between(1, 120) }, (_, i) => {
		const which = random.below(files.length);
		const size = files[which]?.[1] ?? 0;
		const offset = BigInt(
			random.chance(60) ? random.below(size + 10) : Math.max(0, size - random.below(300_000)),
		);
		const length = random.pick([0, 1, 100, 4096, 16_383, 16_384, 32_768, 65_536, 261_120, 300_000]);
		return random.weighted<() => Buffer>([
			[60, () => packet(FXP.READ, 100 + i, uint32(which), offset, length)],
			[10, () => packet(FXP.STAT, 100 + i, random.pick(["a/file", "missing", "/mnt/fixed/odd"]))],
			[5, () => packet(FXP.LSTAT, 100 + i, "link")],
			[5, () => packet(FXP.FSTAT, 100 + i, uint32(which))],
			[10, () => packet(FXP.READDIR, 100 + i, uint32(files.length))],
			[4, () => packet(FXP.OPEN, 100 + i, "new1", FXF.WRITE | FXF.CREAT, attrs())],
			[3, () => packet(FXP.WRITE, 100 + i, uint32(files.length + 1), offset, "written")],
			[3, () => packet(FXP.CLOSE, 100 + i, uint32(files.length + 1))],
		])();
	});
	return Buffer.concat([INIT, ...opens, listing, ...requests]);
}

/** Well-framed packets of any type with arbitrary content. */
function randomPackets(random: Random): Buffer {
	const packets = Array.from({ length: random.between(1, 40) }, (_, i) => {
		const type = random.chance(80) ? random.between(3, 20) : random.below(256);
		const fields = Array.from({ length: random.below(5) }, () =>
			random.pick([
				random.bits(),
				random.below(300),
				BigInt(random.bits()) << 31n,
				random.bytes(random.below(60)),
				"a/file",
				uint32(random.below(4)),
			]),
		);
		return packet(type, i, ...fields);
	});
	return Buffer.concat([INIT, ...packets]);
}

/** The largest lists and strings that a packet can hold. */
function extremes(random: Random): Buffer {
	const ids = Buffer.alloc(4 * random.pick([1, 1000, 3000]), 1);
	const big = Buffer.alloc(262_144 - 40, 0x61);
	const pairs = Array.from({ length: random.pick([100, 20_000]) }, () => ["x", "y"] as const);
	return Buffer.concat([
		INIT,
		packet(FXP.EXTENDED, 1, "users-groups-by-id@openssh.com", ids, ids),
		packet(FXP.MKDIR, 2, "a/file", attrs({ mode: 0o755, extended: pairs })),
		packet(FXP.OPEN, 3, big, FXF.READ, attrs()),
		packet(FXP.STAT, 4, big),
		packet(FXP.SYMLINK, 5, big.subarray(0, 100_000), "new1"),
		packet(FXP.EXTENDED, 6, big),
		packet(FXP.EXTENDED, 7, "expand-path@openssh.com", Buffer.concat([Buffer.from("~"), big.subarray(50)])),
		packet(FXP.EXTENDED, 8, "home-directory", big.subarray(50)),
	]);
}

function logArgs(random: Random): string[] {
	return random.pick([
		["-e", "-l", "debug3"],
		["-e", "-l", "info"],
		["--log-format", "json", "-l", "debug3"],
		[],
	]);
}

function policyArgs(random: Random): string[] {
	const list = (): string =>
		Array.from({ length: 5 }, () => OPERATIONS[random.below(OPERATIONS.length)]?.name).join();
	return [
		...(random.chance(8) ? ["-R"] : []),
		...(random.chance(8) ? ["-P", list()] : []),
		...(random.chance(5) ? ["-p", `open,opendir,read,readdir,${list()}`] : []),
	];
}

function confinement(random: Random, mode: Mode): string[] {
	if (mode === "inside" || random.chance(60)) return [];
	return ["--confine", "/mnt/t", "--confine", "/mnt/fixed:ro"];
}
