/* Standard error whose reader has stopped: given up, and resumed when the reader continues. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, readSync } from "node:fs";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { addon } from "../../src/posix/addon.ts";

describe("standard error", () => {
	it("accepts as much as the pipe holds, then nothing until the pipe is read", async () => {
		const ends = new Uint32Array(2);
		assert.equal(addon.pipe(ends), 0);
		const [readEnd = -1, writeEnd = -1] = ends;
		addon.setNonBlocking(writeEnd, 0);
		const script = ["test/helpers/run-script.mjs", "test/posix/stderr-program.ts"];
		const child = spawn(process.execPath, script, { stdio: ["pipe", "pipe", writeEnd] });
		closeSync(writeEnd);
		const { stdin, stdout } = child;
		if (stdin === null || stdout === null) assert.fail("two pipes");
		const [first] = await once(stdout, "data");
		const { written, result, again } = JSON.parse(String(first));
		const { EAGAIN } = constants.errno;
		assert.deepEqual([result, again], [-EAGAIN, -EAGAIN]);
		const space = Buffer.alloc(written + 1);
		assert.equal(readSync(readEnd, space, 0, space.length, null), written);
		stdin.end("x");
		const [second] = await once(stdout, "data");
		/* As much as can surely be read without waiting. */
		assert.deepEqual(JSON.parse(String(second)), { later: 4096 });
		assert.deepEqual(await once(child, "close"), [0, null]);
		closeSync(readEnd);
	});
});
