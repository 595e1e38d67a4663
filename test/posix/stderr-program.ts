/*
 * Writes to standard error until it accepts no more, reports that on standard
 * output, and again when told that there is room.
 */
import { readSync, writeSync } from "node:fs";
import { writeToStderr } from "../../src/posix/stderr.ts";

const piece = Buffer.alloc(10_000, "x");
/** More than any pipe and its reader can hold. */
const MOST_WRITES = 100_000;

let written = 0;
let result = 0;
for (let i = 0; i < MOST_WRITES && result >= 0; i++) {
	result = writeToStderr(piece);
	if (result > 0) written += result;
}
const again = writeToStderr(piece);
writeSync(1, `${JSON.stringify({ written, result, again })}\n`);
readSync(0, Buffer.alloc(1));
writeSync(1, `${JSON.stringify({ later: writeToStderr(piece) })}\n`);
