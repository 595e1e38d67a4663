/*
 * Copies bytes from one open file to another: by copy_file_range(2), which shares
 * blocks on file systems that can, or through a buffer if that fails. The caller
 * decides whether the files may be copied.
 */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { pendingSignal } from "../posix/signals.ts";
import { FileType, StatBuffer } from "../posix/stat.ts";
import { U64 } from "../wire/u64.ts";

export interface CopySource {
	readonly fd: number;
	readonly offset: bigint;
}

export interface CopyTarget {
	readonly fd: number;
	/** Undefined for a file that appends. */
	readonly offset: bigint | undefined;
}

/** How and where a copy ended. Counts are in bytes; `errno` is positive. */
export interface CopyOutcome {
	readonly end: "complete" | "end-of-file" | "read-failed" | "write-failed";
	readonly bytesRead: number;
	readonly bytesWritten: number;
	readonly errno: number;
	/** Size of the piece that could not be written. */
	readonly pieceBytes: number;
}

/** Most bytes per copy_file_range, so that a copy can be stopped between two calls. */
const RANGE_MAX_BYTES = 64 * 1024 * 1024;
/** Pieces copied between two checks for the client: a megabyte. */
const PIECES_PER_LOOK = 16;
/** Most bytes copied from a character device, which may be endless. */
const DEVICE_MAX_BYTES = 4 * 1024 * 1024 * 1024;
/** OpenSSH copies in pieces of this size and reports failures by the piece. */
const PIECE_BYTES = 64 * 1024;

/**
 * Copies until everything is copied, the file ends, something fails, a signal ends the
 * session or the client goes away.
 *
 * @param length bytes wanted, below 2^64
 * @param clientHasGone asked between pieces
 */
export function copyBytes(
	from: CopySource,
	length: bigint,
	to: CopyTarget,
	clientHasGone: () => boolean,
): CopyOutcome {
	const copied = isOneFile(from.fd, to.fd) ? 0n : copyRanges(from, length, to, clientHasGone);
	if (copied === length)
		return {
			end: "complete",
			bytesRead: Number(copied),
			bytesWritten: Number(copied),
			errno: 0,
			pieceBytes: 0,
		};
	return copyPieces(from, length, to, copied, clientHasGone);
}

/** Whether both are the same file: then the copy may read what it has written, and only copying in pieces matches OpenSSH. */
function isOneFile(from: number, to: number): boolean {
	const source = new StatBuffer();
	const target = new StatBuffer();
	if (addon.fstat(from, source.words) < 0 || addon.fstat(to, target.words) < 0) return false;
	return source.isSameFile(target);
}

/** Copies until the kernel refuses, the file ends or the copy is cancelled. Returns the number of bytes copied. */
function copyRanges(from: CopySource, length: bigint, to: CopyTarget, clientHasGone: () => boolean): bigint {
	let copied = 0n;
	if (to.offset === undefined) return copied;
	while (copied < length) {
		const wanted = Math.min(RANGE_MAX_BYTES, Number(length - copied));
		const source = U64.from(from.offset + copied);
		const target = U64.from(to.offset + copied);
		const result = addon.copyFileRange(
			from.fd,
			source.high,
			source.low,
			to.fd,
			target.high,
			target.low,
			wanted,
		);
		if (result <= 0) break;
		copied += BigInt(result);
		if (pendingSignal() !== 0 || clientHasGone()) break;
	}
	return copied;
}

/** Continues after `copied` bytes through a buffer; finds the end of the file, and the errors. */
function copyPieces(
	from: CopySource,
	length: bigint,
	to: CopyTarget,
	copied: bigint,
	clientHasGone: () => boolean,
): CopyOutcome {
	const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
	let bytesRead = copied;
	let bytesWritten = copied;
	const outcome = (end: CopyOutcome["end"], number: number, pieceBytes = 0): CopyOutcome => ({
		end,
		bytesRead: Number(bytesRead),
		bytesWritten: Number(bytesWritten),
		errno: number,
		pieceBytes,
	});
	const isEndless = addon.descriptorType(from.fd) === FileType.CHARACTER;
	let pieces = 0;
	let before = Number(copied % BigInt(PIECE_BYTES));
	/* OpenSSH requests each piece once, however little of it the file has. */
	let asked = copied;
	while (asked < length) {
		if (pendingSignal() !== 0) return outcome("read-failed", errno.EINTR);
		if (pieces++ % PIECES_PER_LOOK === 0 && clientHasGone()) return outcome("read-failed", errno.EPIPE);
		if (isEndless && bytesRead >= DEVICE_MAX_BYTES) return outcome("read-failed", errno.EFBIG);
		const rest = PIECE_BYTES - before;
		const wanted = Math.min(rest, Number(length - asked));
		asked += BigInt(wanted);
		const count = readPiece(from.fd, piece, wanted, from.offset + bytesRead);
		if (count < 0) return outcome("read-failed", -count);
		if (count === 0) return outcome("end-of-file", 0);
		bytesRead += BigInt(count);
		const failed = writePiece(to, piece, count, bytesWritten);
		if (failed < 0) {
			/* A failed piece is not counted, however far it got. */
			bytesWritten -= BigInt(before);
			return outcome("write-failed", -failed, before + count);
		}
		bytesWritten += BigInt(count);
		before = 0;
	}
	return outcome(bytesRead === length ? "complete" : "end-of-file", 0);
}

/** Reads until the piece is full or the file ends. Returns the number of bytes read, or -errno. */
function readPiece(fd: number, piece: Buffer, wanted: number, offset: bigint): number {
	let done = 0;
	while (done < wanted) {
		const at = U64.from(offset + BigInt(done));
		const result = addon.pread(fd, piece, done, wanted - done, at.high, at.low);
		if (result === 0) break;
		if (result === -errno.EINTR && pendingSignal() === 0) continue;
		if (result < 0) return result;
		done += result;
	}
	return done;
}

/** Writes all of a piece. Returns 0 or -errno. */
function writePiece(to: CopyTarget, piece: Buffer, count: number, written: bigint): number {
	let done = 0;
	while (done < count) {
		const result = writeAt(to, piece, done, count - done, written + BigInt(done));
		if (result === -errno.EINTR && pendingSignal() === 0) continue;
		if (result < 0) return result;
		/* Some devices, such as /dev/vcs, accept nothing at their end. */
		if (result === 0) return -errno.EIO;
		done += result;
	}
	return 0;
}

function writeAt(to: CopyTarget, piece: Buffer, start: number, count: number, written: bigint): number {
	if (to.offset === undefined) return addon.write(to.fd, piece, start, count);
	const target = U64.from(to.offset + written);
	return addon.pwrite(to.fd, piece, start, count, target.high, target.low);
}
