/*
 * Reads files that the session's user can't change. The user must not be able to write
 * to the file or to any directory on the path: by owner, by mode, and according to the
 * kernel, which considers groups and access control lists (access(2) with the real ids).
 * The path is followed from the root, component by component: in a directory that the
 * user can't write to, no name changes before the next step. Sticky directories are no
 * exception. None of this applies to root, who can change everything.
 */
import {
	accessSync,
	type BigIntStats,
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	openSync,
	readdirSync,
	readlinkSync,
	readSync,
	statSync,
} from "node:fs";
import { asByteString, type ByteString, fromBytes, toBytes } from "../posix/byte-string.ts";
import { FileError } from "./config-error.ts";

/** The most bytes in all files of a configuration together. */
const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 1000;
/** As the kernel (namei.c MAXSYMLINKS). */
const MAX_LINKS = 40;

/** These do not wait for the other end of a FIFO. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The user who must not be able to change the files. */
export interface Untrusted {
	readonly uid: number;
	readonly gids: readonly number[];
}

/** Reads the files of one configuration. */
export class TrustedFiles {
	readonly #user: Untrusted;
	#bytesLeft = MAX_BYTES;
	#filesLeft = MAX_FILES;

	constructor(user: Untrusted) {
		this.#user = user;
	}

	/**
	 * The contents of a file. Throws a FileError if it can't be read or trusted.
	 *
	 * @param path absolute
	 * @param opened a descriptor from `openIfThere`, which this call closes
	 */
	read(path: ByteString, opened?: number): ByteString {
		const fd = opened ?? this.#open(path);
		try {
			const stats = fstatSync(fd, { bigint: true });
			if (!stats.isFile()) throw new FileError(`${path} is not a regular file`);
			if (this.#user.uid !== 0) this.#checkFile(path, stats);
			return this.#readAll(fd, path);
		} catch (error) {
			throw asFileError(path, error);
		} finally {
			closeSync(fd);
		}
	}

	/** A descriptor for `read`; undefined if there is no such file. Throws a FileError. */
	openIfThere(path: ByteString): number | undefined {
		try {
			return openSync(toBytes(path), OPEN_FLAGS);
		} catch (error) {
			if (codeOf(error) === "ENOENT") return undefined;
			throw asFileError(path, error);
		}
	}

	#open(path: ByteString): number {
		const fd = this.openIfThere(path);
		if (fd === undefined) throw new FileError(`${path} can't be read: ${reasons.get("ENOENT")}`);
		return fd;
	}

	/** The names in a directory, which must be trusted like a file; none if there is no directory. */
	list(path: ByteString): readonly ByteString[] {
		try {
			if (!statSync(toBytes(path), { throwIfNoEntry: false })?.isDirectory()) return [];
			if (this.#user.uid !== 0) this.#checkDirectory(this.#walk(path), path);
			return readdirSync(toBytes(path), { encoding: "buffer" }).map(fromBytes);
		} catch (error) {
			throw asFileError(path, error);
		}
	}

	/** Whether the name exists and is not a directory. */
	hasFile(path: ByteString): boolean {
		try {
			const stats = statSync(toBytes(path), { throwIfNoEntry: false });
			return stats !== undefined && !stats.isDirectory();
		} catch (error) {
			if (codeOf(error) === "ENOTDIR") return false;
			throw asFileError(path, error);
		}
	}

	#checkFile(path: ByteString, opened: BigIntStats): void {
		const real = this.#walk(path);
		const { dev, ino } = lstatSync(toBytes(real), { bigint: true });
		if (dev !== opened.dev || ino !== opened.ino) throw new FileError(`${path} changed while it was opened`);
		if (this.#mayWrite(real, opened)) throw new FileError(`${path}: the session's user could change it`);
	}

	/** Resolves symbolic links, and checks every directory on the path except the last. */
	#walk(path: ByteString): ByteString {
		const components = path.split("/");
		let current = "";
		let linksLeft = MAX_LINKS;
		for (let name = components.shift(); name !== undefined; name = components.shift()) {
			if (name === "" || name === ".") continue;
			if (name === "..") {
				current = current.slice(0, Math.max(0, current.lastIndexOf("/")));
				continue;
			}
			this.#checkDirectory(asByteString(current || "/"), path);
			const next = asByteString(`${current}/${name}`);
			if (!lstatSync(toBytes(next)).isSymbolicLink()) {
				current = next;
				continue;
			}
			if (linksLeft-- === 0) throw new FileError(`${path} leads through too many symbolic links`);
			const target = fromBytes(readlinkSync(toBytes(next), { encoding: "buffer" }));
			if (target.startsWith("/")) current = "";
			components.unshift(...target.split("/"));
		}
		return asByteString(current || "/");
	}

	#checkDirectory(directory: ByteString, path: ByteString): void {
		if (this.#mayWrite(directory, lstatSync(toBytes(directory), { bigint: true })))
			throw new FileError(`${path}: the session's user could change the directory ${directory}`);
	}

	#mayWrite(path: ByteString, { uid, gid, mode }: BigIntStats): boolean {
		/* The owner can always make it writable. */
		if (Number(uid) === this.#user.uid) return true;
		const failure = errorOf(() => accessSync(toBytes(path), constants.W_OK));
		if (failure === undefined) return true;
		if (failure === "EACCES" || failure === "EPERM") return false;
		/* On a read-only mount the kernel ignores the mode; by another mount the directory may be writable. */
		if (failure !== "EROFS") throw new FileError(`${path} can't be checked: ${failure}`);
		const isInGroup = this.#user.gids.includes(Number(gid));
		return (Number(mode) & (isInGroup ? 0o022 : 0o002)) !== 0;
	}

	#readAll(fd: number, path: ByteString): ByteString {
		if (this.#filesLeft-- === 0)
			throw new FileError(`${path} is one file too many: at most ${MAX_FILES} are read`);
		const pieces: Buffer[] = [];
		for (;;) {
			const piece = Buffer.allocUnsafe(65536);
			const length = readSync(fd, piece, 0, piece.length, null);
			if (length === 0) return fromBytes(Buffer.concat(pieces));
			pieces.push(piece.subarray(0, length));
			this.#bytesLeft -= length;
			if (this.#bytesLeft < 0)
				throw new FileError(`${path} is too long: all files together may have ${MAX_BYTES} bytes`);
		}
	}
}

function errorOf(call: () => void): string | undefined {
	try {
		call();
		return undefined;
	} catch (error) {
		return codeOf(error);
	}
}

function asFileError(path: ByteString, error: unknown): unknown {
	if (error instanceof FileError) return error;
	const code = codeOf(error);
	return code === undefined ? error : new FileError(`${path} can't be read: ${reasons.get(code) ?? code}`);
}

const reasons: ReadonlyMap<string, string> = new Map([
	["ENOENT", "No such file or directory"],
	["EACCES", "Permission denied"],
	["ENOTDIR", "Not a directory"],
	["EISDIR", "Is a directory"],
	["ELOOP", "Too many levels of symbolic links"],
	["ENAMETOOLONG", "File name too long"],
]);

function codeOf(error: unknown): string | undefined {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
