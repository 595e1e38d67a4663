/*
 * The fast path of STAT under the rules of Access, for sessions in which the kernel
 * alone decides where a path leads. One call of the addon finds the file and its
 * location, or the file is looked up in the directory of the previous path, whose
 * rules are known. access-namespace.ts does the rest.
 */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, joinBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_DIRECTORY } from "../posix/openat2.ts";
import { SEPARATOR, SLASH } from "../posix/path.ts";
import { FileType, StatWord } from "../posix/stat.ts";
import type { AccessJudge } from "./access-judge.ts";
import { type Place, ruleOf } from "./access-rules.ts";
import { LastDirectory } from "./last-directory.ts";

export class AccessStat {
	readonly #judge: AccessJudge;
	readonly #lastDirectory = new LastDirectory((path) => this.#openDirectory(path));
	/** The last directory's location, and the rules in it. */
	#directory = SEPARATOR;
	#place: Place | undefined;
	/** Scratch space for a file's location. */
	readonly #text = Buffer.allocUnsafeSlow(PATH_MAX);

	constructor(judge: AccessJudge) {
		this.#judge = judge;
	}

	/** Like Namespace.stat; undefined if the slow path has to answer. */
	stat(
		input: Buffer,
		start: number,
		length: number,
		follow: boolean,
		words: Uint32Array,
	): number | undefined {
		const known = this.#lastDirectory.stat(input, start, length, follow, words);
		if (known === undefined) return this.#resolve(input, start, length, follow, words);
		if (known < 0) return this.#missing(known);
		const place = this.#place;
		if (place === undefined) return undefined;
		if (place.tests.length === 0)
			return this.#judged(place.rule, words, () => this.#pathOf(input, start, length));
		const name = nameOf(input, start, length);
		return this.#judged(ruleOf(place, name), words, () => this.#pathOf(input, start, length));
	}

	forget(): void {
		this.#lastDirectory.forget();
	}

	#resolve(
		input: Buffer,
		start: number,
		length: number,
		follow: boolean,
		words: Uint32Array,
	): number | undefined {
		const { locator, rules } = this.#judge;
		const text = this.#text;
		const { links } = locator;
		const found = fast.statLocated(AT_FDCWD, input, start, length, follow, 0, words, links, text);
		if (found < 0) return this.#missing(found);
		const path = locator.pathIn(text, found);
		if (typeof path === "number") return undefined;
		/* The path has a link or `..`, so it may go through something concealed. */
		if (rules.conceals && (found !== length || text.compare(input, start, start + length, 0, found) !== 0))
			return undefined;
		return this.#judged(rules.at(path), words, () => path);
	}

	/** The answer to a failed call; undefined if something concealed may be the cause. */
	#missing(result: number): number | undefined {
		return this.#judge.rules.conceals && result !== -errno.ENOENT ? undefined : result;
	}

	#judged(rule: number, words: Uint32Array, path: () => ByteString): number | undefined {
		switch (this.#judge.rules.right(rule)) {
			case "hidden":
				return this.#judge.conceal(path(), rule);
			case "drop":
				return ((words[StatWord.MODE] ?? 0) & FileType.MASK) === FileType.DIRECTORY ? 0 : undefined;
			default:
				return 0;
		}
	}

	/** Opens a directory, whose path ends in a slash, and remembers its rules. */
	#openDirectory(path: Buffer): number {
		const fd = addon.openat2(AT_FDCWD, path, 0, path.length, O_PATH_DIRECTORY, 0, 0);
		if (fd < 0) return fd;
		const { locator, rules } = this.#judge;
		const directory = locator.pathOf(fd);
		/* As in `#resolve`. */
		if (typeof directory === "number" || (rules.conceals && !isPath(path, directory))) {
			addon.close(fd);
			return -errno.EACCES;
		}
		this.#directory = directory;
		this.#place = rules.place(directory);
		return fd;
	}

	#pathOf(input: Buffer, start: number, length: number): ByteString {
		const directory = this.#directory;
		const name = nameOf(input, start, length);
		return directory.endsWith("/") ? joinBytes(directory, name) : joinBytes(directory, SEPARATOR, name);
	}
}

/** A path's last component. */
function nameOf(input: Buffer, start: number, length: number): ByteString {
	const end = start + length;
	return fromBytes(input.subarray(input.lastIndexOf(SLASH, end - 1) + 1, end));
}

/** Whether a path, which ends in a slash, is the directory's path. */
function isPath(path: Buffer, directory: ByteString): boolean {
	const text = fromBytes(path);
	return text === directory || text === `${directory}/`;
}
