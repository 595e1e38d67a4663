/*
 * The trees that the servers work in: every kind of file, mode, owner, time and odd
 * name that a sequence may meet. The same text builds the same tree.
 */
import { TESTER } from "../helpers/agent.ts";
import type { TreeName } from "./session.ts";

/** A line of the agent's tree text: one file and its attributes. */
interface Entry {
	/** d directory, f file, z file of zeros, l symlink, h hard link, p FIFO, s socket, c character device. */
	readonly type: string;
	readonly path: string;
	readonly mode?: number;
	readonly owner?: readonly [number, number];
	/** Seconds since 1970. */
	readonly mtime?: number;
	/** Size and seed of a file, target of a link, numbers of a device. */
	readonly argument?: string;
}

const ROOT: readonly [number, number] = [0, 0];
const OLD = 1_000_000_000;
const DAY = 86_400;
const CHAIN_LENGTH = 42;
const WIDE_COUNT = 250;
/** Noon of the day on which the tester runs, so that ages are the same all day. */
const noon = Math.floor(Date.now() / 1000 / DAY) * DAY + DAY / 2;

const file = (path: string, size: number, rest: Partial<Entry> = {}): Entry => ({
	type: "f",
	path,
	argument: `${size} ${path.length}`,
	...rest,
});
const link = (path: string, target: string): Entry => ({ type: "l", path, argument: target });
const directory = (path: string, rest: Partial<Entry> = {}): Entry => ({ type: "d", path, ...rest });

/** Symlinks that lead from one to the next: l1 to the directory a, l2 to l1, and so on. */
const chain: readonly Entry[] = [
	directory("chain"),
	link("chain/l1", "../a"),
	...Array.from({ length: CHAIN_LENGTH - 1 }, (_, i) => link(`chain/l${i + 2}`, `l${i + 1}`)),
	link("chain/f1", "/mnt/t/a/file"),
	...Array.from({ length: CHAIN_LENGTH - 1 }, (_, i) => link(`chain/f${i + 2}`, `f${i + 1}`)),
];

const ages: readonly Entry[] = [
	directory("ages"),
	file("ages/epoch", 3, { mtime: 0 }),
	file("ages/before1970", 3, { mtime: -1 }),
	file("ages/y2038", 3, { mtime: 2_147_483_648 }),
	file("ages/y2106", 3, { mtime: 4_294_967_296 + 12_345 }),
	file("ages/y10000", 3, { mtime: 253_402_300_800 + 2 * DAY }),
	file("ages/recent", 3, { mtime: noon - 30 * DAY }),
	file("ages/almost-half-a-year", 3, { mtime: noon - 181 * DAY }),
	file("ages/over-half-a-year", 3, { mtime: noon - 184 * DAY }),
	file("ages/tomorrow", 3, { mtime: noon + DAY }),
];

const owners: readonly Entry[] = [
	directory("owners"),
	file("owners/long", 7, { owner: [5000, 5000] }),
	file("owners/unknown", 7, { owner: [77_777, 88_888] }),
	file("owners/huge", 7, { owner: [4_294_967_294, 4_294_967_294] }),
	file("owners/root", 7, { owner: ROOT }),
	file("owners/setuid", 7, { mode: 0o4755 }),
	file("owners/setgid-no-exec", 7, { mode: 0o6644 }),
	file("owners/sticky", 7, { mode: 0o1644 }),
	directory("owners/shared", { mode: 0o1777, owner: ROOT }),
	file("owners/shared/roots", 7, { owner: ROOT }),
	directory("owners/group", { mode: 0o2775 }),
];

const names: readonly Entry[] = [
	directory("names"),
	...[
		"sp ace",
		"new\nline",
		'q"uote',
		"back\\slash",
		"tab\tbell\x07",
		"high\xff\xfe",
		"\xc3\xbc\xe2\x82\xac",
		"-dash",
		"~",
		"~tester",
		"100%d",
		"x".repeat(255),
	].map((name) => file(`names/${name}`, 5)),
];

