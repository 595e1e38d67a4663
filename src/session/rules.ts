/*
 * What a session does to the files of its client beyond what the request says: the
 * mode of a new file, and which changes of attributes are made. Decided here alone.
 */
import { FileType } from "../posix/stat.ts";
import type { Attrs } from "../wire/attrs.ts";

/** Modes where the client gives none (sftp-server.c process_open, process_mkdir). */
const DEFAULT_FILE_MODE = 0o666;
const DEFAULT_DIRECTORY_MODE = 0o777;
const MODE_BITS = 0o7777;

/** ForceFileMode and ForceDirectoryMode. The process has no umask then, so that modes are exact. */
export interface ForcedModes {
	readonly file: number | undefined;
	readonly directory: number | undefined;
	/** What the process's umask was: applied here to a mode that is not forced. */
	readonly umask: number;
}

export class Rules {
	readonly #forced: ForcedModes | undefined;

	constructor(forced?: ForcedModes) {
		this.#forced = forced;
	}

	/** The mode with which open(2) is to create a file. */
	fileMode({ permissions }: Attrs): number {
		const asked = permissions ?? DEFAULT_FILE_MODE;
		if (this.#forced === undefined) return asked;
		return this.#forced.file ?? asked & ~this.#forced.umask;
	}

	/** The mode with which mkdir(2) is to make a directory. */
	directoryMode({ permissions }: Attrs): number {
		const asked = permissions === undefined ? DEFAULT_DIRECTORY_MODE : permissions & MODE_BITS;
		if (this.#forced === undefined) return asked;
		return this.#forced.directory ?? asked & ~this.#forced.umask;
	}

	/** Whether `keepsMode` is to be asked before a mode is changed. */
	get forcesModes(): boolean {
		return this.#forced !== undefined;
	}

	/** Whether a change of a mode is answered with success and not made. */
	keepsMode(type: FileType): boolean {
		const { file, directory } = this.#forced ?? {};
		return (type === FileType.DIRECTORY ? directory : file) !== undefined;
	}

	/** The changes that are made of those that a client asks for. */
	changes(asked: Attrs): Attrs {
		return asked;
	}
}
