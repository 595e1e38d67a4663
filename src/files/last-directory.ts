/*
 * Keeps a directory open during a run of STATs. A client that walks a tree asks for one
 * name after another in the same directory; each then takes one system call instead of
 * three.
 *
 * All requests of a run were received before the directory was opened, so each may be
 * answered as if its lookup had begun then: a rename by another process goes unnoticed,
 * as it does in any lookup under way. The directory is closed before this session
 * changes anything and before it waits.
 */
import { addon } from "../posix/addon.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { FileType, StatWord } from "../posix/stat.ts";

const SLASH = 0x2f;
const DOT = 0x2e;

export class LastDirectory {
	readonly #open: (path: Buffer) => number;
	/** The directory's path, with a slash at its end; empty if there is none. */
	readonly #path = Buffer.allocUnsafeSlow(PATH_MAX);
	#length = 0;
	/** Negative until a second path names the same directory. */
	#fd = -1;

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
		const name = input.lastIndexOf(SLASH, end - 1) + 1;
		if (name <= start || name === end || length >= PATH_MAX || isDots(input, name, end)) return undefined;
		if (!this.#isAt(input, start, name)) {
			this.forget();
			this.#length = input.copy(this.#path, 0, start, name);
			return undefined;
		}
		if (this.#fd < 0) this.#fd = this.#open(this.#path.subarray(0, this.#length));
		if (this.#fd < 0) return undefined;
		const result = fast.lstatIn(this.#fd, input, name, end - name, words);
		if (result < 0 || !follow) return result;
		return ((words[StatWord.MODE] ?? 0) & FileType.MASK) === FileType.SYMLINK ? undefined : result;
	}

	/** Closes the directory, if one is open. */
	forget(): void {
		this.#length = 0;
		if (this.#fd < 0) return;
		addon.close(this.#fd);
		this.#fd = -1;
	}

	#isAt(input: Buffer, start: number, end: number): boolean {
		return end - start === this.#length && this.#path.compare(input, start, end, 0, this.#length) === 0;
	}
}

function isDots(input: Buffer, start: number, end: number): boolean {
	if (input[start] !== DOT) return false;
	return end - start === 1 || (end - start === 2 && input[start + 1] === DOT);
}
