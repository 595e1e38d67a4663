/*
 * What Files needs from the server: a destination for the bytes of READs, and the results
 * of prefetched requests.
 */
import type { U64 } from "../wire/u64.ts";
import type { OpenFile } from "./open-file.ts";

/** The destination of a READ's bytes, which the server's output implements. */
export interface DataPort {
	/**
	 * Moves up to `length` bytes of a file into their place in the DATA reply that the
	 * operation returns next. Returns their number, 0 at the end of the file, or -errno.
	 *
	 * @param share whether pages of the file itself may be sent; they must not if the
	 *   client could change them before the reply is read
	 */
	read(file: OpenFile, offset: U64, length: number, share: boolean): number;
	/** Waits until the reader has received all pages of files that were sent instead of copies. */
	settle(): void;
	/** Whether the reader has closed its end. */
	readerHasGone(): boolean;
}

/** Results of prefetched requests, in the order of the requests. */
export interface PrefetchedResults {
	/** The number of results left; 0 in a session on fast storage. */
	readonly left: number;
	/** The result of the next request, a STAT or LSTAT. */
	takeStat(words: Uint32Array): number;
	/** The result of the next request, a READ, whose bytes are put where DataPort.read puts them. */
	takeRead(): number;
}
