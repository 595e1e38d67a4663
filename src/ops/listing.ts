/*
 * Writes the entries of a READDIR reply. This is one loop without objects, since a large
 * directory repeats each step thousands of times, and V8 interprets the first ones.
 */
import { LINE_MAX_BYTES, type Longnames, writeSize } from "../files/longname.ts";
import { type DirectoryRecords, NAME_LENGTH_WORD, nameStart, nextRecord } from "../posix/directory.ts";
import { NAME_MAX } from "../posix/limits.ts";
import { mtimeSeconds } from "../posix/stat.ts";
import { ATTRS_BYTES, writeAttrsAt } from "../wire/attrs.ts";
import { LENGTH_BYTES } from "../wire/constants.ts";
import type { PacketWriter } from "../wire/writer.ts";

/** More than the longest size and date, with their blanks. */
const SIZE_AND_DATE_MAX_BYTES = 40;
/** Room for an entry before its line is cut: a head as long as a line may be, size, date, name. */
const ENTRY_ROOM_BYTES =
	2 * LENGTH_BYTES + 2 * NAME_MAX + LINE_MAX_BYTES + SIZE_AND_DATE_MAX_BYTES + ATTRS_BYTES;

/*
 * For each entry: string name, string longname, attributes
 */
/**
 * Writes the first `count` records.
 *
 * @param nowSeconds the present, by which recent files are distinguished from old ones
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
	for (let i = 0; i < count; i++) {
		const length = words[at + NAME_LENGTH_WORD] ?? 0;
		const from = nameStart(at);
		const nameAt = position + LENGTH_BYTES;
		view.setUint32(position, length);
		for (let j = 0; j < length; j++) to[nameAt + j] = bytes[from + j] ?? 0;

		const start = nameAt + length + LENGTH_BYTES;
		const head = longnames.head(words, at);
		to.set(head, start);
		let end = writeSize(to, start + head.length, words, at);
		const date = longnames.dates.column(mtimeSeconds(words, at), nowSeconds);
		to.set(date, end);
		end += date.length;
		to.copyWithin(end, nameAt, nameAt + length);

		/* The attributes overwrite the truncated rest. */
		end = start + Math.min(end + length - start, LINE_MAX_BYTES);
		view.setUint32(start - LENGTH_BYTES, end - start);
		writeAttrsAt(view, end, words, at);
		position = end + ATTRS_BYTES;
		at = nextRecord(at, length);
	}
	writer.position = position;
}
