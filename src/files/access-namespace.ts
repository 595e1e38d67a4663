/*
 * The namespace of a session with rules of Access, on top of one that turns paths
 * into descriptors. Each path is resolved to a descriptor, the descriptor's place is
 * read, the rules judge it, and what is done is done to that descriptor.
 */
import { constants } from "node:fs";
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { FileType, type StatBuffer, StatWord } from "../posix/stat.ts";
import { AccessFinder } from "./access-finder.ts";
import type { AccessJudge } from "./access-judge.ts";
import { AccessListing } from "./access-listing.ts";
import { AccessNames } from "./access-names.ts";
import { AccessOpener } from "./access-open.ts";
import { isChangeable, isReadable, isSeen } from "./access-rules.ts";
import { type Intent, type NameChanges, type Namespace, type Opened, Target } from "./namespace.ts";
import type { EntryFilter, EntryPlaces } from "./open-directory.ts";

const LIST = constants.O_RDONLY | constants.O_DIRECTORY;
const SLASH = 0x2f;

/** Where the kernel begins to walk, and openat2(2)'s `resolve` flags: then STAT takes one call of the addon. */
export interface WalkStart {
	readonly directory: number;
	readonly resolve: number;
}

/** The walk of SystemResolver. */
export const SYSTEM_START: WalkStart = { directory: AT_FDCWD, resolve: 0 };

export class AccessNamespace implements Namespace {
	readonly verbatim = false;
	readonly changes: NameChanges;
	/** Undefined where all entries are seen. */
	readonly entries: EntryFilter | undefined;
	readonly places: EntryPlaces | undefined;
	readonly #inner: Namespace;
	readonly #judge: AccessJudge;
	readonly #finder: AccessFinder;
	readonly #opener: AccessOpener;
	readonly #start: WalkStart | undefined;
	readonly #target = new Target();
	/** Where what STAT has found is. */
	readonly #place = Buffer.allocUnsafeSlow(PATH_MAX);

	/**
	 * @param inner finds nothing but descriptors
	 * @param start undefined where more than the kernel's walk decides what is found
	 */
	constructor(inner: Namespace, judge: AccessJudge, start?: WalkStart) {
		this.#inner = inner;
		const { places } = inner;
		this.places = places && { statParent: (path, words) => places.statParent(path, words) };
		this.#judge = judge;
		this.#finder = new AccessFinder(inner, judge);
		this.#opener = new AccessOpener(this.#finder, judge);
		this.#start = start;
		const listing = judge.rules.conceals ? new AccessListing(judge) : undefined;
		this.entries = listing === undefined ? inner.entries : listing.after(inner.entries);
		this.changes = new AccessNames(this.#finder, judge);
	}

	find(path: Buffer, { follow, change, read }: Intent, target: Target): number {
		const file = this.#finder.file(path, follow, target);
		if (typeof file === "number") return file;
		let result = this.#judge.permit(file, change ? isChangeable : read ? isReadable : isSeen);
		if (result >= 0 && change && target.readOnly) result = -errno.EACCES;
		if (result < 0) target.release();
		return result;
	}

	/** Names are the affair of `changes`. */
	findName(): number {
		return -errno.EACCES;
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		const fastResult = this.#fastStat(input, start, length, follow, words);
		if (fastResult !== undefined) return fastResult;
		const target = this.#target;
		const path = input.subarray(start, start + length);
		const file = this.#finder.file(path, follow, target);
		if (typeof file === "number") return file;
		const permitted = this.#judge.permit(file, isSeen);
		const result = permitted < 0 ? permitted : addon.fstat(file.fd, words);
		target.release();
		return result;
	}

	open(input: Buffer, start: number, length: number, flags: number, mode: number, opened: Opened): number {
		return this.#opener.open(input.subarray(start, start + length), flags, mode, opened);
	}

	openDirectory(path: Buffer): number {
		const target = this.#target;
		const file = this.#finder.file(path, true, target);
		if (typeof file === "number") return file;
		const permitted = this.#judge.permit(file, isReadable);
		const result = permitted < 0 ? permitted : this.#judge.locator.reopen(file.fd, LIST);
		target.release();
		return result;
	}

	workingDirectory(to: Buffer): number {
		return this.#inner.workingDirectory(to);
	}

	changeDirectory(path: Buffer): number {
		return this.#inner.changeDirectory(path);
	}

	hasNoLinks(path: Buffer): boolean {
		return this.#finder.walk.hasNoLinks(path);
	}

	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number {
		return this.#finder.walk.lstatComponent(path, length, stat);
	}

	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number {
		return this.#finder.walk.readlinkComponent(path, length, to, toLength);
	}

	isVisible(path: Buffer): boolean {
		return this.#finder.walk.isVisible(path);
	}

	shown(path: Buffer): Buffer {
		return this.#inner.shown(path);
	}

	/** As `stat`, in one call; undefined where that leaves something to look at. */
	#fastStat(
		input: Buffer,
		start: number,
		length: number,
		follow: boolean,
		words: Uint32Array,
	): number | undefined {
		const walk = this.#start;
		if (walk === undefined || (input[start] !== SLASH && walk.directory !== AT_FDCWD)) return undefined;
		const { locator, rules } = this.#judge;
		const place = this.#place;
		const found = fast.statLocated(
			walk.directory,
			input,
			start,
			length,
			follow,
			walk.resolve,
			words,
			locator.links,
			place,
		);
		if (found < 0) return rules.conceals && found !== -errno.ENOENT ? undefined : found;
		const path = locator.pathIn(place, found);
		if (typeof path === "number") return undefined;
		/* Another place than the path says was reached by a link or `..`, whose way has to be looked at. */
		if (rules.conceals && (found !== length || place.compare(input, start, start + length, 0, found) !== 0))
			return undefined;
		const rule = rules.at(path);
		switch (rules.right(rule)) {
			case "hidden":
				return this.#judge.conceal(path, rule);
			case "drop":
				return ((words[StatWord.MODE] ?? 0) & FileType.MASK) === FileType.DIRECTORY ? 0 : undefined;
			default:
				return 0;
		}
	}
}
