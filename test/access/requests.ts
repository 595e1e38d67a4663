/*
 * The campaign's requests as data, for two sessions. Paths start at the tree's top;
 * those that begin with a slash are sent as absolute paths. A handle is an index into
 * the session's open handles.
 */
import type { Random } from "../differential/random.ts";
import type { Right, Rule } from "./model.ts";

export type Request =
	| { readonly what: "open"; readonly path: string; readonly flags: number }
	| { readonly what: "close" | "fstat" | "read"; readonly handle: number }
	| { readonly what: "write"; readonly handle: number; readonly text: string }
	| { readonly what: "fsetstat"; readonly handle: number; readonly set: Attribute }
	| { readonly what: "copy"; readonly handle: number; readonly to: number }
	| { readonly what: "stat" | "lstat" | "list" | "readlink" | "realpath" | "statvfs"; readonly path: string }
	| { readonly what: "mkdir" | "remove" | "rmdir"; readonly path: string }
	| { readonly what: "setstat" | "lsetstat"; readonly path: string; readonly set: Attribute }
	| { readonly what: "rename" | "posix-rename" | "hardlink"; readonly path: string; readonly to: string }
	| { readonly what: "symlink"; readonly path: string; readonly to: string };

export type Attribute = "mode" | "times" | "size";

/** One request of one of the two sessions. */
export interface Step {
	readonly session: 0 | 1;
	readonly request: Request;
}

/** Rules and sequences of requests. The trees are compared after each sequence. */
export interface Scenario {
	readonly rules: readonly Rule[];
	readonly sequences: readonly (readonly Step[])[];
}

/** Files, links and directories that no session created. Missing ones are made before each sequence. */
export const PLANTED: readonly (readonly [path: string, content: string])[] = [
	["/in/", ""],
	["/in/f", "in f"],
	["/in/sub/", ""],
	["/in/sub/g", "in sub g"],
	["/ro/", ""],
	["/ro/f", "ro f"],
	["/ro/l", "-> /in/f"],
	["/rw/", ""],
	["/rw/f", "rw f"],
	["/rw/d/", ""],
	["/rw/d/x", "rw d x"],
	["/rw/e.exe", "rw e.exe"],
	["/rw/l", "-> /ro"],
	["/.ssh/", ""],
	["/.ssh/key", "key"],
	["/h/", ""],
	["/h/p/", ""],
	["/h/p/x", "h p x"],
	["/h/q", "h q"],
	["/l", "-> in"],
	["/m", "-> /h/p"],
];

const RIGHTS: readonly [Right, ...Right[]] = ["full", "read", "add", "drop", "none", "hidden", "add", "drop"];
const PATTERNS: readonly [string, ...string[]] = [
	...(["/", "/**", "/in", "/in/**", "/in/*", "/in/sub/**", "/ro", "/ro/**", "/rw", "/rw/**"] as const),
	...([
		"/rw/d",
		"/rw/d/**",
		"/rw/*/x",
		"/**/x",
		"/h",
		"/h/p",
		"/h/**",
		"/{in,ro}/**",
		"/?w/[d-f]*",
		"/!(in|rw)",
	] as const),
	...(["*.exe", ".ssh", "n1", "n?", "l", "f", "x", "sub"] as const),
];
const NAMES: readonly [string, ...string[]] = [
	...(["n1", "n2", "n3", "n4", "f", "g", "x", "d", "l", "p", "q", "e.exe", "n.exe"] as const),
	...([".ssh", "sub", "in", "ro", "rw", "h", ".", ".."] as const),
];

const READ = 1;
const WRITE = 2;
const APPEND = 4;
const CREAT = 8;
const TRUNC = 16;
const EXCL = 32;
const FLAGS: readonly [number, ...number[]] = [
	...([READ, READ, WRITE, READ | WRITE, WRITE | CREAT, WRITE | CREAT | TRUNC] as const),
	...([WRITE | CREAT | EXCL, WRITE | CREAT | EXCL, READ | WRITE | CREAT, WRITE | APPEND] as const),
	...([READ | TRUNC, READ | CREAT, WRITE | CREAT | APPEND, WRITE | CREAT | TRUNC, 0] as const),
];

