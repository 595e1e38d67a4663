/*
 * Predicts how a request is answered under rules of Access, from the manual's table.
 * It knows the rules, a tree on the disk, and the files that a session has created.
 * It shares no code with src/, and matches one path at a time with minimatch.
 */
import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import { Minimatch, minimatch } from "minimatch";

export type Right = "full" | "read" | "add" | "drop" | "none" | "hidden";

export interface Rule {
	readonly right: Right;
	/** With a slash, it matches paths from the tree's top, "/". */
	readonly pattern: string;
}

/** Status codes. */
export const NO_SUCH_FILE = 2;
export const DENIED = 3;
export const FAILURE = 4;

/** The status code of the reply, or "served": answered as without rules. */
export type Verdict = number | "served";

/** The files that a session has created, by inode and birth time. */
export type Own = Set<string>;

const GLOB = { dot: true, nocomment: true, nonegate: true } as const;

interface Place {
	/** From the tree's top: "/", or "/a/b". */
	readonly path: string;
	readonly stats: BigIntStats | undefined;
	/** The right that conceals the last component, or one before it. */
	readonly concealed: { readonly right: Right; readonly isLast: boolean } | undefined;
	/** A component before the last is missing or not a directory. */
	readonly isLost: boolean;
}

/** A name to create or remove. */
interface Name {
	readonly place: string;
	/** The right that conceals its directory. */
	readonly way: Right | undefined;
	/** It is empty, `.` or `..`, which the system refuses. */
	readonly isFixed: boolean;
}

export class Model {
	readonly #rules: readonly Rule[];
	readonly #top: string;
	readonly #prefix: string;

	/**
	 * @param top the tree's directory on the disk
	 * @param prefix the path of the tree's top in the targets of absolute links
	 */
	constructor(rules: readonly Rule[], top: string, prefix: string) {
		this.#rules = rules;
		this.#top = top;
		this.#prefix = prefix;
	}

	/** The identity of the file that a path names now; empty if there is none. */
	identity(path: string): string {
		const stats = this.#lstat(path);
		return stats === undefined ? "" : idOf(stats);
	}

	isFile(path: string): boolean {
		return this.#lstat(path)?.isFile() === true;
	}

	/** Resolves a path to the place where a file would be created. */
	placeOf(path: string, follow: boolean, own: Own): string {
		return this.#walk(path, follow, own).path;
	}

	open(
		path: string,
		access: { reads: boolean; writes: boolean; creates: boolean; exclusive: boolean },
		own: Own,
	) {
		const { reads, writes, creates, exclusive } = access;
		if (creates && exclusive) return this.create(path, own);
		const place = this.#walk(path, true, own);
		const { concealed } = place;
		if (concealed !== undefined)
			return creates && (concealed.right === "hidden" || concealed.isLast) ? DENIED : NO_SUCH_FILE;
		if (place.isLost) return "served";
		if (place.stats === undefined) return creates && !creatable(this.right(place.path)) ? DENIED : "served";
		const { read, change } = this.#rightsOver(place, own);
		return (reads && !read) || (writes && !change) ? DENIED : "served";
	}

	/** Requests on an existing file. */
	existing(path: string, follow: boolean, needs: "seen" | "read" | "change", own: Own): Verdict {
		const place = this.#walk(path, follow, own);
		if (place.concealed !== undefined) return NO_SUCH_FILE;
		if (place.stats === undefined) return "served";
		return this.#rightsOver(place, own)[needs] ? "served" : DENIED;
	}

