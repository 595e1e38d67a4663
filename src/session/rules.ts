/*
 * What a session does to the files of its client beyond what the request says: the
 * mode of a new file, and which changes of attributes are made. Decided here alone.
 */
import type { Attrs } from "../wire/attrs.ts";

/** Modes where the client gives none (sftp-server.c process_open, process_mkdir). */
const DEFAULT_FILE_MODE = 0o666;
const DEFAULT_DIRECTORY_MODE = 0o777;
const MODE_BITS = 0o7777;

export class Rules {
	/** The mode of a file that OPEN creates, before the umask. */
	fileMode({ permissions }: Attrs): number {
		return permissions ?? DEFAULT_FILE_MODE;
	}

	/** The mode of a directory that MKDIR makes, before the umask. */
	directoryMode({ permissions }: Attrs): number {
		return permissions === undefined ? DEFAULT_DIRECTORY_MODE : permissions & MODE_BITS;
	}

	/** The changes that are made of those that a client asks for. */
	changes(asked: Attrs): Attrs {
		return asked;
	}
}