const STEPS_MAX = 18;

export function generateScenario(random: Random, sequences: number): Scenario {
	const rules = Array.from({ length: random.between(1, 6) }, () => ({
		right: random.pick(RIGHTS),
		pattern: random.pick(PATTERNS),
	}));
	return {
		rules,
		sequences: Array.from({ length: sequences }, () => {
			const known = PLANTED.map(([path]) => path.replace(/\/$/, ""));
			return Array.from({ length: random.between(4, STEPS_MAX) }, (): Step => {
				const session = random.chance(70) ? 0 : 1;
				return { session, request: generateRequest(random, known) };
			});
		}),
	};
}

function generateRequest(random: Random, known: string[]): Request {
	const path = (): string => generatePath(random, known);
	/** A path to create something at. Later requests may use it. */
	const made = (): string => {
		const one = path();
		known.push(one.startsWith("/") ? one : `/${one}`);
		return one;
	};
	const handle = random.below(4);
	const set = random.pick<Attribute>(["mode", "times", "size"]);
	return random.weighted<Request>([
		/* No slash at the end: with O_CREAT, which error comes first is up to the system. */
		[
			20,
			{
				what: "open",
				path: (random.chance(50) ? made() : path()).replace(/\/+$/, ""),
				flags: random.pick(FLAGS),
			},
		],
		[4, { what: "close", handle }],
		[2, { what: "fstat", handle }],
		[5, { what: "read", handle }],
		[8, { what: "write", handle, text: `text ${random.below(1000)}` }],
		[4, { what: "fsetstat", handle, set }],
		[4, { what: "copy", handle, to: random.below(4) }],
		[4, { what: "stat", path: path() }],
		[4, { what: "lstat", path: path() }],
		[5, { what: "list", path: path() }],
		[3, { what: "readlink", path: path() }],
		[3, { what: "realpath", path: path() }],
		[1, { what: "statvfs", path: path() }],
		[7, { what: "mkdir", path: made() }],
		[7, { what: "remove", path: path() }],
		[5, { what: "rmdir", path: path() }],
		[5, { what: "setstat", path: path(), set }],
		[2, { what: "lsetstat", path: path(), set: random.pick<Attribute>(["mode", "times"]) }],
		[9, { what: "rename", path: path(), to: made() }],
		[10, { what: "posix-rename", path: path(), to: made() }],
		[6, { what: "hardlink", path: path(), to: made() }],
		[6, { what: "symlink", to: path(), path: made() }],
	]);
}

/** Usually the path of an existing file, sometimes with needless components. */
function generatePath(random: Random, known: readonly string[]): string {
	const [first = "/in", ...others] = known;
	let path: string = random.pick([first, ...others]);
	if (random.chance(35)) path = `${path}/${random.pick(NAMES)}`;
	else if (random.chance(15)) path = `${path.slice(0, path.lastIndexOf("/"))}/${random.pick(NAMES)}`;
	if (random.chance(10)) path = `/${random.pick(["in", "rw/d", "h", ".ssh", "l", "ro/f"])}/..${path}`;
	if (random.chance(5)) path = path.replace(/\/(?=[^/]*$)/, random.pick(["//", "/./"]));
	if (random.chance(4)) path = `${path}/`;
	if (leavesTree(path)) return "/in";
	return random.chance(60) ? path.replace(/^\/+/, "") || "." : path;
}

/** True if a path leads above the tree's top, where the model knows nothing. Links are not followed. */
function leavesTree(path: string): boolean {
	let depth = 0;
	for (const name of path.split("/")) {
		if (name === "..") depth--;
		else if (name !== "" && name !== ".") depth++;
		if (depth < 0) return true;
	}
	return false;
}
