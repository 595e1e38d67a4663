/*
 * The namespace of a session with rules of Access, on top of one that turns paths
 * into descriptors. Each path is resolved to a descriptor, the rules judge the
 * descriptor's location, and the operation uses that descriptor.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import type { StatBuffer } from "../posix/stat.ts";
import { AccessFinder } from "./access-finder.ts";
import type { AccessJudge } from "./access-judge.ts";
import { AccessListing } from "./access-listing.ts";
import { AccessNames } from "./access-names.ts";
import { AccessOpener } from "./access-open.ts";
import { isChangeable, isReadable, isSeen } from "./access-rights.ts";
import type { AccessStat } from "./access-stat.ts";
import { type Intent, type NameChanges, type Namespace, type Opened, Target } from "./namespace.ts";
import type { NewFiles } from "./new-files.ts";
import type { EntryFilter, EntryPlaces } from "./open-directory.ts";

const LIST = constants.O_RDONLY | constants.O_DIRECTORY;

export class AccessNamespace implements Namespace {
	readonly verbatim = false;
	readonly changes: NameChanges;
	/** Undefined if all entries are visible. */
	readonly entries: EntryFilter | undefined;
	readonly places: EntryPlaces | undefined;
	readonly #inner: Namespace;
	readonly #judge: AccessJudge;
	readonly #finder: AccessFinder;
	readonly #opener: AccessOpener;
	readonly #stat: AccessStat | undefined;
	readonly #target = new Target();

	/**
	 * @param inner must find descriptors
	 * @param stat undefined if the kernel alone does not decide where a path leads
	 */
	constructor(inner: Namespace, judge: AccessJudge, newFiles: NewFiles, stat?: AccessStat) {
		this.#inner = inner;
		const { places } = inner;
		this.places = places && { statParent: (path, words) => places.statParent(path, words) };
		this.#judge = judge;
		this.#finder = new AccessFinder(inner, judge);
		this.#opener = new AccessOpener(this.#finder, judge, newFiles);
		this.#stat = stat;
		const listing = judge.rules.conceals ? new AccessListing(judge) : undefined;
		this.entries = listing === undefined ? inner.entries : listing.after(inner.entries);
		this.changes = new AccessNames(this.#finder, judge, newFiles);
	}

	find(path: Buffer, { follow, change, read }: Intent, target: Target): number {
		const file = this.#finder.file(path, follow, target);
		if (typeof file === "number") return file;
		let result = this.#judge.permit(file, change ? isChangeable : read ? isReadable : isSeen);
		if (result >= 0 && change && target.readOnly) result = -errno.EACCES;
		if (result < 0) target.release();
		return result;
	}

	/** Never called: `changes` changes names. */
	findName(): number {
		return -errno.EACCES;
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		const known = this.#stat?.stat(input, start, length, follow, words);
		if (known !== undefined) return known;
		const target = this.#target;
		const path = input.subarray(start, start + length);
		const file = this.#finder.file(path, follow, target);
		if (typeof file === "number") return file;
		const permitted = this.#judge.permit(file, isSeen);
		const result = permitted < 0 ? permitted : addon.fstat(file.fd, words);
		target.release();
		return result;
	}

	forgetDirectories(): void {
		this.#stat?.forget();
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
}
