/*
 * Keeps a directory open during a run of STATs. A client that walks a tree asks for one
 * name after another in the same directory; each then takes one system call instead of
 * three.
 *
 * All requests of a run were received before the directory was opened, so each may be
 * answered as if its lookup had begun then: a rename by another process goes unnoticed,
 * as it does in any lookup under way. The directory is closed before this session
 * changes anything, before it waits, and before the input's bytes are replaced.
 */
import { addon } from "../posix/addon.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { isDots, SLASH } from "../posix/path.ts";
import { FileType, StatWord } from "../posix/stat.ts";

/** The value of `#fd` while no directory is open. */
const NONE = -1;
/** The value of `#fd` if the directory can't be opened. */
const UNREACHABLE = -2;

export class LastDirectory {
	readonly #open: (path: Buffer) => number;
	/** The input, a range of which is the directory's path with a slash at its end; empty if there is none. */
	#input: Buffer | undefined;
	#start = 0;
	#length = 0;
	#fd = NONE;

	/** @param open returns an O_PATH descriptor of a directory that the client may see, or -errno */
	constructor(open: (path: Buffer) => number) {
		this.#open = open;
	}

	/**
	 * Like Namespace.stat, for a path in the previous path's directory. Returns undefined
	 * if the path must be resolved from its start: the directory is another one or can't
	 * be opened, or the path does not end in a plain name or ends in a link to follow.
	 */
	stat(
		input: Buffer,
		start: number,
		length: number,
		follow: boolean,
		words: Uint32Array,
	): number | undefined {
		const end = start + length;
		let name = end;
		while (name > start && input[name - 1] !== SLASH) name--;
		if (name === start || name === end || length >= PATH_MAX || isDots(input, name, end)) return undefined;
		if (!this.#isAt(input, start, name - start)) {
			this.forget();
			this.#input = input;
			this.#start = start;
			this.#length = name - start;
			return undefined;
		}
		if (this.#fd === NONE) this.#enter(input);
		if (this.#fd === UNREACHABLE) return undefined;
		const result = fast.lstatIn(this.#fd, input, name, end - name, words);
		if (result < 0 || !follow) return result;
		return ((words[StatWord.MODE] ?? 0) & FileType.MASK) === FileType.SYMLINK ? undefined : result;
	}

	/** Closes the directory, if one is open. The input may change afterwards. */
	forget(): void {
		this.#length = 0;
		if (this.#fd >= 0) addon.close(this.#fd);
		this.#fd = NONE;
	}

	#enter(input: Buffer): void {
		const fd = this.#open(input.subarray(this.#start, this.#start + this.#length));
		this.#fd = fd < 0 ? UNREACHABLE : fd;
	}

	/** Whether a range of the input is the directory's path. Compares from the end, where paths most often differ. */
	#isAt(input: Buffer, start: number, length: number): boolean {
		if (length !== this.#length || input !== this.#input) return false;
		const offset = this.#start - start;
		for (let i = start + length - 1; i >= start; i--) if (input[i] !== input[i + offset]) return false;
		return true;
	}
}
