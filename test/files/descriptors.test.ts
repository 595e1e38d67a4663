/*
 * A namespace of descriptors compared with the kernel: rooted in a directory, it gives
 * the same results as system calls in a chroot of that directory; on the whole system,
 * the same as plain system calls. Each call gets every kind of path.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	constants,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { DescriptorNamespace } from "../../src/files/descriptors.ts";
import { DirectNamespace } from "../../src/files/direct.ts";
import { Files } from "../../src/files/files.ts";
import type { Namespace } from "../../src/files/namespace.ts";
import { OpenFile } from "../../src/files/open-file.ts";
import { RootDirectory } from "../../src/files/root-directory.ts";
import { RootResolver } from "../../src/files/root-resolver.ts";
import { SystemResolver } from "../../src/files/system-resolver.ts";
import { addon } from "../../src/posix/addon.ts";
import { O_PATH } from "../../src/posix/openat2.ts";
import { StatBuffer, StatWord } from "../../src/posix/stat.ts";
import { U64 } from "../../src/wire/u64.ts";
import { someOf } from "../helpers/fast.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";

const { O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
const OLD = new Date(1e12);

type Argument = string | number;
type Call = readonly [name: string, ...args: readonly Argument[]];

/** The components that paths are made of. */
const COMPONENTS = [
	"",
	".",
	"..",
	"file",
	"empty",
	"folder",
	"link",
	"up",
	"absolute",
	"dangling",
	"loop",
	"missing",
];

function pathsOf(count: number): readonly string[] {
	if (count === 1) return COMPONENTS;
	return pathsOf(count - 1).flatMap((path) => COMPONENTS.map((name) => `${path}/${name}`));
}

const SHORT = [...pathsOf(1), ...pathsOf(2)];
/** A working directory and a relative path together must not exceed the limit of a path, so these are tried in "/". */
const LONG = ["x".repeat(255), "x".repeat(256), "./".repeat(2047), "./".repeat(2048), "x/".repeat(2048)];
const PATHS = SHORT.flatMap((path) => [path, `/${path}`]);

function questions(path: string): readonly Call[] {
	return [
		["stat", path],
		["lstat", path],
		["readlink", path],
		["statvfs", path],
		["opendir", path],
		["open", path, O_RDONLY],
	];
}

function changes(path: string): readonly Call[] {
	return [
		["open", path, O_WRONLY | O_CREAT],
		["open", path, O_WRONLY | O_CREAT | O_EXCL],
		["open", path, O_WRONLY | O_TRUNC],
		["mkdir", path],
		["rmdir", path],
		["unlink", path],
		["symlink", "text", path],
		["truncate", path, 3],
		["chmod", path, 0o700],
		["utimes", path, 1000],
		["lutimes", path, 1000],
		["chown", path],
		["link", path, "/new"],
		["link", path, "/missing/new"],
		["link", path, "/folder"],
		["link", "/file", path],
		["rename", path, "/new"],
		["rename", "/folder/file", path],
		["rename", "/folder", path],
	];
}

/** Rebuilds the tree. */
function fill(top: string): void {
	chmodSync(top, 0o755);
	for (const name of readdirSync(top)) rmSync(join(top, name), { recursive: true, force: true });
	for (const at of [top, join(top, "folder"), join(top, "folder/folder")]) {
		if (at !== top) mkdirSync(at);
		writeFileSync(join(at, "file"), "content");
		mkdirSync(join(at, "empty"));
		symlinkSync("folder", join(at, "link"));
		symlinkSync("../folder/", join(at, "up"));
		symlinkSync("/folder/.", join(at, "absolute"));
		symlinkSync("missing", join(at, "dangling"));
		symlinkSync("loop", join(at, "loop"));
	}
}

/** The tree without times and inode numbers, which differ between the twins. */
function shape(top: string): readonly string[] {
	return snapshotTree(top, { recentSinceMilliseconds: OLD.getTime() });
}

/** Our calls, with results as chrooted.py gives them. */
class Ours {
	readonly #files: Files;
	readonly #namespace: Namespace;

