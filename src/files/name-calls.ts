/*
 * Creates, renames and removes names in sessions without rules of Access: the namespace
 * finds the directory and the last component, and one system call does the rest.
 */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { type NameChanges, type Namespace, Target } from "./namespace.ts";
import type { NewFiles } from "./new-files.ts";

export class NameCalls implements NameChanges {
	readonly #namespace: Namespace;
	readonly #newFiles: NewFiles;
	readonly #from = new Target();
	readonly #to = new Target();

	constructor(namespace: Namespace, newFiles: NewFiles) {
		this.#namespace = namespace;
		this.#newFiles = newFiles;
	}

	mkdir(path: Buffer, mode: number): number {
		return this.#on(path, (at) => this.#newFiles.mkdir(at, mode));
	}

	rmdir(path: Buffer): number {
		return this.#on(path, (at) =>
			at.isTop ? -errno.EBUSY : addon.unlinkAt(at.directory, at.path, 0, at.path.length, 1),
		);
	}

	unlink(path: Buffer): number {
		return this.#on(path, (at) => addon.unlinkAt(at.directory, at.path, 0, at.path.length, 0));
	}

	symlink(text: Buffer, path: Buffer): number {
		return this.#on(path, (at) => this.#newFiles.symlink(text, at));
	}

	link(from: Buffer, to: Buffer): number {
		return this.#onTwo(from, to, true, addon.linkAt);
	}

	rename(from: Buffer, to: Buffer): number {
		return this.#onTwo(from, to, false, addon.renameAt);
	}

	renameToFree(): undefined {
		return undefined;
	}

	#on(path: Buffer, call: (target: Target) => number): number {
		const target = this.#from;
		const found = this.#namespace.findName(path, target);
		if (found < 0) return found;
		const result = call(target);
		target.release();
		return result;
	}

	#onTwo(from: Buffer, to: Buffer, linked: boolean, call: typeof addon.renameAt): number {
		const old = this.#from;
		const next = this.#to;
		const found = this.#namespace.findName(from, old, linked);
		if (found < 0) return found;
		let result = this.#namespace.findName(to, next);
		if (result >= 0) {
			const { directory, path } = old;
			result = call(directory, path, 0, path.length, next.directory, next.path, 0, next.path.length);
			next.release();
		}
		old.release();
		return result;
	}
}
