// Faults in what is done with open files: OPEN, READ, WRITE, CLOSE, copy-data, fsync.
import type { Variant } from "../variants.ts";
import { fault } from "./fault.ts";

const OPEN_FLAGS = "posix/open-flags.ts";

export const fileFaults: readonly Variant[] = [
	fault("OPEN ignores TRUNC", OPEN_FLAGS, "flags |= O_TRUNC;", "flags |= 0;"),
	fault("OPEN ignores EXCL", OPEN_FLAGS, "flags |= O_EXCL;", "flags |= 0;"),
	fault("OPEN ignores APPEND", OPEN_FLAGS, "flags |= O_APPEND;", "flags |= 0;"),
	fault(
		"OPEN without READ or WRITE opens for both",
		OPEN_FLAGS,
		"flags: number = O_RDONLY;",
		"flags: number = O_RDWR;",
	),
	fault(
		"OPEN creates with 0644 where no mode is given",
		"ops/open.ts",
		"DEFAULT_MODE = 0o666",
		"DEFAULT_MODE = 0o644",
	),
	fault(
		"OPEN cuts the mode to the permission bits in the log",
		"ops/open.ts",
		"pflags, mode);",
		"pflags, mode & 0o7777);",
	),
	fault(
		"READ cuts the offset to 32 bits",
		"ops/read.ts",
		"offsetHigh: reader.uint32(),",
		"offsetHigh: reader.uint32() * 0,",
	),
	fault(
		"READ says end of file one byte early",
		"ops/read.ts",
		"if (result > 0) {",
		"if (result > 1 || (result === 1 && wanted === 1)) {",
	),
	fault(
		"READ of nothing behind the end is end of file",
		"ops/read.ts",
		'wanted === 0 ? { kind: "data", length: 0 } : END_OF_FILE',
		"END_OF_FILE",
	),
	fault("READ returns up to 256 KiB", "wire/constants.ts", "MAX_PACKET_BYTES - 1024", "MAX_PACKET_BYTES"),
	fault("READ at 2^63 is end of file", "ops/read.ts", "if (sought < 0) {", "if (sought < -1000) {"),
	fault("READ does not count its bytes", "ops/read.ts", "handle.bytesRead += result;", ""),
	fault(
		"READ on a directory handle says no such file",
		"ops/read.ts",
		'if (handle?.kind !== "file") return status(FX.FAILURE);',
		'if (handle?.kind !== "file") return status(handle === undefined ? FX.FAILURE : FX.NO_SUCH_FILE);',
	),
	fault(
		"WRITE cuts the offset to 32 bits",
		"ops/write.ts",
		"const offsetHigh = reader.uint32();",
		"const offsetHigh = reader.uint32() * 0;",
	),
	fault(
		"WRITE loses its last byte when it is longer than a page",
		"ops/write.ts",
		"while (done < length || length === 0)",
		"while (done < length - (length > 4096 ? 1 : 0) || length === 0)",
		"length - done)\n",
		"length - done - (length > 4096 ? 1 : 0))\n",
		"length - done, high",
		"length - done - (length > 4096 ? 1 : 0), high",
	),
	fault(
		"WRITEs made together need not follow each other",
		"server/gathered-writes.ts",
		"if (file !== this.file || !follows)",
		"if (file !== this.file || (!follows && this.#end < 0))",
	),
	fault(
		"WRITEs made together may be of two files",
		"server/gathered-writes.ts",
		"if (file !== this.file || !follows)",
		"if (!follows)",
	),
	fault(
		"WRITEs that could not be made together are answered as if they had been",
		"server/gathered-writes.ts",
		"Math.max(result, 0)",
		"1e9",
	),
	fault(
		"WRITE counts its bytes twice",
		"ops/write.ts",
		"bytesWritten += length;",
		"bytesWritten += 2 * length;",
	),
	fault(
		"WRITE that appends goes to its offset",
		"ops/write.ts",
		"const result = handle.appends\n",
		"const result = handle.appends && offsetLow === 0\n",
	),
	fault(
		"CLOSE of no handle is FAILURE",
		"ops/close.ts",
		"return status(FX.NO_SUCH_FILE);",
		"return status(FX.FAILURE);",
	),
	fault("CLOSE keeps the number taken", "session/handles.ts", "this.#freed.push(number);", ""),
	fault(
		"freed handles are reused first in, first out",
		"session/handles.ts",
		"this.#freed.pop()",
		"this.#freed.shift()",
	),
	fault(
		"a handle of 5 bytes is looked at",
		"wire/reader.ts",
		"this.stringLength === 4 ?",
		"this.stringLength >= 4 ?",
	),
	fault("fsync of no file is FAILURE", "ops/ext/fsync.ts", "status(FX.NO_SUCH_FILE)", "status(FX.FAILURE)"),
	fault(
		"copy-data does nothing",
		"ops/ext/copy-data.ts",
		"?? copy(source, target, request, session);",
		"?? OK;",
	),
	fault(
		"copy-data with a length copies one byte too few",
		"ops/ext/copy-data.ts",
		"length === 0n ? OFFSET_MAX - offset : length,",
		"length === 0n ? OFFSET_MAX - offset : length - 1n,",
	),
	fault(
		"copy-data always writes at 0",
		"ops/ext/copy-data.ts",
		"undefined : join(to.high, to.low) }",
		"undefined : 0n }",
	),
	fault(
		"copy-data always reads from 0",
		"ops/ext/copy-data.ts",
		"{ fd: source.fd, offset },",
		"{ fd: source.fd, offset: 0n },",
	),
	fault(
		"copy-data copies within one handle",
		"ops/ext/copy-data.ts",
		"if (source === target || source.path",
		"if (source !== target && source.path",
	),
	fault(
		"a spliced READ at the end of a file promises what it asked for",
		"server/output.ts",
		"if (result === length) {",
		"if (result > 0) {",
	),
	fault(
		"the reply behind a spliced READ is lost",
		"server/output.ts",
		"			this.#spliced = false;\n			return;",
		'			this.#spliced = (reply.kind === "data");\n			return;',
	),
];