	constructor(namespace: Namespace) {
		this.#namespace = namespace;
		this.#files = new Files(
			namespace,
			{ read: () => assert.fail(), settle() {}, readerHasGone: () => false },
			{ left: 0, takeStat: () => assert.fail(), takeRead: () => assert.fail() },
		);
	}

	call([name, first = "", second = 0]: Call): number | string | readonly number[] {
		const files = this.#files;
		const path = Buffer.from(String(first));
		const other = Buffer.from(String(second));
		const number = Number(second);
		switch (name) {
			case "stat":
			case "lstat":
				return this.#stat(path, name === "stat");
			case "readlink":
				return text(files.readlink(path));
			case "statvfs": {
				const words = new Uint32Array(22);
				const result = files.statvfs(path, words);
				return result < 0 ? result : (words[1] ?? 0);
			}
			case "open":
				return this.#open(path, number);
			case "opendir": {
				const directory = files.openDirectory(path);
				return typeof directory === "number" ? directory : inode(directory);
			}
			case "mkdir":
				return files.names.mkdir(path, 0o777);
			case "rmdir":
				return files.names.rmdir(path);
			case "unlink":
				return files.names.unlink(path);
			case "symlink":
				return files.names.symlink(path, other);
			case "truncate": {
				const size = new U64();
				size.add(number);
				return files.truncate(path, size);
			}
			case "chmod":
				return files.chmod(path, number, true);
			case "utimes":
			case "lutimes":
				return files.utimes(path, number, number, name === "utimes");
			case "chown":
				return files.chown(path, 0xffff_ffff, 0xffff_ffff, true);
			case "link":
				return files.names.link(path, other);
			case "rename":
				return files.names.rename(path, other);
			case "chdir":
				return files.changeDirectory(path);
			case "getcwd":
				return workingDirectory(files);
			default:
				return assert.fail(name);
		}
	}

	#stat(path: Buffer, follow: boolean): number | readonly number[] {
		this.#namespace.forgetDirectories?.();
		const stat = new StatBuffer();
		const result = this.#namespace.stat(path, 0, path.length, follow, stat.words);
		const slow = new StatBuffer();
		assert.equal(this.#files.lookUp(path, follow, slow), result, "stat and lookUp agree");
		if (result < 0) return result;
		assert.deepEqual(slow.words, stat.words);
		return [stat.words[StatWord.INO_LOW] ?? 0, stat.words[StatWord.MODE] ?? 0];
	}

	#open(path: Buffer, flags: number): number {
		const file = this.#files.open(path, 0, path.length, flags, 0o644);
		return file instanceof OpenFile ? inode(file) : file;
	}
}

function inode(handle: { readonly fd: number; finish(ending: "close"): number }): number {
	const stat = new StatBuffer();
	addon.fstat(handle.fd, stat.words);
	handle.finish("close");
	return stat.words[StatWord.INO_LOW] ?? 0;
}

function workingDirectory(files: Files): string | number {
	const to = Buffer.alloc(4096);
	const length = files.workingDirectory(to);
	return text(length < 0 ? length : to.subarray(0, length));
}

function text(path: Buffer | number): string | number {
	return typeof path === "number" ? path : path.toString();
}

const AFTER_MOVES: readonly Call[] = [
	".",
	"./",
	"..",
	"./../file",
	"../..",
	"file",
	"../folder/file",
	"/file",
].flatMap((path): readonly Call[] => [
	["stat", path],
	["open", path, O_RDONLY],
	["open", path, O_WRONLY | O_CREAT],
	["mkdir", path],
	["symlink", "text", path],
	["rename", path, "/new"],
	["opendir", path],
]);

/** Without the inode number, which differs between the trees. */
function comparable([name]: Call, answer: unknown): unknown {
	if (Array.isArray(answer)) return answer[1];
	return typeof answer === "number" && name.startsWith("open") ? Math.min(answer, 0) : answer;
}

function isQuestion([name, , flags]: Call): boolean {
	return ["stat", "lstat", "readlink", "statvfs", "opendir"].includes(name) || flags === O_RDONLY;
}

/** chrooted.py on a directory. */
class Chrooted {
	readonly #process: ChildProcess;
	readonly #lines: AsyncIterator<string>;

	constructor(directory: string) {
		this.#process = spawn("python3", ["test/files/chrooted.py", directory], {
			stdio: ["pipe", "pipe", "inherit"],
		});
		const { stdout } = this.#process;
		assert.ok(stdout);
		this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
	}

	async call(call: Call): Promise<unknown> {
		this.#process.stdin?.write(`${JSON.stringify(call)}\n`);
		const { value } = await this.#lines.next();
		return JSON.parse(value);
	}

	async stop(): Promise<void> {
		this.#process.stdin?.end();
		await once(this.#process, "close");
	}
}

function makeDirectory(): string {
	return realpathSync(mkdtempSync(join(tmpdir(), "descriptors-")));
}

