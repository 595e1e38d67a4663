/* Removes the entries from listings that the rules of Access conceal. */
import { addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, sliceBytes } from "../posix/byte-string.ts";
import {
	type DirectoryRecords,
	NAME_LENGTH_WORD,
	nameStart,
	nextRecord,
	parentRecord,
} from "../posix/directory.ts";
import { SEPARATOR } from "../posix/path.ts";
import { FileType, STAT_WORDS, StatWord } from "../posix/stat.ts";
import type { AccessJudge } from "./access-judge.ts";
import { type FileProperties, isSeen } from "./access-rights.ts";
import { type Place, ruleOf } from "./access-rules.ts";
import type { EntryFilter } from "./open-directory.ts";

export class AccessListing implements EntryFilter {
	readonly #judge: AccessJudge;

	constructor(judge: AccessJudge) {
		this.#judge = judge;
	}

	/** A filter that applies `first` and then this one. */
	after(first: EntryFilter | undefined): EntryFilter {
		if (first === undefined) return this;
		return {
			keepVisible: (directory, records, count) =>
				this.keepVisible(directory, records, first.keepVisible(directory, records, count)),
		};
	}

	/** The rules apply to the directory's present location, not to the one where it was opened. */
	keepVisible(directory: number, records: DirectoryRecords, count: number): number {
		const { locator, rules } = this.#judge;
		const path = locator.pathOf(directory);
		if (typeof path === "number") return 0;
		if (rules.right(rules.at(parentOf(path))) === "hidden") hideParent(directory, records, count);
		const place = rules.place(path);
		const right = rules.right(place.rule);
		if (place.tests.length === 0 && right !== "hidden" && right !== "drop") return count;
		const { bytes, words } = records;
		let kept = 0;
		let to = 0;
		let at = 0;
		for (let i = 0; i < count; i++) {
			const next = nextRecord(at, words[at + NAME_LENGTH_WORD] ?? 0);
			if (this.#isSeen(directory, place, records, at)) {
				bytes.copyWithin(4 * to, 4 * at, 4 * next);
				to += next - at;
				kept++;
			}
			at = next;
		}
		return kept;
	}

	#isSeen(directory: number, place: Place, { bytes, words }: DirectoryRecords, at: number): boolean {
		const start = nameStart(at);
		const end = start + (words[at + NAME_LENGTH_WORD] ?? 0);
		const entry = bytes.subarray(start, end);
		const name = fromBytes(entry);
		if (name === "." || name === "..") return true;
		const { created, rules } = this.#judge;
		const file: FileProperties = {
			isDirectory: ((words[at + StatWord.MODE] ?? 0) & FileType.MASK) === FileType.DIRECTORY,
			isOwn: () => created.has(directory, entry),
		};
		return isSeen(rules.right(ruleOf(place, name)), file);
	}
}

function parentOf(path: ByteString): ByteString {
	const slash = path.lastIndexOf("/");
	return slash <= 0 ? SEPARATOR : sliceBytes(path, 0, slash);
}

/** Shows the directory's own attributes as those of `..`. */
function hideParent(directory: number, records: DirectoryRecords, count: number): void {
	const at = parentRecord(records, count);
	if (at !== undefined) addon.fstat(directory, records.words.subarray(at, at + STAT_WORDS));
}
