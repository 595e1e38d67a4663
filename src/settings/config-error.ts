/* Errors of a configuration file, thrown where they are found and caught only in load.ts. */
import type { ByteString } from "../posix/byte-string.ts";

/** A position in a configuration file. Lines and columns count from 1, columns in bytes. */
export interface Position {
	readonly file: ByteString;
	readonly line: number;
	readonly column: number;
}

/** An error in a line; the reader adds file and line. */
export class LineError extends Error {
	readonly column: number;

	constructor(column: number, message: string) {
		super(message);
		this.column = column;
	}
}

/** A file that can't be read or must not be trusted; `message` names it. */
export class FileError extends Error {}

/** The error that ends the session: the text for the administrator and, if there is one, the position. */
export class ConfigError extends Error {
	constructor(message: string, position?: Position) {
		super(position === undefined ? message : `${showPosition(position)}: ${message}`);
	}
}

export function showPosition({ file, line, column }: Position): string {
	return `${file} line ${line} column ${column}`;
}
