/* Events about copy-data. */

import * as copies from "../../../src/log/events/copy-data.ts";
import { U64 } from "../../../src/wire/u64.ts";
import { checkEvents, path, row } from "./golden.ts";

const end = { path, handle: 3, offset: new U64(1, 2) };
const badEnd = { path: undefined, handle: -1, offset: new U64(0, 9) };

checkEvents(copies, [
	row(
		copies.copyData,
		[1, end, new U64(2, 3), badEnd],
		"debug1",
		"copy-data",
		'request 1: copy-data from "/a\xff" (handle 3) off 4294967298 len 8589934595 to "(null)" (handle -1) off 9',
		{
			request: 1,
			path,
			handle: 3,
			offset: 4294967298n,
			lengthBytes: 8589934595n,
			toPath: undefined,
			toHandle: undefined,
			toOffset: 9n,
		},
	),
	row(
		copies.copyReadSeekFailed,
		[],
		"error",
		"copy-read-seek-failed",
		"process_extended_copy_data: read_seek failed",
	),
	row(
		copies.copyWriteSeekFailed,
		[],
		"error",
		"copy-write-seek-failed",
		"process_extended_copy_data: write_seek failed",
	),
	row(
		copies.copyReadFailed,
		["No"],
		"error",
		"copy-read-failed",
		"process_extended_copy_data: read failed: No",
		{ reason: "No" },
	),
	row(
		copies.copyWriteFailed,
		[1, 2, "No"],
		"error",
		"copy-write-failed",
		"process_extended_copy_data: write failed: 1 != 2: No",
		{ writtenBytes: 1, lengthBytes: 2, reason: "No" },
	),
]);
