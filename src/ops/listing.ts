/*
 * The entries of a READDIR's reply. A directory of thousands makes each step here
 * happen thousands of times, at first interpreted: so it is one loop without
 * objects. Most columns of most long names are those of the entry before, whose line
 * is copied where it stands, and what differs is written over it.
 */
import {
	type DirectoryRecords,
	NAME_LENGTH_WORD,
	NAME_MAX_BYTES,
	nameStart,
	nextRecord,
} from "../posix/directory.ts";
import { LINE_MAX_BYTES, type Longnames, writeSize } from "../posix/longname.ts";
import { StatWord } from "../posix/stat.ts";
import { ATTRS_BYTES, writeAttrsAt } from "../wire/attrs.ts";
import { LENGTH_BYTES } from "../wire/constants.ts";
import type { PacketWriter } from "../wire/writer.ts";

/** Longest size and date, with their blanks, and more. */
const SIZE_AND_DATE_MAX_BYTES = 40;
/** Room for an entry before its line is cut: a head as long as a line may be, size, date, name. */
const ENTRY_ROOM_BYTES =
	2 * LENGTH_BYTES + 2 * NAME_MAX_BYTES + LINE_MAX_BYTES + SIZE_AND_DATE_MAX_BYTES + ATTRS_BYTES;

const { MODE, NLINK, UID, GID, SIZE_HIGH, SIZE_LOW, MTIME_HIGH, MTIME_LOW } = StatWord;

/*
 * For each entry: string name, string longname, attributes
 */
/**
 * Writes the first `count` records.
 *
 * @param nowSeconds the time that tells recent files from old ones
 */
export function writeListing(
	writer: PacketWriter,
	{ bytes, words }: DirectoryRecords,
	count: number,
	longnames: Longnames,
	nowSeconds: number,
): void {
	writer.reserve(count * ENTRY_ROOM_BYTES);
	const { bytes: to, view } = writer;
	let position = writer.position;
	let at = 0;
	/* The record and the line before, and how far head, size and date go in it. */
	let before = -1;
	let line = 0;
	let headEnd = 0;
	let sizeEnd = 0;
	let dateEnd = 0;
	let date = "";
	for (let i = 0; i < count; i++) {
		const length = words[at + NAME_LENGTH_WORD] ?? 0;
		const from = nameStart(at);
		const nameAt = position + LENGTH_BYTES;
		view.setUint32(position, length);
		for (let j = 0; j < length; j++) to[nameAt + j] = bytes[from + j] ?? 0;

		const start = nameAt + length + LENGTH_BYTES;
		const hasHead =
			before >= 0 &&
			words[at + MODE] === words[before + MODE] &&
			words[at + NLINK] === words[before + NLINK] &&
			words[at + UID] === words[before + UID] &&
			words[at + GID] === words[before + GID];
		if (hasHead) to.copyWithin(start, line, line + dateEnd);
		else {
			const head = longnames.head(words, at);
			to.set(head, start);
			headEnd = head.length;
			sizeEnd = 0;
		}
		const high = words[at + SIZE_HIGH] ?? 0;
		const low = words[at + SIZE_LOW] ?? 0;
		let moved = sizeEnd === 0;
		if (moved || low !== words[before + SIZE_LOW] || high !== words[before + SIZE_HIGH]) {
			const end = writeSize(to, start + headEnd, high, low) - start;
			moved ||= end !== sizeEnd;
			sizeEnd = end;
		}
		const text = longnames.dates.text(words[at + MTIME_HIGH] ?? 0, words[at + MTIME_LOW] ?? 0, nowSeconds);
		if (moved || text !== date) {
			date = text;
			dateEnd = sizeEnd + to.write(` ${text} `, start + sizeEnd, "latin1");
		}
		to.copyWithin(start + dateEnd, nameAt, nameAt + length);

		/* What is cut off is overwritten, and cut off from the next line too, if it is copied at all. */
		const end = start + Math.min(dateEnd + length, LINE_MAX_BYTES);
		before = at;
		line = start;
		view.setUint32(start - LENGTH_BYTES, end - start);
		writeAttrsAt(view, end, words, at);
		position = end + ATTRS_BYTES;
		at = nextRecord(at, length);
	}
	writer.position = position;
}
