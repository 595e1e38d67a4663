/*
 * OPEN with O_CREAT where a session must know whether it creates the file. open(2)
 * does not say, so a free name is tried first, with O_EXCL, and what has the name
 * is opened without O_CREAT.
 */
import { constants } from "node:fs";
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { FileType } from "../posix/stat.ts";
import type { Namespace, Opened } from "./namespace.ts";
import type { NewFiles } from "./new-files.ts";
import { EXCLUSIVE } from "./open-flags.ts";
import { Realpath } from "./realpath.ts";

const { O_CREAT, O_EXCL } = constants;

/** How often a name is tried while others make and remove what it stands for. */
const ATTEMPTS_MAX = 32;

export class ExclusiveOpener {
	readonly #namespace: Namespace;
	readonly #newFiles: NewFiles;
	#realpath: Realpath | undefined;

	constructor(namespace: Namespace, newFiles: NewFiles) {
		this.#namespace = namespace;
		this.#newFiles = newFiles;
	}

	/** As Namespace.open, with O_CREAT among the flags. */
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
			if (existing !== -errno.ENOENT && existing !== -errno.ENOTDIR) return notDirectory(existing);
			/* A link that leads to nothing: what it leads to is created, unless a slash follows its name. */
			this.#realpath ??= new Realpath(namespace);
			const place = this.#realpath.resolve(path, { asKernel: true, creates: true });
			if (typeof place === "number") return place;
			at = place;
		}
		return -errno.EAGAIN;
	}
}

/** As open(2), which opens no directory with O_CREAT. */
function notDirectory(fd: number): number {
	if (fd < 0 || addon.descriptorType(fd) !== FileType.DIRECTORY) return fd;
	addon.close(fd);
	return -errno.EISDIR;
}
