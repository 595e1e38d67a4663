/*
 * The directories of --confine by name: finds the one that an absolute path begins with,
 * by its text alone. confined-resolver.ts then opens the path in it.
 */
import { asByteString, type ByteString, joinBytes, sliceBytes, toBytes } from "../posix/byte-string.ts";
import { SEPARATOR, SLASH } from "../posix/path.ts";

/** A directory that the client may use, with everything beneath it. */
export interface Tree {
	/** An O_PATH descriptor. */
	readonly fd: number;
	/** Absolute, without links, and without a slash at the end except for "/". */
	readonly path: ByteString;
	readonly readOnly: boolean;
	/** The directories that contain the links in its given name, absolute and without links. */
	readonly linksIn: readonly ByteString[];
}

/** Something beneath a tree, or the tree itself. */
export interface TreeLocation {
	readonly tree: Tree;
	/** The rest of the path, without slashes at its start; empty for the tree itself. */
	readonly rest: ByteString;
}

/** "/", as a prefix of "/name". */
const ROOT = asByteString("");

/** A tree by one of its names. */
interface TreeName {
	/** As in an absolute path; empty for "/". */
	readonly name: Buffer;
	readonly tree: Tree;
}

export class Trees {
	readonly #byPath = new Map<ByteString, Tree>();
	/** The names of trees that contain no other tree. */
	#innermost: readonly TreeName[] = [];
	/** All directories above a tree; "" is "/". */
	readonly #above = new Set<ByteString>();

	/** `name` is another name that clients may use for the tree, for example one with links. */
	add(tree: Tree, name: ByteString): void {
		for (const path of [tree.path, name].map(plainName)) {
			if (path === undefined) continue;
			/* If a directory is given twice, the wider right applies. */
			if (this.#byPath.get(path)?.readOnly !== false) this.#byPath.set(path, tree);
			for (let at = path; at !== ""; ) {
				at = sliceBytes(at, 0, at.lastIndexOf("/"));
				this.#above.add(at);
			}
		}
		this.#innermost = [...this.#byPath]
			.filter(([path]) => !this.#above.has(path))
			.map(([path, tree]) => ({ name: toBytes(path), tree }));
	}

	/**
	 * Finds the tree whose name an absolute path literally starts with, if no other tree
	 * is inside it; `locate` would find the same. Undefined means that `locate` is needed.
	 */
	startingTree(bytes: Buffer, start: number, length: number): TreeName | undefined {
		const end = start + length;
		if (length === 0) return undefined;
		for (const tree of this.#innermost) {
			const nameEnd = start + tree.name.length;
			if (nameEnd > end || (nameEnd < end && bytes[nameEnd] !== SLASH)) continue;
			if (isAt(bytes, start, tree.name)) return tree;
		}
		return undefined;
	}

	/**
	 * Finds the innermost tree that an absolute path names. Undefined if the path is
	 * outside or leads through the outside. A `..` after a tree's name belongs to the
	 * rest: only the file system knows where it leads.
	 */
	locate(path: ByteString): TreeLocation | undefined {
		let at = ROOT;
		let location = this.#locationAt(at, path, 0);
		for (let start = 1; start <= path.length; ) {
			const slash = path.indexOf("/", start);
			const end = slash === -1 ? path.length : slash;
			const name = sliceBytes(path, start, end);
			start = end + 1;
			if (name === "" || name === ".") continue;
			if (name === "..") {
				if (location !== undefined) break;
				at = sliceBytes(at, 0, Math.max(at.lastIndexOf("/"), 0));
				continue;
			}
			at = joinBytes(at, SEPARATOR, name);
			location = this.#locationAt(at, path, end) ?? location;
			if (!this.#above.has(at)) break;
		}
		return location;
	}

	#locationAt(at: ByteString, path: ByteString, end: number): TreeLocation | undefined {
		const tree = this.#byPath.get(at);
		if (tree === undefined) return undefined;
		let start = end;
		while (path[start] === "/") start++;
		return { tree, rest: sliceBytes(path, start) };
	}

	/** Whether an absolute path, without links and dots, is that of a directory above a tree. */
	isAbove(path: ByteString): boolean {
		return this.#above.has(withoutEnd(path));
	}
}

/* A loop: with Buffer.compare, a call out of compiled code, REALPATHs took 7 % more CPU under --confine. */
function isAt(bytes: Buffer, start: number, name: Buffer): boolean {
	for (let i = name.length - 1; i >= 0; i--) if (bytes[start + i] !== name[i]) return false;
	return true;
}

/** Without redundant slashes, and "" for "/"; undefined if the path is relative or has dots. */
function plainName(name: ByteString): ByteString | undefined {
	const [empty, ...components] = name.split("/").filter((part, i) => i === 0 || part !== "");
	if (empty !== "" || components.includes(".") || components.includes("..")) return undefined;
	return asByteString(components.map((component) => `/${component}`).join(""));
}

/** Without trailing slashes; "/" becomes "". */
function withoutEnd(path: ByteString): ByteString {
	let end = path.length;
	while (path[end - 1] === "/") end--;
	return sliceBytes(path, 0, end);
}