	/** REALPATH's result: a path if its last component is concealed, and so appears to be missing. */
	realpath(path: string, own: Own): Verdict | string {
		/* An absolute path goes through the tree's top; a relative one starts below it unchecked. "/" is never checked. */
		const passesTop = path.startsWith("/") && this.#prefix !== "";
		if (passesTop && this.right("/") === "hidden" && !this.#mayShowBeneath("/")) return NO_SUCH_FILE;
		const { concealed, path: place } = this.#walk(path, true, own, "realpath");
		if (concealed === undefined || place === "/") return "served";
		return concealed.isLast && !/\/\.?$/.test(path) ? place : NO_SUCH_FILE;
	}

	create(path: string, own: Own): Verdict {
		const at = this.#name(path, own);
		if (at === undefined) return "served";
		if (at.way !== undefined) return at.way === "hidden" ? DENIED : NO_SUCH_FILE;
		return at.isFixed || this.#mayCreate(at.place, own) ? "served" : DENIED;
	}

	remove(path: string, own: Own): Verdict {
		const at = this.#name(path, own);
		if (at === undefined) return "served";
		if (at.way !== undefined) return NO_SUCH_FILE;
		return at.isFixed ? "served" : this.#removal(at.place, own);
	}

	link(from: string, to: string, own: Own): Verdict {
		const old = this.existing(from, false, "change", own);
		if (old !== "served") return old;
		const place = this.#walk(from, false, own);
		if (place.stats === undefined) return "served";
		const made = this.create(to, own);
		if (made !== "served") return made;
		const at = this.#name(to, own);
		if (at === undefined || at.isFixed) return "served";
		return within(this.right(at.place), this.right(place.path)) ? "served" : DENIED;
	}

	rename(from: string, to: string, replaces: boolean, own: Own): Verdict {
		if (!replaces) {
			const { concealed, stats } = this.#walk(from, false, own);
			if (concealed !== undefined) return NO_SUCH_FILE;
			if (stats === undefined) return "served";
		}
		const old = this.#name(from, own);
		if (old === undefined) return "served";
		if (old.way !== undefined) return NO_SUCH_FILE;
		const next = this.#name(to, own);
		/* The system refuses `.` and `..` before it looks up the file. */
		if (!old.isFixed && next?.isFixed !== true) {
			const removal = this.#removal(old.place, own);
			if (removal !== "served") return removal;
			if (this.#lstat(old.place) === undefined) return next?.way === undefined ? "served" : NO_SUCH_FILE;
		}
		if (next?.way !== undefined) return next.way === "hidden" ? DENIED : NO_SUCH_FILE;
		if (next === undefined || next.isFixed || old.isFixed) return "served";
		const moved = this.#lstat(old.place);
		if (moved?.isDirectory() === true && !this.#mayMoveDirectory(old.place, next.place)) return DENIED;
		/* Renaming a file with several names follows the rule for hard links. */
		const names = moved?.isDirectory() === true ? 1n : moved?.nlink;
		if (names !== 1n && !within(this.right(next.place), this.right(old.place))) return DENIED;
		const taken = this.#lstat(next.place);
		if (taken === undefined) return creatable(this.right(next.place)) ? "served" : DENIED;
		if (replaces) return this.#removal(next.place, own) === "served" ? "served" : DENIED;
		return this.#mayCreate(next.place, own) ? FAILURE : DENIED;
	}

	/** The visible ones of a directory's entries. */
	listed(path: string, names: readonly string[], own: Own): string[] {
		const { path: directory } = this.#walk(path, true, own);
		return names.filter((name) => {
			if (name === "." || name === "..") return true;
			const place = join(directory, name);
			return this.#rightsOver({ path: place, stats: this.#lstat(place) }, own).seen;
		});
	}

	right(place: string): Right {
		return this.#rules[this.#ruleAt(place)]?.right ?? "full";
	}

	isChangeable(path: string, own: Own): boolean {
		return this.#rightsOver(this.#walk(path, true, own), own).change;
	}

	#rightsOver({ path, stats }: Pick<Place, "path" | "stats">, own: Own) {
		const right = this.right(path);
		const isOwn = stats !== undefined && own.has(idOf(stats));
		const isDirectory = stats?.isDirectory() === true;
		const inBox = right === "drop" && (isOwn || isDirectory);
		return {
			seen: right === "full" || right === "read" || right === "add" || right === "none" || inBox,
			read: right === "full" || right === "read" || right === "add" || inBox,
			change: right === "full" || ((right === "add" || right === "drop") && isOwn),
		};
	}

	#mayCreate(place: string, own: Own): boolean {
		const stats = this.#lstat(place);
		const isSeen = stats === undefined || this.#rightsOver({ path: place, stats }, own).seen;
		return creatable(this.right(place)) && isSeen;
	}

	#removal(place: string, own: Own): Verdict {
		if (this.right(place) === "hidden") return NO_SUCH_FILE;
		const stats = this.#lstat(place);
		if (stats === undefined) return "served";
		const { seen, change } = this.#rightsOver({ path: place, stats }, own);
		if (!seen) return NO_SUCH_FILE;
		if (!change) return DENIED;
		return stats.isDirectory() && !own.has(idOf(stats)) && this.#namesBeneath(place) ? DENIED : "served";
	}