describe("a namespace rooted in a directory", { skip: unlessRoot() || unlessInstalled("python3") }, () => {
	const top = makeDirectory();
	const here = process.cwd();
	let chrooted: Chrooted;
	let ours: Ours;
	let filled: readonly string[];
	before(() => {
		fill(top);
		filled = shape(top);
		chrooted = new Chrooted(top);
		const fd = addon.openat2(-1, Buffer.from(top), 0, top.length, O_PATH, 0, 0);
		ours = new Ours(new DescriptorNamespace(new RootResolver(new RootDirectory(fd))));
	});
	after(async () => {
		await chrooted.stop();
		process.chdir(here);
		rmSync(top, { recursive: true });
	});

	/** Makes the calls in both, one after another; returns the kinds of results. */
	async function compare(calls: readonly Call[], directory: string, change: boolean): Promise<Set<string>> {
		const kinds = new Set<string>();
		for (const call of calls) {
			const name = JSON.stringify([directory, ...call]).slice(0, 200);
			const outcomes: unknown[] = [];
			for (const who of [chrooted, ours]) {
				await who.call(["chdir", "/"]);
				assert.equal(await who.call(["chdir", directory]), 0);
				const answer = await who.call(call);
				const failed = typeof answer === "number" && answer < 0;
				outcomes.push(change && !failed ? shape(top) : answer);
				if (change && !failed) fill(top);
				kinds.add(`${call[0]} ${failed ? answer : "succeeds"}`);
			}
			assert.deepEqual(outcomes[1], outcomes[0], name);
		}
		return kinds;
	}

	for (const directory of ["/", "/folder/folder"]) {
		const paths = directory === "/" ? [...PATHS, ...LONG] : SHORT;
		it(`finds what a chroot finds, in ${directory}`, async () => {
			const calls = (directory === "/" ? [...paths, ...pathsOf(3)] : paths).flatMap(questions);
			const kinds = await compare(calls, directory, false);
			for (const kind of ["stat succeeds", "readlink succeeds", "open succeeds", "opendir -20", "stat -40"])
				assert.ok(kinds.has(kind), [...kinds].join(", "));
			assert.deepEqual(shape(top), filled);
		});

		it(`changes what a chroot changes, in ${directory}`, async () => {
			const calls = paths.flatMap(changes);
			const kinds = await compare(calls, directory, true);
			for (const kind of calls.map(([name]) => `${name} succeeds`))
				assert.ok(kinds.has(kind), `${kind}: ${[...kinds].join(", ")}`);
			assert.deepEqual(shape(top), filled);
		});
	}

	/** Steps after which the working directory is no longer at its name. */
	const MOVES: readonly (readonly Call[])[] = [
		[["rename", "/folder", "/moved"]],
		[["rename", "/folder/folder", "/missing"]],
		[["rmdir", "/empty/empty"]],
		[
			["rmdir", "/empty/empty"],
			["rmdir", "/empty"],
		],
	];
	for (const [i, moves] of MOVES.entries())
		it(`resolves like a chroot after its working directory has lost its name, ${i + 1}`, async () => {
			const directory = i < 2 ? "/folder/folder" : "/empty/empty";
			const answers: unknown[][] = [];
			for (const who of [chrooted, ours]) {
				fill(top);
				mkdirSync(join(top, "empty/empty"), { recursive: true });
				assert.equal(await who.call(["chdir", directory]), 0);
				for (const move of moves) assert.equal(await who.call(move), 0);
				const asked = [["getcwd"], ...AFTER_MOVES] as const;
				const given: unknown[] = [];
				for (const call of asked) given.push(comparable(call, await who.call(call)));
				answers.push(given);
				assert.equal(await who.call(["chdir", "/"]), 0);
			}
			assert.deepEqual(answers[1], answers[0]);
			fill(top);
		});
});

describe("a namespace of descriptors on the whole system", () => {
	/* The paths go up to two directories above the tree and change what is there too. */
	const base = makeDirectory();
	const parent = join(base, "around/parent");
	const top = join(parent, "tree");
	after(() => rmSync(base, { recursive: true }));

	function refill(): void {
		for (const name of readdirSync(parent))
			if (name !== "tree") rmSync(join(parent, name), { recursive: true });
		fill(top);
	}

	it("finds and changes the same as plain system calls", async (test) => {
		const direct = new Ours(new DirectNamespace());
		const ours = new Ours(new DescriptorNamespace(new SystemResolver()));
		mkdirSync(top, { recursive: true });
		fill(top);
		for (const path of someOf(test, SHORT, 2))
			for (const call of [...questions(path), ...changes(path)]) {
				const [name, ...words] = call;
				const args = words.map((word) =>
					word === path || String(word).startsWith("/") ? `${top}/${word}` : word,
				);
				const outcomes = [direct, ours].map((who) => {
					const answer = who.call([name, ...args]);
					const failed = typeof answer === "number" && answer < 0;
					const found = failed || isQuestion(call) ? answer : shape(base);
					if (!failed && !isQuestion(call)) refill();
					return found;
				});
				assert.deepEqual(outcomes[1], outcomes[0], JSON.stringify(call));
			}
	});
});