const small: readonly Entry[] = [
	directory("."),
	directory("a"),
	file("a/file", 11),
	file("a/page", 4096),
	file("a/big", 300_000),
	directory("a/sub"),
	file("a/sub/deep", 70_000),
	directory("a/empty"),
	{ type: "h", path: "hard", argument: "a/file" },
	file("empty", 0),
	file("one", 1, { mode: 0o755 }),
	file("readonly", 100, { mode: 0o444 }),
	file("writeonly", 100, { mode: 0o222 }),
	file("noperm", 100, { mode: 0 }),
	file("secret", 100, { mode: 0o600, owner: ROOT }),
	{ type: "z", path: "zeros", argument: String(2 ** 40) },
	directory("locked", { mode: 0o700, owner: ROOT }),
	file("locked/in", 10),
	directory("nosearch", { mode: 0o644 }),
	file("nosearch/in", 10),
	directory("nolist", { mode: 0o311 }),
	file("nolist/in", 10),
	link("link", "a/file"),
	link("dirlink", "a"),
	link("dirslash", "a/"),
	link("absolute", "/mnt/t/a/file"),
	link("up", "../t/a/../one"),
	link("tolink", "link"),
	link("dangling", "nowhere"),
	link("danglingdir", "nowhere/else"),
	link("loop", "loop"),
	link("loop1", "loop2"),
	link("loop2", "loop1"),
	link("dots", "./a/.././a//sub/."),
	link("into-locked", "locked/in"),
	link("root", "/"),
	link("far", `a/${"./".repeat(1500)}file`),
	{ type: "p", path: "fifo", mode: 0o644 },
	{ type: "s", path: "socket", mode: 0o755 },
	{ type: "c", path: "full", mode: 0o666, argument: "1:7" },
	...chain,
	...ages,
	...owners,
	...names,
];

const wide: readonly Entry[] = [
	...small,
	directory("wide"),
	...Array.from({ length: WIDE_COUNT }, (_, i) => file(`wide/f${i}`, i)),
];

/**
 * Makes the tree's own paths work when it is the root. Leaves out the
 * device, since devices can't be renamed or linked under --root.
 */
const inRoot = (entries: readonly Entry[]): readonly Entry[] => [
	...entries.filter(({ type }) => type !== "c"),
	directory("mnt"),
	link("mnt/t", "/"),
];

const trees: Readonly<Record<TreeName, readonly Entry[]>> = { small, wide };

function line(entry: Entry): Buffer {
	const mode = entry.mode ?? (entry.type === "d" ? 0o755 : 0o644);
	const [uid, gid] = entry.owner ?? TESTER;
	const fields = [
		entry.type,
		mode.toString(8),
		uid,
		gid,
		entry.mtime ?? OLD,
		entry.argument ?? "",
		entry.path,
	];
	return Buffer.from(`${fields.join("\t")}\0`, "latin1");
}

const texts = new Map<string, Buffer>();

/** The tree as text for the agent. */
export function treeText(name: TreeName, isRooted = false): Buffer {
	const key = `${name} ${isRooted}`;
	const text = texts.get(key) ?? Buffer.concat((isRooted ? inRoot(trees[name]) : trees[name]).map(line));
	texts.set(key, text);
	return text;
}

/** Every path of a tree except the root, as bytes, relative to it. */
export function treePaths(name: TreeName): Buffer[] {
	return trees[name].filter(({ path }) => path !== ".").map(({ path }) => Buffer.from(path, "latin1"));
}

/** Those paths that are directories, symlinks to them included. */
export function treeDirectories(name: TreeName): Buffer[] {
	const links = ["dirlink", "dirslash", "dots", "chain/l1", "chain/l32"];
	const own = trees[name].filter(({ type }) => type === "d").map(({ path }) => path);
	return [...own, ...links].map((path) => Buffer.from(path, "latin1"));
}
