/*
 * OPEN with O_CREAT in a session that must know whether the file is new. open(2) does
 * not tell, so the file is created with O_EXCL or, if it exists, opened without O_CREAT.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { FileType } from "../posix/stat.ts";
import type { Namespace, Opened } from "./namespace.ts";
import type { NewFiles } from "./new-files.ts";
import { EXCLUSIVE, mayBeMissing } from "./open-flags.ts";
import { Realpath } from "./realpath.ts";

const { O_CREAT, O_EXCL } = constants;

/** How often to retry while others create and remove the file. */
const ATTEMPTS_MAX = 32;

export class ExclusiveOpener {
	readonly #namespace: Namespace;
	readonly #newFiles: NewFiles;
	#realpath: Realpath | undefined;

	constructor(namespace: Namespace, newFiles: NewFiles) {
		this.#namespace = namespace;
		this.#newFiles = newFiles;
	}

	/** Like Namespace.open; the flags contain O_CREAT. */
	open(path: Buffer, flags: number, mode: number, opened: Opened): number {
		const namespace = this.#namespace;
		let at = path;
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const created = this.#newFiles.open(
				(bits) => namespace.open(at, 0, at.length, flags | EXCLUSIVE, bits, opened),
				mode,
			);
			if (created !== -errno.EEXIST || (flags & O_EXCL) !== 0) return created;
			const existing = namespace.open(path, 0, path.length, flags & ~O_CREAT, 0, opened);
			if (!mayBeMissing(existing)) return notDirectory(existing);
			/* A dangling link: its target is created, unless a slash follows the link's name. */
			this.#realpath ??= new Realpath(namespace);
			const place = this.#realpath.resolve(path, { asKernel: true, creates: true });
			if (typeof place === "number") return place;
			at = place;
		}
		return -errno.EAGAIN;
	}
}

/** As open(2) with O_CREAT, which fails for a directory. */
function notDirectory(fd: number): number {
	if (fd < 0 || addon.descriptorType(fd) !== FileType.DIRECTORY) return fd;
	addon.close(fd);
	return -errno.EISDIR;
}
