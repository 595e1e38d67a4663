/*
 * OPEN under the rules of Access. An existing file is judged by an O_PATH descriptor
 * before it is opened, so a refused OPEN truncates nothing. A new file is created with
 * O_EXCL, so it replaces nothing.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { isInProcfs } from "../posix/procfs.ts";
import { FileType } from "../posix/stat.ts";
import type { AccessFinder, JudgedName } from "./access-finder.ts";
import type { AccessJudge, JudgedFile } from "./access-judge.ts";
import { isChangeable, isCreatable, isReadable, isSeen } from "./access-rights.ts";
import { type Opened, Target } from "./namespace.ts";
import type { NewFiles } from "./new-files.ts";
import { EXCLUSIVE, mayBeMissing, writable } from "./open-flags.ts";

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

/** How often to retry when others remove and create the file. */
const ATTEMPTS_MAX = 32;

export class AccessOpener {
	readonly #finder: AccessFinder;
	readonly #judge: AccessJudge;
	readonly #newFiles: NewFiles;
	readonly #target = new Target();

	constructor(finder: AccessFinder, judge: AccessJudge, newFiles: NewFiles) {
		this.#finder = finder;
		this.#judge = judge;
		this.#newFiles = newFiles;
	}

	/** Implements Namespace.open. */
	open(path: Buffer, flags: number, mode: number, opened: Opened): number {
		const isExclusive = (flags & EXCLUSIVE) === EXCLUSIVE;
		let at = path;
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			if (!isExclusive) {
				const existing = this.#openExisting(path, flags, opened);
				if (!mayBeMissing(existing) || (flags & O_CREAT) === 0) return existing;
			}
			const created = this.#create(at, flags, mode, opened);
			if (isExclusive || created !== -errno.EEXIST) return created;
			/* A dangling link: its target is created. */
			const place = this.#finder.placeOf(path);
			if (typeof place === "number") return place;
			at = place;
		}
		return -errno.EACCES;
	}

	#openExisting(path: Buffer, flags: number, opened: Opened): number {
		const target = this.#target;
		const file = this.#finder.file(path, true, target);
		if (typeof file === "number") return file;
		const changes = writable(flags) || (flags & O_TRUNC) !== 0;
		let result = this.#permit(file, flags, changes);
		if (result >= 0 && changes && target.readOnly) result = -errno.EACCES;
		/* Root could open /proc/self/mem and change the rules. */
		if (result >= 0 && isInProcfs(file.fd)) result = -errno.EACCES;
		/* The file is reopened without O_CREAT, which would open a directory. */
		if (result >= 0 && file.isDirectory && (flags & O_CREAT) !== 0) result = -errno.EISDIR;
		if (result >= 0) result = this.#judge.locator.reopen(file.fd, flags & ~EXCLUSIVE);
		opened.changeable = !target.readOnly && isChangeable(file.right, file);
		target.release();
		return result;
	}

	#permit(file: JudgedFile, flags: number, changes: boolean): number {
		/* ENOENT would be wrong for an OPEN that may create the file. */
		if ((flags & O_CREAT) !== 0 && !isSeen(file.right, file)) return this.#judge.refuse(file.path, file.rule);
		const reads = (flags & O_WRONLY) === 0;
		const readable = reads ? this.#judge.permit(file, isReadable) : 0;
		return readable < 0 || !changes ? readable : this.#judge.permit(file, isChangeable);
	}

	#create(path: Buffer, flags: number, mode: number, opened: Opened): number {
		const target = this.#target;
		const at = this.#finder.name(path, true, target);
		if (typeof at === "number") return at;
		const isExclusive = (flags & EXCLUSIVE) === EXCLUSIVE;
		let result = -errno.EEXIST;
		if (isExclusive || !this.#isLink(at, target)) result = this.#finder.mayCreate(at, target);
		if (result >= 0) {
			const { directory, path: name } = target;
			const exclusive = flags | EXCLUSIVE | O_NOFOLLOW;
			result = this.#newFiles.open(
				(bits) => addon.openWithoutWaitingAt(directory, name, 0, name.length, exclusive, bits),
				mode,
			);
			if (result >= 0) this.#judge.note(at.path, at.right, result);
			opened.changeable = true;
		}
		target.release();
		return result;
	}

	/** Whether a name that may not be created is a link; then the rule at the link's target applies. */
	#isLink(at: JudgedName, target: Target): boolean {
		if (at.isFixed || isCreatable(at.right) || at.right === "hidden") return false;
		const file = this.#finder.existing(at, target);
		if (typeof file === "number") return false;
		addon.close(file.fd);
		return file.type === FileType.SYMLINK;
	}
}
