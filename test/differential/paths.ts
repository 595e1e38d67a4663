/*
 * Chooses paths. Most name something that exists, many in a roundabout way; some are
 * missing, too long, loops, or no paths at all.
 */

import { TREE_ROOT } from "../helpers/agent.ts";
import type { Random } from "./random.ts";
import type { TreeName } from "./session.ts";
import { treeDirectories, treePaths } from "./trees.ts";

const latin = (text: string): Buffer => Buffer.from(text, "latin1");
const NEW_NAMES = [
	"new1",
	"new2",
	"new3",
	"new4",
	"a/new5",
	"a/sub/new6",
	"nosearch/new",
	"locked/new",
] as const;
const ODD_NEW_NAMES = [
	"new\xff",
	"n\xc3\xa9w",
	"new name",
	'new"',
	"new\\",
	"new\n",
	"new\r\t\b\x1b",
] as const;

/** Plain files and links to usable files, the likeliest targets of OPEN. */
const FILES = [
	"a/file",
	"a/page",
	"a/big",
	"a/sub/deep",
	"hard",
	"empty",
	"one",
	"link",
	"absolute",
	"up",
	"tolink",
	"dangling",
	"far",
	"readonly",
	"writeonly",
	"zeros",
	"names/sp ace",
	"names/high\xff\xfe",
	"owners/unknown",
	"chain/f32",
	"chain/f41",
] as const;

const SURE_FILES = [
	"a/file",
	"a/page",
	"a/big",
	"a/sub/deep",
	"empty",
	"one",
	"link",
	"up",
	"chain/f30",
] as const;

/** Files that have only one name each. */
const COPY_TARGETS = ["a/sub/deep", "empty", "one", "readonly", "writeonly", "full", "names/sp ace"] as const;

const OUTSIDE = [
	"/",
	"//",
	"/mnt",
	"/mnt/",
	"/etc/passwd",
	"/etc",
	"/nonexistent",
	"/mnt/t",
	"/mnt/t/..",
] as const;

/** Paths for one session's packets. */
export class Paths {
	readonly #random: Random;
	readonly #all: readonly Buffer[];
	readonly #directories: readonly Buffer[];
	/** Paths that packets of this sequence have created, or tried to. */
	readonly #made: Buffer[] = [];

	constructor(random: Random, tree: TreeName) {
		this.#random = random;
		this.#all = treePaths(tree);
		this.#directories = treeDirectories(tree);
	}

	#one(list: readonly Buffer[]): Buffer {
		return list[this.#random.below(list.length)] ?? latin("a");
	}

	/** A path of any kind. */
	any(): Buffer {
		const random = this.#random;
		const path = random.weighted<() => Buffer>([
			[40, () => this.#one(this.#all)],
			[14, () => latin(random.pick(FILES))],
			[10, () => this.#one(this.#directories)],
			[12, () => this.fresh()],
			[10, () => (this.#made.length > 0 ? this.#one(this.#made) : this.fresh())],
			[
				5,
				() =>
					latin(
						`chain/${random.pick(["l", "f"])}${random.between(29, 42)}${random.pick(["", "/", "/file"])}`,
					),
			],
			[4, () => this.#special()],
			[3, () => latin(random.pick(OUTSIDE))],
		])();
		return this.#decorate(path, 20);
	}

	/** A file that exists, unless a packet has moved it, and that its owner may read and write. */
	sure(): Buffer {
		return latin(this.#random.pick(SURE_FILES));
	}

	/**
	 * A file to copy to, most likely not the source under another name: OpenSSH 9.2 copies
	 * a file onto itself until the disk is full, or byte by byte without end.
	 */
	copyTarget(source: Buffer): Buffer {
		const random = this.#random;
		if (random.chance(1)) {
			return this.file();
		}
		const path = random.chance(70) ? this.fresh() : latin(random.pick(COPY_TARGETS));
		const same = path.equals(source) || source.equals(latin("up"));
		return same ? latin("a/page") : path;
	}

	/** Most likely a file that can be opened. */
	file(): Buffer {
		const random = this.#random;
		if (random.chance(15)) {
			return this.any();
		}
		const made = random.chance(15) && this.#made.length > 0;
		return this.#decorate(made ? this.#one(this.#made) : latin(random.pick(FILES)), 8);
	}

	/** Most likely a directory. */
	directory(): Buffer {
		return this.#random.chance(15) ? this.any() : this.#decorate(this.#one(this.#directories), 15);
	}

	/** Most likely an unused name; it is recorded as created. */
	fresh(): Buffer {
		const random = this.#random;
		const name = random.chance(85) ? random.pick(NEW_NAMES) : random.pick(ODD_NEW_NAMES);
		const path = random.chance(20)
			? Buffer.concat([this.#one(this.#directories), latin("/"), latin(name)])
			: latin(name);
		this.#made.push(path);
		return random.chance(10) ? this.#one(this.#all) : this.#decorate(path, 5);
	}

	/** The target of a symlink, which need not exist. */
	target(): Buffer {
		const random = this.#random;
		return random.chance(15)
			? random.pick([
					latin("new1"),
					latin("new2"),
					latin("x".repeat(4095)),
					latin("."),
					latin(""),
					latin("../new3"),
				])
			: this.any();
	}

	#special(): Buffer {
		return this.#random.pick([
			latin(""),
			latin("."),
			latin(".."),
			latin("~"),
			latin("./"),
			latin("../../../../.."),
			latin("x".repeat(255)),
			latin("x".repeat(256)),
			latin(`${"./".repeat(2047)}a`),
			latin(`${"./".repeat(2047)}ab`),
			latin(`${"a/../".repeat(600)}a/file`),
			latin("a/".repeat(2100)),
			latin("x".repeat(5000)),
			latin(`${TREE_ROOT}/${"/".repeat(4080)}`),
			latin("missing/missing"),
			latin("a/file/x"),
			latin("missing/"),
			latin("missing/.."),
			latin(" "),
			latin("\\"),
		]);
	}

	#decorate(path: Buffer, percent: number): Buffer {
		const random = this.#random;
		if (!random.chance(percent)) {
			return path;
		}
		const around = (before: string, after = ""): Buffer => Buffer.concat([latin(before), path, latin(after)]);
		return random.pick([
			around("./"),
			around(`${TREE_ROOT}/`),
			around("//mnt//t///"),
			around("/mnt/./t/a/../"),
			latin(path.toString("latin1").replaceAll("/", "//")),
			latin(path.toString("latin1").replaceAll("/", "/./")),
			around("", "/"),
			around("", "//"),
			around("", "/."),
			around("", "/.."),
			around("", "/../"),
			around("", "/x"),
			around("a/../"),
			around("dirlink/../"),
			around("nowhere/../"),
			around("a/file/../"),
			around("../t/"),
			around("root/mnt/t/"),
			around("~/"),
			around("", "\0"),
		]);
	}
}
