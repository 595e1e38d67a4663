/*
 * The layouts of STAT, READ and WRITE. They are decoded only here, for their operations
 * and for prefetching. A session has one Transfer and reuses it for each request: a
 * transfer of 1 GiB has tens of thousands, and an object for each cost 1 MiB of peak
 * memory.
 */
import type { PacketReader } from "./reader.ts";
import { U64 } from "./u64.ts";

/** The fields of a READ or a WRITE. */
export class Transfer {
	/** A handle's number, or -1; see PacketReader.handle. */
	handle = -1;
	readonly offset = new U64();
	/** Bytes to read, or bytes to write. */
	length = 0;
	/** The start of the bytes to write in the reader's buffer. */
	start = 0;
}

/*
 * string handle
 * uint64 offset
 * uint32 length
 */
export function decodeRead(reader: PacketReader, to: Transfer): Transfer {
	to.handle = reader.handle();
	reader.uint64(to.offset);
	to.length = reader.uint32();
	return to;
}

/*
 * string handle
 * uint64 offset
 * string data
 */
export function decodeWrite(reader: PacketReader, to: Transfer): Transfer {
	to.handle = reader.handle();
	reader.uint64(to.offset);
	reader.skipString();
	to.start = reader.stringStart;
	to.length = reader.stringLength;
	return to;
}

/*
 * string path
 */
/** STAT and LSTAT; the path stays a range of the reader's buffer. */
export function decodeStat(reader: PacketReader): PacketReader {
	reader.skipPath();
	return reader;
}