	/** True if nothing in the directory gains rights and no rule with a slash names anything beneath either place. */
	#mayMoveDirectory(from: string, to: string): boolean {
		if (this.#namesBeneath(from) || this.#namesBeneath(to)) return false;
		const [old, next] = [this.#ruleAt(from), this.#ruleAt(to)];
		const others = [this.#rules.length, ...this.#rules.keys()].filter(
			(rule) => this.#rules[rule]?.pattern.includes("/") !== true,
		);
		const right = (rule: number): Right => this.#rules[rule]?.right ?? "full";
		return others.every((rule) => within(right(Math.min(next, rule)), right(Math.min(old, rule))));
	}

	/** The first rule that matches the place or a directory above it. */
	#ruleAt(place: string): number {
		const above =
			place === "/" ? ["/"] : place.split("/").map((_, i, all) => all.slice(0, i + 1).join("/") || "/");
		const found = this.#rules.findIndex(({ pattern }) =>
			above.some((one) =>
				pattern.includes("/")
					? pattern === "/" || (one !== "/" && minimatch(one, pattern, GLOB))
					: one !== "/" && minimatch(one.slice(one.lastIndexOf("/") + 1), pattern, GLOB),
			),
		);
		return found === -1 ? this.#rules.length : found;
	}

	#namesBeneath(place: string): boolean {
		return this.#rules
			.slice(0, this.#ruleAt(place))
			.some(
				({ pattern }) =>
					pattern.includes("/") && new Minimatch(pattern, { ...GLOB, partial: true }).match(place),
			);
	}

	/** True if an earlier rule may name something beneath a hidden directory, which must then be passable. */
	#mayShowBeneath(place: string): boolean {
		const earlier = this.#rules.slice(0, this.#ruleAt(place));
		return this.#namesBeneath(place) || earlier.some(({ pattern }) => !pattern.includes("/"));
	}

	/** Resolves a name to create or remove; undefined if its directory does not exist, which the system reports. */
	#name(path: string, own: Own): Name | undefined {
		const [, directory = "", name = ""] = /^(.*?)([^/]*)\/*$/s.exec(path) ?? [];
		const way = this.#walk(directory === "" ? "." : `${directory}.`, true, own, "way");
		if (way.concealed !== undefined) return { place: "", way: way.concealed.right, isFixed: false };
		if (way.isLost || way.stats?.isDirectory() !== true) return undefined;
		const isFixed = name === "" || name === "." || name === "..";
		return { place: join(way.path, name), way: undefined, isFixed };
	}

	/** Resolves a path component by component; concealed components are missing. */
	#walk(path: string, follow: boolean, own: Own, purpose: "file" | "way" | "realpath" = "file"): Place {
		const isWay = purpose !== "file";
		let at = "/";
		let left = path.split("/").filter((one) => one !== "");
		const needsDirectory = /\/\.?$/.test(path);
		for (let links = 0; left.length > 0; ) {
			const [name = "", ...rest] = left;
			left = rest;
			if (name === ".") continue;
			if (name === "..") {
				at = at.slice(0, at.lastIndexOf("/")) || "/";
				continue;
			}
			at = join(at, name);
			const isLast = left.length === 0;
			const right = this.right(at);
			const stats = this.#lstat(at);
			const isDirectory = stats?.isDirectory() !== false;
			if (right === "hidden" && ((isLast && !isWay) || !isDirectory || !this.#mayShowBeneath(at)))
				return {
					path: at,
					stats: undefined,
					concealed: { right, isLast },
					isLost: !isLast,
				};
			if (right === "drop" && stats !== undefined && !stats.isDirectory() && !own.has(idOf(stats)))
				return { path: at, stats: undefined, concealed: { right, isLast }, isLost: !isLast };
			if (stats === undefined) return { path: at, stats, concealed: undefined, isLost: !isLast };
			if (stats.isSymbolicLink() && (follow || !isLast || needsDirectory)) {
				if (++links > 40) return { path: at, stats: undefined, concealed: undefined, isLost: true };
				const target = readlinkSync(`${this.#top}${at}`);
				const isAbsolute = target.startsWith("/");
				at = isAbsolute ? "/" : at.slice(0, at.lastIndexOf("/")) || "/";
				const text = isAbsolute ? target.slice(this.#prefix.length) : target;
				left = [...text.split("/").filter((one) => one !== ""), ...left];
				continue;
			}
			/* In REALPATH, `..` after a file means the file's directory. */
			const isStepBack = purpose === "realpath" && left.find((one) => one !== ".") === "..";
			if (left.length > 0 && !stats.isDirectory() && !isStepBack)
				return { path: at, stats: undefined, concealed: undefined, isLost: true };
		}
		const stats = this.#lstat(at);
		const isLost = needsDirectory && stats?.isDirectory() === false;
		return {
			path: at,
			stats: isLost ? undefined : stats,
			concealed: isWay && this.#mayShowBeneath(at) ? undefined : this.#concealedTop(at),
			isLost,
		};
	}

	/** A path that ends in dots may lead to a hidden directory. */
	#concealedTop(path: string): Place["concealed"] {
		return this.right(path) === "hidden" ? { right: "hidden", isLast: true } : undefined;
	}

	#lstat(path: string): BigIntStats | undefined {
		try {
			return lstatSync(`${this.#top}${path}`, { bigint: true });
		} catch {
			return undefined;
		}
	}
}

function creatable(right: Right): boolean {
	return right === "full" || right === "add" || right === "drop";
}

/** True if `right` permits nothing that `other` does not. */
function within(right: Right, other: Right): boolean {
	const narrower: Readonly<Record<Right, readonly Right[]>> = {
		full: ["full", "read", "add", "drop", "none", "hidden"],
		add: ["read", "add", "drop", "none", "hidden"],
		read: ["read", "none", "hidden"],
		drop: ["drop", "hidden"],
		none: ["none", "hidden"],
		hidden: ["hidden"],
	};
	return narrower[other].includes(right);
}

function idOf({ ino, birthtimeNs }: BigIntStats): string {
	return `${ino} ${birthtimeNs}`;
}

function join(directory: string, name: string): string {
	return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
